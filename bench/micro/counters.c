// SPDX-License-Identifier: GPL-2.0-or-later
#include "micro/counters.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>
#include <perfmon/pfmlib_perf_event.h>

/* Names of libpfm4 for what perf_event_open(2) can count on any CPU. */
static const struct {
	const char *name;
	const char *event;
	bool hardware;
} events[] = {
	{ "process_cycles", "perf::CYCLES", true },
	{ "process_instructions", "perf::INSTRUCTIONS", true },
	{ "process_llc_misses", "perf::CACHE-MISSES", true },
	{ "process_dtlb_misses", "perf::DTLB-LOAD-MISSES", true },
	{ "process_page_faults", "perf::PAGE-FAULTS", false },
};

#define NR_EVENTS (sizeof(events) / sizeof(events[0]))

_Static_assert(NR_EVENTS <= MAX_COUNTERS, "struct counters is too small");

static int open_event(const char *event, pid_t pid)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	pfm_perf_encode_arg_t arg = { .size = sizeof(arg), .attr = &attr };
	long fd;

	/* PLM3: user mode, which is all that an ordinary user may count. */
	if (pfm_get_os_event_encoding(event, PFM_PLM3, PFM_OS_PERF_EVENT, &arg) != PFM_SUCCESS)
		return -ENOENT;
	attr.disabled = 1;
	attr.enable_on_exec = 1;
	attr.inherit = 1;
	attr.exclude_kernel = 1;
	attr.exclude_hv = 1;
	attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	fd = syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

int counters_open(struct counters *c, pid_t pid)
{
	int ret = -ENOENT;
	bool usable = pfm_initialize() == PFM_SUCCESS;

	for (size_t i = 0; i < NR_EVENTS; i++) {
		int fd = usable ? open_event(events[i].event, pid) : -ENOENT;

		c->fd[i] = fd < 0 ? -1 : fd;
		if (!events[i].hardware)
			continue;
		if (fd >= 0)
			ret = 0;
		else if (ret && (fd == -EACCES || fd == -EPERM))
			ret = -EACCES;
	}
	return ret;
}

int counters_close(struct counters *c, struct lu_values *to)
{
	int ret = 0;

	for (size_t i = 0; i < NR_EVENTS; i++) {
		struct {
			uint64_t value;
			uint64_t enabled;
			uint64_t running;
		} r;
		int64_t value = LU_NULL;

		/* More events than counters take turns; what was seen in part is not a count. */
		if (c->fd[i] >= 0 && read(c->fd[i], &r, sizeof(r)) == sizeof(r) &&
		    r.enabled == r.running && r.enabled)
			value = (int64_t)r.value;
		if (c->fd[i] >= 0)
			close(c->fd[i]);
		c->fd[i] = -1;
		if (!ret)
			ret = lu_values_set(to, events[i].name, value);
	}
	return ret;
}
