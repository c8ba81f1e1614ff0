// SPDX-License-Identifier: GPL-2.0-only
#include "agent/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <perfmon/pfmlib_perf_event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/marks.h"

/* How often the peak is looked at: often enough for a phase of some ms, cheap for the other CPU. */
#define PEAK_PERIOD_NS 2000000

static const char *const page_names[NR_PAGE_COUNTERS] = {
	[PAGES_FREE] = "free_pages",
	[PAGES_IOMMU] = "iommu_pages",
	[PAGES_SECONDARY] = "secondary_pagetable_pages",
	[PAGES_SHMEM] = "shmem_pages",
	[PAGES_SLAB] = "slab_unreclaimable_pages",
	[PAGES_FOLL_PIN] = "pinned_pages",
};

/* Read a file of /proc whole; Return: length, 0 when it cannot be read. */
static size_t slurp(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	buf[len] = 0;
	return len;
}

static int64_t vmstat_value(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (!strncmp(line, name, len) && line[len] == ' ')
			return strtoll(line + len, NULL, 10);
	}
	return COUNTER_NONE;
}

void counters_pages(struct page_counters *pc)
{
	char text[16384];
	int64_t acquired, released;
	int fd;

	fd = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, "1", 1) < 0)
			pc->pages[0] = 0;
		close(fd);
	}
	for (int i = 0; i < NR_PAGE_COUNTERS; i++)
		pc->pages[i] = COUNTER_NONE;
	if (!slurp("/proc/vmstat", text, sizeof(text)))
		return;
	pc->pages[PAGES_FREE] = vmstat_value(text, "nr_free_pages");
	pc->pages[PAGES_IOMMU] = vmstat_value(text, "nr_iommu_pages");
	pc->pages[PAGES_SECONDARY] = vmstat_value(text, "nr_sec_page_table_pages");
	pc->pages[PAGES_SHMEM] = vmstat_value(text, "nr_shmem");
	pc->pages[PAGES_SLAB] = vmstat_value(text, "nr_slab_unreclaimable");
	acquired = vmstat_value(text, "nr_foll_pin_acquired");
	released = vmstat_value(text, "nr_foll_pin_released");
	if (acquired != COUNTER_NONE && released != COUNTER_NONE)
		pc->pages[PAGES_FOLL_PIN] = acquired - released;
}

static json_t *number_or_null(int64_t val)
{
	return val == COUNTER_NONE ? json_null() : json_integer(val);
}

void counters_pages_json(json_t *obj, const struct page_counters *pc, const char *suffix)
{
	char name[64];

	for (int i = 0; i < NR_PAGE_COUNTERS; i++) {
		snprintf(name, sizeof(name), "%s%s", page_names[i], suffix);
		json_object_set_new(obj, name, number_or_null(pc->pages[i]));
	}
}

void counters_leaves_json(json_t *obj, const uint64_t *nr)
{
	char name[32];

	for (unsigned int lg2 = 0; lg2 < 64; lg2++) {
		bool common = lg2 == 12 || lg2 == 21 || lg2 == 30;

		if (!common && (!nr || !nr[lg2]))
			continue;
		snprintf(name, sizeof(name), "leaves_%llu%c", 1ULL << lg2 % 10,
			 "bkmgtpe"[lg2 / 10]);
		json_object_set_new(obj, name,
				    nr ? json_integer((json_int_t)nr[lg2]) : json_null());
	}
}

int64_t counters_iommu_bytes(void)
{
	char text[16384];
	int64_t pages = COUNTER_NONE;

	if (slurp("/proc/vmstat", text, sizeof(text)))
		pages = vmstat_value(text, "nr_iommu_pages");
	return pages == COUNTER_NONE ? pages : pages * sysconf(_SC_PAGESIZE);
}

static const char *const perf_names[NR_PERF_EVENTS] = {
	[PERF_CYCLES] = "cycles",
	[PERF_INSTRUCTIONS] = "instructions",
};

enum perf_mode { PERF_USER, PERF_KERNEL, NR_PERF_MODES };

static const char *const perf_modes[NR_PERF_MODES] = {
	[PERF_USER] = "user",
	[PERF_KERNEL] = "kernel",
};

static int perf_open(const struct perf_codes *codes, enum perf_event_kind event,
		     enum perf_mode mode, int group)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = codes->type[event],
		.config = codes->config[event],
		.exclude_user = mode != PERF_USER,
		.exclude_kernel = mode != PERF_KERNEL,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, group, PERF_FLAG_FD_CLOEXEC);
}

/* Ask for one event and try it in both modes. Return: why not, NULL when it can be counted. */
static const char *perf_find(struct perf_codes *codes, enum perf_event_kind event)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	pfm_perf_encode_arg_t arg = { .size = sizeof(arg), .attr = &attr };
	int rc;

	rc = pfm_get_os_event_encoding(perf_names[event], PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT,
				       &arg);
	if (rc != PFM_SUCCESS)
		return pfm_strerror(rc);
	codes->type[event] = attr.type;
	codes->config[event] = attr.config;
	for (int mode = 0; mode < NR_PERF_MODES; mode++) {
		int fd = perf_open(codes, event, (enum perf_mode)mode, -1);

		if (fd < 0)
			return errno == ENOENT ? "this machine has no such counter" :
						 strerror(errno);
		close(fd);
	}
	return NULL;
}

void counters_perf_find(struct perf_codes *codes)
{
	size_t len = 0;
	int rc;

	memset(codes, 0, sizeof(*codes));
	rc = pfm_initialize();
	if (rc != PFM_SUCCESS) {
		snprintf(codes->why, sizeof(codes->why), "libpfm: %s", pfm_strerror(rc));
		return;
	}
	for (int i = 0; i < NR_PERF_EVENTS; i++) {
		const char *why = perf_find(codes, (enum perf_event_kind)i);

		if (!why)
			codes->found |= 1U << i;
		else if (len < sizeof(codes->why))
			len += (size_t)snprintf(codes->why + len, sizeof(codes->why) - len,
						"%s%s: %s", len ? ", " : "", perf_names[i], why);
	}
}

/*
 * One group, so that one read gives all of them at the same moment.
 * @fd: of its leader, -1 while there is none.
 * @event, @mode: of each member, in the order in which they are read.
 */
static struct {
	int fd;
	int nr;
	enum perf_event_kind event[NR_PERF_EVENTS * NR_PERF_MODES];
	enum perf_mode mode[NR_PERF_EVENTS * NR_PERF_MODES];
} perf_group = { .fd = -1 };

struct perf_values {
	int64_t v[NR_PERF_EVENTS][NR_PERF_MODES];
};

static struct perf_values perf_last;
static struct perf_values perf_phase[LU_NR_MARKS];
static bool perf_seen[LU_NR_MARKS];

/* Return: 0, -1 when nothing is counted, or was not all the time. */
static int perf_read(struct perf_values *out)
{
	struct {
		uint64_t nr, enabled, running, v[NR_PERF_EVENTS * NR_PERF_MODES];
	} group;
	ssize_t len;

	if (perf_group.fd < 0)
		return -1;
	len = read(perf_group.fd, &group, sizeof(group));
	if (len < (ssize_t)offsetof(typeof(group), v) || group.nr != (uint64_t)perf_group.nr ||
	    group.running != group.enabled)
		return -1;
	for (int i = 0; i < perf_group.nr; i++)
		out->v[perf_group.event[i]][perf_group.mode[i]] = (int64_t)group.v[i];
	return 0;
}

void counters_perf_open(const struct perf_codes *codes)
{
	memset(perf_seen, 0, sizeof(perf_seen));
	if (perf_group.fd >= 0)
		return;
	for (int i = 0; i < NR_PERF_EVENTS * NR_PERF_MODES; i++) {
		enum perf_event_kind event = (enum perf_event_kind)(i / NR_PERF_MODES);
		enum perf_mode mode = (enum perf_mode)(i % NR_PERF_MODES);
		int fd;

		if (!(codes->found & 1U << event))
			continue;
		/* The members live as long as their group, whose leader is kept open. */
		fd = perf_open(codes, event, mode, perf_group.fd);
		if (fd < 0)
			continue;
		if (perf_group.fd < 0)
			perf_group.fd = fd;
		perf_group.event[perf_group.nr] = event;
		perf_group.mode[perf_group.nr++] = mode;
	}
	perf_read(&perf_last);
}

void counters_perf_phase(enum lu_mark end)
{
	struct perf_values now;

	if (perf_read(&now))
		return;
	for (int i = 0; i < perf_group.nr; i++) {
		int event = perf_group.event[i], mode = perf_group.mode[i];

		perf_phase[end].v[event][mode] = now.v[event][mode] - perf_last.v[event][mode];
	}
	perf_last = now;
	perf_seen[end] = true;
}

static bool perf_counted(int event, int mode)
{
	for (int i = 0; i < perf_group.nr; i++)
		if ((int)perf_group.event[i] == event && (int)perf_group.mode[i] == mode)
			return true;
	return false;
}

void counters_perf_json(json_t *obj)
{
	static const enum lu_mark ends[] = { LU_RETRIEVE_END, LU_REDRIVE_END, LU_ATTACH_END };
	static const char *const names[] = { "retrieve", "redrive", "adopt_attach" };
	char name[64];

	for (size_t p = 0; p < sizeof(ends) / sizeof(ends[0]); p++) {
		for (int i = 0; i < NR_PERF_EVENTS * NR_PERF_MODES; i++) {
			int event = i / NR_PERF_MODES, mode = i % NR_PERF_MODES;

			snprintf(name, sizeof(name), "%s_%s_%s", names[p], perf_names[event],
				 perf_modes[mode]);
			json_object_set_new(
				obj, name,
				perf_seen[ends[p]] && perf_counted(event, mode) ?
					json_integer(perf_phase[ends[p]].v[event][mode]) :
					json_null());
		}
	}
}

/* How often the memory must have been looked at for the highest value to be called the peak. */
#define PEAK_LOOKS_MIN 5
#define PEAK_LOOKS_MAX 8192

static pthread_t peak_thread;
static atomic_bool peak_running;
static struct {
	uint64_t counter;
	int64_t bytes;
} peak_looks[PEAK_LOOKS_MAX];
static unsigned int peak_nr;

static void *peak_follow(void *arg)
{
	const struct timespec period = { .tv_nsec = PEAK_PERIOD_NS };

	while (atomic_load(&peak_running) && peak_nr < PEAK_LOOKS_MAX) {
		peak_looks[peak_nr].bytes = counters_iommu_bytes();
		peak_looks[peak_nr++].counter = marks_now();
		nanosleep(&period, NULL);
	}
	return arg;
}

void counters_peak_start(void)
{
	peak_nr = 0;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	atomic_store(&peak_running, true);
	if (pthread_create(&peak_thread, NULL, peak_follow, NULL))
		atomic_store(&peak_running, false);
}

int64_t counters_peak_stop(uint64_t begin, uint64_t end)
{
	int64_t peak = COUNTER_NONE;
	unsigned int looks = 0;

	if (!atomic_exchange(&peak_running, false))
		return COUNTER_NONE;
	pthread_join(peak_thread, NULL);
	for (unsigned int i = 0; i < peak_nr; i++) {
		if (peak_looks[i].counter < begin || peak_looks[i].counter > end)
			continue;
		looks++;
		if (peak_looks[i].bytes > peak)
			peak = peak_looks[i].bytes;
	}
	return looks < PEAK_LOOKS_MIN ? COUNTER_NONE : peak;
}
