// SPDX-License-Identifier: GPL-2.0-only
#include "agent/marks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/liveupdate_marks.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "agent/err.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/io.h>
#endif

static struct marks early;
static struct marks *marks = &early;
static enum lu_mark die_at = LU_NO_MARK;

/* The kernel's page; NULL where idle times are unknown. */
static const volatile struct liveupdate_marks_page *page;

void marks_bind(struct marks *to)
{
	for (int i = 0; to && i < LU_NR_MARKS; i++) {
		if (!early.counter[i])
			continue;
		to->counter[i] = early.counter[i];
		to->idle[i] = early.idle[i];
	}
	memset(&early, 0, sizeof(early));
	marks = to ? to : &early;
}

void marks_open(void)
{
	void *addr;
	int fd;

	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		return;
	fd = open("/dev/liveupdate_marks", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	addr = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED | MAP_POPULATE, fd,
		    0);
	close(fd);
	if (addr == MAP_FAILED)
		return;
	page = addr;
	for (int i = 0; i < LU_NR_MARKS; i++)
		if (marks->counter[i])
			marks->idle[i] = page->idle;
}

void marks_die_at(enum lu_mark mark)
{
	die_at = mark;
}

void marks_take(enum lu_mark mark)
{
	marks->counter[mark] = marks_now();
	marks->idle[mark] = page ? page->idle : MARKS_NO_IDLE;
	/* The kernel lets nobody kill its init, but panics the same way when it exits. */
	if (mark == die_at)
		_exit(SIGKILL);
}

void marks_end(enum lu_mark mark, const struct request *req)
{
	const struct lu_phase *phase = req->delay_phase;

	if (phase && phase->end == mark) {
		uint64_t begin = 0, now = marks_now(), until;

		for (int i = 0; phase->begin[i] != LU_NO_MARK && !begin; i++)
			begin = marks->counter[phase->begin[i]];
		until = now + (begin ? now - begin : 0) * req->delay_permille / 1000;
		while (marks_now() < until)
			;
	}
	marks_take(mark);
}

#if defined(__x86_64__)
/* QEMU's isa-debugcon; the controller reads what comes out of it. */
#define OUTSIDE_PORT 0x402

static int outside = -1;

void marks_outside_open(void)
{
	unsigned int a, b, c, d;

	/* CPUID.1:ECX[31] is set under every hypervisor; real machines keep ACPI there. */
	outside = __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 31) && !ioperm(OUTSIDE_PORT, 1, 1);
}

void marks_outside(uint8_t byte)
{
	if (outside < 0)
		marks_outside_open();
	if (outside)
		outb(byte, OUTSIDE_PORT);
}

uint64_t marks_clock_hz(void)
{
	const struct timespec wait = { .tv_nsec = 250000000 };
	uint64_t counter[2] = { 0 }, ns[2] = { 0 };

	for (int side = 0; side < 2; side++) {
		uint64_t best = UINT64_MAX;

		/* The tightest of some readings around the kernel's clock. */
		for (int i = 0; i < 20; i++) {
			struct timespec ts;
			uint64_t before = marks_now(), after;

			clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
			after = marks_now();
			if (after - before < best) {
				best = after - before;
				counter[side] = before + best / 2;
				ns[side] = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
			}
		}
		if (!side)
			nanosleep(&wait, NULL);
	}
	return (uint64_t)((unsigned __int128)(counter[1] - counter[0]) * 1000000000 /
			  (ns[1] - ns[0]));
}
#else
/* QEMU's pci-serial, which the controller puts there; no driver has it. */
#define OUTSIDE_DEVICE "/sys/bus/pci/devices/0000:00:1f.0"
#define OUTSIDE_MODALIAS "pci:v00001B36d00000002"

/* Its BAR 0, whose first byte is the transmit register of a 16550; -1: not looked for, -2: none. */
static int outside = -1;

static bool outside_is_there(void)
{
	char alias[sizeof(OUTSIDE_MODALIAS)] = "";
	int fd = open(OUTSIDE_DEVICE "/modalias", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, alias, sizeof(alias) - 1);

	if (fd >= 0)
		close(fd);
	return len > 0 && !strcmp(alias, OUTSIDE_MODALIAS);
}

void marks_outside_open(void)
{
	int fd;

	outside = -2;
	if (!outside_is_there())
		return;
	fd = open(OUTSIDE_DEVICE "/enable", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) == 1)
		outside = open(OUTSIDE_DEVICE "/resource0", O_WRONLY | O_CLOEXEC);
	if (outside < 0)
		outside = -2;
	close(fd);
}

void marks_outside(uint8_t byte)
{
	if (outside == -1)
		marks_outside_open();
	if (outside >= 0 && pwrite(outside, &byte, 1, 0) != 1)
		outside = -2;
}

uint64_t marks_clock_hz(void)
{
	uint64_t hz;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}
#endif

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

double marks_cost_ns(uint64_t clock_hz)
{
	enum { ROUNDS = 101, MARKS = 100 };
	uint64_t took[ROUNDS], median;

	for (int r = 0; r < ROUNDS; r++) {
		uint64_t begin = marks_now();

		for (int i = 0; i < MARKS; i++)
			marks_take(LU_TAIL_END);
		took[r] = marks_now() - begin;
	}
	marks->counter[LU_TAIL_END] = 0;
	qsort(took, ROUNDS, sizeof(took[0]), compare_u64);
	median = took[ROUNDS / 2];
	return (double)median / MARKS * 1e9 / (double)clock_hz;
}

static const struct {
	unsigned int id;
	enum lu_mark mark;
	unsigned int gen;
} kernel_marks[] = {
	{ LIVEUPDATE_MARK_FREEZE_BEGIN, LU_FREEZE_BEGIN, 0 },
	{ LIVEUPDATE_MARK_FREEZE_END, LU_FREEZE_END, 0 },
	{ LIVEUPDATE_MARK_REBOOT_ENTER, LU_REBOOT_ENTER, 0 },
	{ LIVEUPDATE_MARK_DEVICES_DOWN, LU_DEVICES_DOWN, 0 },
	{ LIVEUPDATE_MARK_JUMP, LU_JUMP, 0 },
	{ LIVEUPDATE_MARK_ENTRY, LU_ENTRY, 1 },
	{ LIVEUPDATE_MARK_START_KERNEL, LU_START_KERNEL, 1 },
	{ LIVEUPDATE_MARK_KHO_RESTORED, LU_KHO_RESTORED, 1 },
	{ LIVEUPDATE_MARK_INITCALLS_DONE, LU_INITCALLS_DONE, 1 },
	{ LIVEUPDATE_MARK_INIT_EXEC, LU_INIT_EXEC, 1 },
	{ LIVEUPDATE_MARK_RESTORE_BEGIN, LU_RESTORE_BEGIN, 1 },
	{ LIVEUPDATE_MARK_RESTORE_END, LU_RESTORE_END, 1 },
	{ LIVEUPDATE_MARK_VERIFY_BEGIN, LU_VERIFY_BEGIN, 1 },
	{ LIVEUPDATE_MARK_VERIFY_END, LU_VERIFY_END, 1 },
	{ LIVEUPDATE_MARK_ADOPT_BEGIN, LU_ADOPT_BEGIN, 1 },
	{ LIVEUPDATE_MARK_ADOPT_END, LU_ADOPT_END, 1 },
};

static const struct {
	unsigned int id;
	enum lu_sum_id sum;
} kernel_sums[] = {
	{ LIVEUPDATE_SUM_PIN, LU_SUM_PIN },	    { LIVEUPDATE_SUM_MAP, LU_SUM_MAP },
	{ LIVEUPDATE_SUM_COMPARE, LU_SUM_COMPARE }, { LIVEUPDATE_SUM_CLAIM, LU_SUM_CLAIM },
	{ LIVEUPDATE_SUM_FREE, LU_SUM_FREE },
};

/* Return: how many records there are, or -errno. */
static int read_kernel(struct liveupdate_mark_rec *rec, size_t max)
{
	int fd = open("/dev/liveupdate_marks", O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return err_set(errno, "/dev/liveupdate_marks: the kernel needs "
				      "CONFIG_LIVEUPDATE_MARKS");
	len = read(fd, rec, max * sizeof(*rec));
	close(fd);
	if (len < 0)
		return err_set(errno, "/dev/liveupdate_marks: read");
	return (int)((size_t)len / sizeof(*rec));
}

int marks_kernel(struct marks *to)
{
	struct liveupdate_mark_rec rec[64];
	int found = read_kernel(rec, 64), nr = 0;

	for (int i = 0; i < found; i++) {
		for (size_t k = 0; k < sizeof(kernel_marks) / sizeof(kernel_marks[0]); k++) {
			if (rec[i].id != kernel_marks[k].id || rec[i].gen != kernel_marks[k].gen)
				continue;
			to->counter[kernel_marks[k].mark] = rec[i].counter;
			to->idle[kernel_marks[k].mark] = page ? rec[i].idle : MARKS_NO_IDLE;
			nr++;
		}
	}
	return found < 0 ? found : nr;
}

int marks_sums(struct marks_sums *to)
{
	struct liveupdate_mark_rec rec[64];
	int found = read_kernel(rec, 64);

	*to = (struct marks_sums){ 0 };
	for (int i = 0; i < found; i++) {
		for (size_t k = 0; k < sizeof(kernel_sums) / sizeof(kernel_sums[0]); k++) {
			if (rec[i].id != kernel_sums[k].id)
				continue;
			to->ticks[kernel_sums[k].sum] = rec[i].counter;
			to->known = true;
		}
	}
	return found < 0 ? found : 0;
}

json_t *marks_sums_json(const struct marks_sums *before, const struct marks_sums *after)
{
	json_t *obj;

	if (!after->known)
		return json_null();
	obj = json_object();
	for (int i = 0; i < LU_NR_SUMS; i++)
		json_object_set_new(obj, lu_sums[i].name,
				    json_integer((json_int_t)(after->ticks[i] - before->ticks[i])));
	return obj;
}

json_t *marks_json(const struct marks *from)
{
	json_t *obj = json_object();

	for (int i = 0; i < LU_NR_MARKS; i++)
		if (from->counter[i])
			json_object_set_new(obj, lu_marks[i].name,
					    json_integer((json_int_t)from->counter[i]));
	return obj;
}

json_t *marks_idle_json(const struct marks *from)
{
	json_t *obj = json_object();

	for (int i = 0; i < LU_NR_MARKS; i++) {
		if (!from->counter[i])
			continue;
		if (from->idle[i] == MARKS_NO_IDLE) {
			json_decref(obj);
			return json_null();
		}
		json_object_set_new(obj, lu_marks[i].name, json_integer((json_int_t)from->idle[i]));
	}
	return obj;
}
