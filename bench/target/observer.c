// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/observer.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "run/run.h"
#include "target/waiting.h"

#define TICK_NS 5000000LL
/* Wake-ups before and after a byte that say how late we were for it: a quarter second each. */
#define NEAR 50
/* QEMU's main loop may hold its lock that long while the emulated CPU wants to write the byte. */
#define FLOOR_NS 10000000LL
/*
 * Between the DUT's mark and our reading of the clock, three threads of this host wait for a CPU:
 * the emulated CPU's, the one that holds the emulator's lock, and ours. How late ours was is known.
 */
#define THREADS 3

/** struct seen - a byte: when, how long the emulator had waited by then, the worst lateness around. */
struct seen {
	int64_t at_ns;
	int64_t waited_ns;
	int64_t late_ns;
	int after; /* ticks still to look at */
};

struct observer {
	int fd;
	pid_t emulator;
	int timer_fd;
	int stop_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	struct seen pause;
	struct seen resume;
	int64_t late[NEAR];
	size_t tick;
	int64_t next_tick_ns;
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void on_byte(struct observer *o, unsigned char byte, int64_t at_ns)
{
	struct seen seen = {
		.at_ns = at_ns,
		.waited_ns = o->emulator ? waiting_ns(o->emulator) : LU_NULL,
		.after = NEAR,
	};

	for (size_t i = 0; i < NEAR; i++)
		if (o->late[i] > seen.late_ns)
			seen.late_ns = o->late[i];
	if (byte == OBSERVER_PAUSE) {
		o->pause = seen;
		o->resume = (struct seen){ 0 };
	} else if (byte == OBSERVER_RESUME && o->pause.at_ns && !o->resume.at_ns) {
		o->resume = seen;
	}
}

static void look_again(struct seen *seen, int64_t late_ns)
{
	if (!seen->after)
		return;
	seen->after--;
	if (late_ns > seen->late_ns)
		seen->late_ns = late_ns;
}

static void on_tick(struct observer *o, int64_t at_ns)
{
	uint64_t expired = 0;
	int64_t late;

	if (read(o->timer_fd, &expired, sizeof(expired)) != sizeof(expired))
		return;
	/* The first tick that expired is the one we are late for. */
	late = at_ns - o->next_tick_ns;
	o->next_tick_ns += (int64_t)expired * TICK_NS;
	if (late < 0)
		late = 0;
	o->late[o->tick++ % NEAR] = late;
	look_again(&o->pause, late);
	look_again(&o->resume, late);
}

static void *watch(void *data)
{
	struct observer *o = data;
	struct pollfd fds[] = {
		{ .fd = o->stop_fd, .events = POLLIN },
		{ .fd = o->fd, .events = POLLIN },
		{ .fd = o->timer_fd, .events = POLLIN },
	};

	for (;;) {
		unsigned char bytes[64];
		int64_t at_ns;
		ssize_t n;

		if (poll(fds, 3, -1) < 0)
			continue;
		at_ns = now_ns();
		if (fds[0].revents)
			return NULL;
		pthread_mutex_lock(&o->lock);
		if (fds[1].revents) {
			n = read(o->fd, bytes, sizeof(bytes));
			for (ssize_t i = 0; i < n; i++)
				on_byte(o, bytes[i], at_ns);
			/* The machine is gone: keep quiet until we are stopped. */
			if (!n)
				fds[1].fd = -1;
		}
		if (fds[2].revents)
			on_tick(o, at_ns);
		pthread_mutex_unlock(&o->lock);
	}
}

static int start_timer(struct observer *o)
{
	struct itimerspec every = { .it_interval.tv_nsec = TICK_NS };

	o->next_tick_ns = now_ns() + TICK_NS;
	every.it_value.tv_sec = o->next_tick_ns / 1000000000LL;
	every.it_value.tv_nsec = o->next_tick_ns % 1000000000LL;
	return timerfd_settime(o->timer_fd, TFD_TIMER_ABSTIME, &every, NULL);
}

struct observer *observer_start(int fd, pid_t emulator)
{
	struct observer *o = calloc(1, sizeof(*o));
	struct sched_param prio = { .sched_priority = 1 };

	if (!o)
		return NULL;
	o->fd = fd;
	o->emulator = emulator;
	pthread_mutex_init(&o->lock, NULL);
	o->stop_fd = eventfd(0, EFD_CLOEXEC);
	o->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (o->stop_fd < 0 || o->timer_fd < 0 || start_timer(o) ||
	    pthread_create(&o->thread, NULL, watch, o)) {
		if (o->stop_fd >= 0)
			close(o->stop_fd);
		if (o->timer_fd >= 0)
			close(o->timer_fd);
		pthread_mutex_destroy(&o->lock);
		free(o);
		return NULL;
	}
	/* Wakes up sooner where that is allowed; where not, the lateness tells. */
	pthread_setschedparam(o->thread, SCHED_RR, &prio);
	return o;
}

void observer_stop(struct observer *o)
{
	uint64_t one = 1;

	if (!o)
		return;
	if (write(o->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(o->thread, NULL);
	close(o->stop_fd);
	close(o->timer_fd);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

void observer_reset(struct observer *o)
{
	pthread_mutex_lock(&o->lock);
	o->pause = (struct seen){ 0 };
	o->resume = (struct seen){ 0 };
	pthread_mutex_unlock(&o->lock);
}

void observer_blackout(struct observer *o, int64_t *ns, int64_t *resolution_ns)
{
	*ns = LU_NULL;
	*resolution_ns = LU_NULL;
	pthread_mutex_lock(&o->lock);
	if (o->pause.at_ns && o->resume.at_ns) {
		*ns = o->resume.at_ns - o->pause.at_ns;
		*resolution_ns = FLOOR_NS + THREADS * (o->pause.late_ns > o->resume.late_ns ?
							       o->pause.late_ns :
							       o->resume.late_ns);
	}
	pthread_mutex_unlock(&o->lock);
}

int64_t observer_waited(struct observer *o)
{
	int64_t waited = LU_NULL;

	pthread_mutex_lock(&o->lock);
	/* A thread that has ended takes its time along. */
	if (o->pause.at_ns && o->resume.at_ns && o->pause.waited_ns != LU_NULL &&
	    o->resume.waited_ns >= o->pause.waited_ns)
		waited = o->resume.waited_ns - o->pause.waited_ns;
	pthread_mutex_unlock(&o->lock);
	return waited;
}
