// SPDX-License-Identifier: GPL-2.0-or-later
#include "lubench/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "workload/workload.h"

#define REFRESH_NS 200000000LL

static int64_t since_ns(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - then->tv_sec) * 1000000000LL + (now.tv_nsec - then->tv_nsec);
}

static const char *clock_text(int64_t seconds, char *buf, size_t size)
{
	long long s = (long long)seconds;

	if (s >= 3600)
		snprintf(buf, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buf, size, "%lld:%02lld", s / 60, s % 60);
	return buf;
}

/* "1:20 elapsed, about 5:10 left"; the time left once there is something to reckon with. */
static const char *times(const struct progress *p, char *buf, size_t size)
{
	int64_t elapsed = since_ns(&p->start) / 1000000000, taken = p->done - p->earlier;
	char a[32], b[32];

	clock_text(elapsed, a, sizeof(a));
	if (taken < 1)
		snprintf(buf, size, "%s elapsed", a);
	else
		snprintf(buf, size, "%s elapsed, about %s left", a,
			 clock_text(since_ns(&p->start) / taken * (p->planned - p->done) /
					    1000000000,
				    b, sizeof(b)));
	return buf;
}

static int columns(void)
{
	struct winsize w;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) || w.ws_col < 20 ? 80 : w.ws_col;
}

static void draw(struct progress *p)
{
	char line[256], t[96];

	clock_gettime(CLOCK_MONOTONIC, &p->shown);
	snprintf(line, sizeof(line), "[%lld/%lld] %s: %s  %s", (long long)p->done + 1,
		 (long long)p->planned, p->label, p->step, times(p, t, sizeof(t)));
	fprintf(stderr, "\r%.*s\033[K", columns() - 1, line);
}

void progress_begin(struct progress *p, int64_t planned, int64_t earlier, bool quiet)
{
	*p = (struct progress){
		.terminal = isatty(STDERR_FILENO),
		.quiet = quiet,
		.planned = planned,
		.done = earlier,
		.earlier = earlier,
	};
	clock_gettime(CLOCK_MONOTONIC, &p->start);
	snprintf(p->label, sizeof(p->label), "getting ready");
	if (!quiet && earlier)
		fprintf(stderr, "resuming: %lld of %lld samples were taken before\n",
			(long long)earlier, (long long)planned);
}

/* "verify-ioas 1G/4K contig real", and the attack. */
static void label_text(char *buf, size_t size, const char *design, int64_t guest_bytes,
		       int64_t page_bytes, const char *layout, const char *backing,
		       const char *attack)
{
	char guest[32], page[32];

	snprintf(buf, size, "%s %s/%s %s %s%s%s", design,
		 size_text(guest_bytes, guest, sizeof(guest)),
		 size_text(page_bytes, page, sizeof(page)), layout, backing, attack ? " " : "",
		 attack ? attack : "");
}

void progress_item(struct progress *p, const struct plan_item *item)
{
	label_text(p->label, sizeof(p->label), item->design, item->guest_bytes, item->page_bytes,
		   item->layout, item->backing, item->attack);
	snprintf(p->step, sizeof(p->step), "start");
	if (p->terminal && !p->quiet)
		draw(p);
}

void progress_step(void *progress, const struct target_progress *step)
{
	struct progress *p = progress;
	char text[32];

	if (!p->terminal || p->quiet)
		return;
	if (step->total > 0)
		snprintf(text, sizeof(text), "%.20s %lld%%", step->step,
			 (long long)((double)step->done * 100 / (double)step->total));
	else
		snprintf(text, sizeof(text), "%.20s", step->step);
	if (!strcmp(text, p->step) && since_ns(&p->shown) < REFRESH_NS)
		return;
	snprintf(p->step, sizeof(p->step), "%s", text);
	draw(p);
}

void progress_sample(struct progress *p, const struct sample *s)
{
	double blackout = s->blackout_ns == LU_NULL ? NAN : (double)s->blackout_ns;
	char label[96], d[AMOUNT_MAX], t[96];

	p->done++;
	if (p->quiet)
		return;
	if (p->terminal && !s->error)
		return;
	label_text(label, sizeof(label), s->design, s->guest_bytes, s->page_bytes, s->layout,
		   s->backing, s->attack);
	if (p->terminal)
		fputs("\r\033[K", stderr);
	if (s->error)
		fprintf(stderr, "[%lld/%lld] %s: failed: %s\n", (long long)p->done,
			(long long)p->planned, label, s->error);
	else if (s->attack)
		fprintf(stderr, "[%lld/%lld] %s: refused, as it should be  (%s)\n",
			(long long)p->done, (long long)p->planned, label, times(p, t, sizeof(t)));
	else
		fprintf(stderr, "[%lld/%lld] %s: %s  (%s)\n", (long long)p->done,
			(long long)p->planned, label, amount_words(blackout, p->unit, d),
			times(p, t, sizeof(t)));
}

void progress_end(struct progress *p)
{
	if (p->terminal && !p->quiet)
		fputs("\r\033[K", stderr);
}
