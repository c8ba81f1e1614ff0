// SPDX-License-Identifier: GPL-2.0-or-later
/* The outside check: it times what it sees, and says how far it may be off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/run.h"
#include "target/observer.h"
#include "target/waiting.h"

struct watch {
	int dut;
	int ours;
	struct observer *observer;
};

static struct watch begin(void)
{
	struct watch w;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w.dut = fds[0];
	w.ours = fds[1];
	fcntl(w.ours, F_SETFL, O_NONBLOCK);
	w.observer = observer_start(w.ours, getpid());
	assert_non_null(w.observer);
	return w;
}

static void end(struct watch *w)
{
	observer_stop(w->observer);
	if (w->dut >= 0)
		close(w->dut);
	close(w->ours);
}

static void say(const struct watch *w, unsigned char byte)
{
	assert_int_equal(write(w->dut, &byte, 1), 1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void rest(int64_t ms)
{
	const struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void a_blackout_is_timed(void **state)
{
	struct watch w = begin();
	int64_t start, took, ns, resolution;

	(void)state;
	rest(50);
	start = now_ns();
	say(&w, OBSERVER_PAUSE);
	rest(200);
	say(&w, OBSERVER_RESUME);
	took = now_ns() - start;
	rest(400);
	observer_blackout(w.observer, &ns, &resolution);
	assert_in_range(ns, 190000000, 10000000000);
	assert_true(resolution >= 10000000);
	/* What it says about itself holds. */
	assert_true((ns > took ? ns - took : took - ns) <= resolution);
	end(&w);
}

static void half_a_blackout_is_none(void **state)
{
	struct watch w = begin();
	int64_t ns, resolution;

	(void)state;
	observer_blackout(w.observer, &ns, &resolution);
	assert_int_equal(ns, LU_NULL);
	say(&w, OBSERVER_RESUME);
	say(&w, OBSERVER_PAUSE);
	rest(50);
	observer_blackout(w.observer, &ns, &resolution);
	assert_int_equal(ns, LU_NULL);
	assert_int_equal(resolution, LU_NULL);
	end(&w);
}

static void a_sample_starts_anew(void **state)
{
	struct watch w = begin();
	int64_t ns, resolution;

	(void)state;
	say(&w, OBSERVER_PAUSE);
	say(&w, OBSERVER_RESUME);
	rest(50);
	observer_blackout(w.observer, &ns, &resolution);
	assert_int_not_equal(ns, LU_NULL);
	observer_reset(w.observer);
	observer_blackout(w.observer, &ns, &resolution);
	assert_int_equal(ns, LU_NULL);
	end(&w);
}

static void other_bytes_and_the_end(void **state)
{
	struct watch w = begin();
	int64_t ns, resolution;

	(void)state;
	for (int i = 0; i < 256; i++)
		if (i != OBSERVER_PAUSE && i != OBSERVER_RESUME)
			say(&w, (unsigned char)i);
	close(w.dut);
	w.dut = -1;
	rest(50);
	observer_blackout(w.observer, &ns, &resolution);
	assert_int_equal(ns, LU_NULL);
	end(&w);
}

static void *spin(void *data)
{
	const int64_t until = now_ns() + 200000000;

	sched_setaffinity(0, sizeof(cpu_set_t), data);
	while (now_ns() < until)
		;
	return NULL;
}

/* Two threads that want the same processor for 200 ms: each waits for half of it. */
static void a_wait_for_a_processor_is_seen(void **state)
{
	struct watch w = begin();
	pthread_t threads[2];
	cpu_set_t one;

	(void)state;
	if (waiting_ns(getpid()) == LU_NULL)
		skip();
	assert_int_equal(waiting_ns(-1), LU_NULL);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	say(&w, OBSERVER_PAUSE);
	rest(20);
	assert_int_equal(observer_waited(w.observer), LU_NULL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, spin, &one), 0);
	rest(150);
	say(&w, OBSERVER_RESUME);
	rest(20);
	assert_in_range(observer_waited(w.observer), 30000000, 10000000000);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blackout_is_timed),
		cmocka_unit_test(half_a_blackout_is_none),
		cmocka_unit_test(a_sample_starts_anew),
		cmocka_unit_test(other_bytes_and_the_end),
		cmocka_unit_test(a_wait_for_a_processor_is_seen),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
