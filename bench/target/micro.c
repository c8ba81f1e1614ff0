// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The target micro: the page table code of the patched kernel, as a User-Mode Linux process that
 * runs its benchmark (CONFIG_IOMMU_PT_BENCH) and powers off. One process a sample, so that none
 * inherits the memory another one left behind.
 *
 * With clock = icount it runs in QEMU instead, whose clock counts instructions: a nanosecond of such
 * a run is one instruction, and two runs give the same.
 */
#include "target/target.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>
#include <linux/magic.h>

#include "common/error.h"
#include "common/now.h"
#include "micro/counters.h"
#include "micro/lines.h"
#include "run/host.h"
#include "sample/sample.h"
#include "target/qemu.h"

#define MIB (1LL << 20)

/* The kernel itself, its boot memory, and slack for the page allocator. */
#define UML_OVERHEAD (64 * MIB)
/* What is streamed through for cold caches where the size of the caches is unknown. */
#define EVICT_DEFAULT (64 * MIB)
#define MAX_FAILED_STARTS 3
/* A pass over a tree of so many bytes takes about a second. */
#define LONG_TREE (256 * MIB)

/**
 * struct target
 * @kernel: User-Mode Linux; with @icount what QEMU boots.
 * @emulator: QEMU, with @icount.
 * @tmp: folder for the memory of the process.
 * @evict_bytes: what to stream through for cold caches.
 * @hz: of the clock, from the last sample.
 * @no_counters: errno why there are no hardware events, 0 when there are.
 * @cmdline: of the last start.
 */
struct target {
	const struct target_config *config;
	bool icount;
	char *kernel;
	char *emulator;
	char *console;
	char *tmp;
	bool tmp_in_memory;
	int64_t evict_bytes;
	int64_t hz;
	int no_counters;
	bool counters_tried;
	char *cmdline;
	json_t *kernel_info;
	pid_t pid;
	int failed_starts;
};

/* At most; holes have twice the tables, as half of each is empty. */
static int64_t tree_bytes(int64_t guest, int64_t page, const char *layout)
{
	int64_t leaf = guest / page * 8;

	if (!strcmp(layout, "holes"))
		leaf = leaf * 9 / 4;
	return leaf + leaf / 256 + MIB;
}

static int64_t memory_need(int64_t guest, int64_t page, const char *layout, int64_t evict)
{
	int64_t tree = tree_bytes(guest, page, layout);
	int64_t need = 2 * tree + evict + UML_OVERHEAD;

	/* The tree in other page sizes: all small ones where the others are mixed. */
	if (!strcmp(layout, "mixed"))
		need += tree_bytes(guest, page, "contig");
	/* Lists of the tables, and a struct page for each page. */
	need += tree / 64 + need / 40;
	return (need + MIB - 1) / MIB * MIB;
}

static int check_matrix(const struct workload *w, const struct matrix *m, char **err)
{
	for (size_t i = 0; i < m->variant.n; i++)
		if (strcmp(m->variant.v[i], "cold") != 0 && strcmp(m->variant.v[i], "warm") != 0)
			return lu_fail(err, -EINVAL,
				       "%s:%d: '%s' is not a value for variant: allowed here are "
				       "cold, warm",
				       w->path, matrix_line(m, "variant"), m->variant.v[i]);
	if (m->stage.n || m->redrive.n || m->attack.n)
		return lu_fail(err, -EINVAL,
			       "%s:%d: stage, redrive and attack have no meaning for micro: leave "
			       "them out",
			       w->path, m->line);
	for (size_t i = 0; i < m->backing.n; i++)
		if (strcmp(m->backing.v[i], "real") != 0)
			return lu_fail(err, -EINVAL,
				       "%s:%d: '%s' is not a value for backing: allowed here is "
				       "real, there is no guest memory at all",
				       w->path, matrix_line(m, "backing"), m->backing.v[i]);
	for (size_t l = 0; l < m->layout.n; l++)
		for (size_t p = 0; p < m->page_size.n; p++)
			if (!strcmp(m->layout.v[l], "mixed") && m->page_size.v[p] != 4096)
				return lu_fail(err, -EINVAL,
					       "%s:%d: layout mixed needs page_size 4K, its "
					       "smallest one: allowed is 4K",
					       w->path, matrix_line(m, "page_size"));
	for (size_t p = 0; p < m->page_size.n; p++)
		for (size_t g = 0; g < m->guest_size.n; g++)
			if (m->guest_size.v[g] % m->page_size.v[p])
				return lu_fail(err, -EINVAL,
					       "%s:%d: a guest_size that is not a multiple of "
					       "page_size: allowed are multiples of it",
					       w->path, matrix_line(m, "guest_size"));
	return 0;
}

static int micro_check(const struct workload *w, char **err)
{
	if (err)
		*err = NULL;
	for (size_t i = 0; i < w->nr_matrix; i++) {
		int ret = check_matrix(w, &w->matrix[i], err);

		if (ret)
			return ret;
	}
	return 0;
}

/* Twice the largest cache of this CPU. */
static int64_t evict_bytes(void)
{
	int64_t largest = 0;

	for (int i = 0; i < 8; i++) {
		char path[80], unit = 'K';
		long long size = 0;
		FILE *f;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%lld%c", &size, &unit) >= 1) {
			size <<= unit == 'M' ? 20 : 10;
			if (size > largest)
				largest = size;
		}
		fclose(f);
	}
	return largest ? 2 * largest : EVICT_DEFAULT;
}

/* Whether memory for User-Mode Linux can be there; the last question is asked by mapping it. */
static bool folder_is_usable(const char *dir, int64_t need, bool *in_memory)
{
	struct statvfs v;
	struct statfs f;

	/* It becomes part of a command line whose words blanks divide. */
	if (!dir || strpbrk(dir, " \t\n") || access(dir, W_OK | X_OK) || statvfs(dir, &v) ||
	    statfs(dir, &f))
		return false;
	*in_memory = f.f_type == TMPFS_MAGIC;
	return !(v.f_flag & ST_NOEXEC) && (int64_t)v.f_bavail * (int64_t)v.f_frsize >= need;
}

static int find_folder(struct target *t, int64_t need, char **err)
{
	const char *const dirs[] = { getenv("TMPDIR"), "/dev/shm", getenv("XDG_RUNTIME_DIR"),
				     "/tmp", "/var/tmp" };
	const char *found = NULL;
	bool in_memory;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!folder_is_usable(dirs[i], need, &in_memory))
			continue;
		/* A folder on a disk would have its pages written back while we measure. */
		if (in_memory || !found) {
			found = dirs[i];
			t->tmp_in_memory = in_memory;
		}
		if (in_memory)
			break;
	}
	if (!found)
		return lu_fail(err, -ENOSPC,
			       "no folder with %lld MiB for the memory of User-Mode Linux: set "
			       "TMPDIR to a tmpfs that is large enough, not mounted noexec, and "
			       "without blanks in its name",
			       (long long)(need / MIB));
	t->tmp = strdup(found);
	return t->tmp ? 0 : -ENOMEM;
}

static int64_t largest_need(const struct workload *w, int64_t evict)
{
	int64_t largest = 0;

	for (size_t i = 0; i < w->nr_matrix; i++) {
		const struct matrix *m = &w->matrix[i];

		for (size_t g = 0; g < m->guest_size.n; g++)
			for (size_t p = 0; p < m->page_size.n; p++)
				for (size_t l = 0; l < m->layout.n; l++) {
					int64_t need = memory_need(m->guest_size.v[g],
								   m->page_size.v[p],
								   m->layout.v[l], evict);

					if (need > largest)
						largest = need;
				}
	}
	return largest;
}

static void micro_release(struct target *t)
{
	if (!t)
		return;
	json_decref(t->kernel_info);
	free(t->kernel);
	free(t->emulator);
	free(t->console);
	free(t->tmp);
	free(t->cmdline);
	free(t);
}

static bool counts_instructions(const struct target_config *config)
{
	return !strcmp(config->workload->target.clock, "icount");
}

static const char *emulator_name(const struct target_config *config)
{
	return config->emulator ? config->emulator : "qemu-system-x86_64";
}

static int micro_identify(const struct target_config *config, struct target_identity *id,
			  char **err)
{
	const char *flavour = counts_instructions(config) ? "icount" : "uml";
	json_t *info = NULL;
	int ret;

	if (!config->kernel)
		return lu_fail(
			err, -ENOENT,
			"no kernel given: run `make kernel FLAVOUR=%s`, or pass --kernel FILE",
			flavour);
	ret = target_hash_file(config->kernel, "--kernel", id->kernel_sha256, err);
	if (!ret && !counts_instructions(config) && access(config->kernel, X_OK))
		ret = lu_fail(err, -EACCES,
			      "--kernel %s: not a program: run `make kernel FLAVOUR=%s`",
			      config->kernel, flavour);
	if (!ret)
		ret = target_kernel_info(config->kernel, &info, err);
	json_decref(info);
	if (!ret && counts_instructions(config))
		ret = qemu_identify(emulator_name(config), config->cancel_fd, id, err);
	return ret;
}

static int find_kernel(struct target *t, char **err)
{
	t->kernel = realpath(t->config->kernel, NULL);
	if (!t->kernel || asprintf(&t->console, "%s/console.log", t->config->dir) < 0)
		return lu_fail(err, -ENOMEM, "out of memory");
	return target_kernel_info(t->kernel, &t->kernel_info, err);
}

static int find_emulator(struct target *t, char **err)
{
	t->emulator = qemu_find(emulator_name(t->config));
	if (!t->emulator)
		return lu_fail(err, -ENOENT, "%s: not found", emulator_name(t->config));
	return 0;
}

/* Room for what the process keeps in memory, in this workload's largest case. */
static int find_memory(struct target *t, char **err)
{
	const struct workload *w = t->config->workload;
	int64_t need = largest_need(w, t->evict_bytes);

	if (need > w->dut.memory)
		return lu_fail(err, -EINVAL,
			       "%s: the largest guest needs %lld MiB of page tables: raise "
			       "memory in [dut], or take a smaller guest_size",
			       w->path, (long long)(need / MIB));
	return t->icount ? 0 : find_folder(t, need, err);
}

static int micro_prepare(const struct target_config *config, struct target **out, char **err)
{
	struct target *t = calloc(1, sizeof(*t));
	int ret;

	*out = NULL;
	if (err)
		*err = NULL;
	if (!t)
		return lu_fail(err, -ENOMEM, "out of memory: close other programs");
	t->config = config;
	t->hz = LU_NULL;
	t->icount = counts_instructions(config);
	/* No cache is emulated. */
	t->evict_bytes = t->icount ? MIB : evict_bytes();
	ret = find_kernel(t, err);
	if (!ret && t->icount)
		ret = find_emulator(t, err);
	if (!ret)
		ret = find_memory(t, err);
	if (ret) {
		micro_release(t);
		return ret;
	}
	*out = t;
	return 0;
}

static int keep(char **to, const char *text)
{
	free(*to);
	*to = text ? strdup(text) : NULL;
	return text && !*to ? -ENOMEM : 0;
}

static const char *info(const struct target *t, const char *key)
{
	return json_string_value(json_object_get(t->kernel_info, key));
}

static int note_once(struct run *run, const char *text)
{
	for (size_t i = 0; i < run->notes.n; i++)
		if (!strcmp(run->notes.v[i], text))
			return 0;
	return lu_strings_add(&run->notes, text);
}

static int add_notes(const struct target *t, struct run *run)
{
	int ret = 0;

	if (t->counters_tried && t->no_counters)
		ret = note_once(
			run,
			t->no_counters == -EACCES ?
				"no hardware events: the user may not count them "
				"(/proc/sys/kernel/perf_event_paranoid)" :
				"no hardware events: this machine shows no performance counters "
				"(PMU), as virtual machines often do");
	if (!ret && t->icount)
		ret = note_once(run, "times are numbers of instructions, of an emulated CPU: they "
				     "repeat exactly, and know nothing of memory and caches");
	else if (!ret && !t->tmp_in_memory)
		ret = note_once(run, "the memory of User-Mode Linux lay on a disk: expect more "
				     "noise, or set TMPDIR to a tmpfs");
	return ret;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static int micro_describe(struct target *t, struct run *run)
{
#ifdef __x86_64__
	const char *clock = t->icount ? "icount" : "tsc";
#else
	const char *clock = t->icount ? "icount" : "monotonic-raw";
#endif

	run->target.emulated = t->icount;
	run->target.clock_hz = t->hz;
	run->target.cpus = 1;
	run->target.memory = t->config->workload->dut.memory;
	if (keep(&run->target.accelerator, t->icount ? "tcg" : NULL) ||
	    keep(&run->target.clock, clock) ||
	    keep(&run->target.unit, t->icount ? "instructions" : "ns") ||
	    keep(&run->target.emulator_sha256, or_null(t->config->identity->emulator_sha256)) ||
	    keep(&run->kernel.image_sha256, t->config->identity->kernel_sha256) ||
	    keep(&run->target.version,
		 t->icount ? t->config->identity->emulator_version : info(t, "compiler")) ||
	    keep(&run->host.iommu.kind, "none") || keep(&run->kernel.release, info(t, "release")) ||
	    keep(&run->kernel.source_sha256, info(t, "source_sha256")) ||
	    keep(&run->kernel.patches_sha256, info(t, "patches_sha256")) ||
	    keep(&run->kernel.config_sha256, info(t, "config_sha256")) ||
	    keep(&run->kernel.cmdline, t->cmdline))
		return -ENOMEM;
	return add_notes(t, run);
}

/* On one CPU, the last one that we may use: the first one serves most interrupts. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
		return;
	}
}

/* In the child: wait until the counters are attached, then become what runs the kernel. */
__attribute__((noreturn)) static void become(char *const argv[], char *const envp[], pid_t parent,
					     int go, int out)
{
	char byte;

	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(126);
	if (read(go, &byte, 1) != 1)
		_exit(126);
	stay_on_one_cpu();
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execve(argv[0], argv, envp);
	_exit(127);
}

static void kill_it(struct target *t)
{
	kill(-t->pid, SIGKILL);
	kill(t->pid, SIGKILL);
}

/* The exit status, or -1 when it was killed. @preempted: how often another process took its CPU. */
static int reap(struct target *t, int64_t *preempted)
{
	struct rusage usage = { .ru_nivcsw = 0 };
	int status = 0;

	while (wait4(t->pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	/* Helpers that it left behind, if any. */
	kill(-t->pid, SIGKILL);
	t->pid = 0;
	*preempted = usage.ru_nivcsw;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * Passes of one process, of which each phase becomes the median. An odd number, and one where a pass
 * takes seconds.
 */
static int passes(const struct plan_item *item)
{
	return tree_bytes(item->guest_bytes, item->page_bytes, item->layout) > LONG_TREE ? 1 : 3;
}

static int make_cmdline(struct target *t, const struct plan_item *item, int64_t memory)
{
	char *machine = NULL;
	int ret = 0;

	free(t->cmdline);
	t->cmdline = NULL;
	if (t->icount)
		machine = strdup("console=ttyS0 nokaslr no_timer_check panic=-1");
	else if (asprintf(&machine, "mem=%lldM console=tty0 con=null con0=null,fd:1 uml_dir=%s/",
			  (long long)(memory / MIB), t->tmp) < 0)
		machine = NULL;
	if (!machine ||
	    asprintf(&t->cmdline,
		     "%s iommu_pt_bench.format=%s iommu_pt_bench.guest=%lld "
		     "iommu_pt_bench.page=%lld iommu_pt_bench.layout=%s "
		     "iommu_pt_bench.cache=%s iommu_pt_bench.evict=%lld iommu_pt_bench.seed=%lld "
		     "iommu_pt_bench.iterations=%d iommu_pt_bench.poweroff=1",
		     machine, item->iommu, (long long)item->guest_bytes,
		     (long long)item->page_bytes, item->layout,
		     item->variant ? item->variant : "cold", (long long)t->evict_bytes,
		     (long long)(item->seed & INT32_MAX), t->icount ? 1 : passes(item)) < 0) {
		t->cmdline = NULL;
		ret = -ENOMEM;
	}
	free(machine);
	return ret;
}

static void add_qemu(const struct target *t, int64_t memory, struct arguments *args)
{
	arguments_add(args, t->emulator, NULL);
	arguments_add_data_folders(t->config, args);
	arguments_add(args, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		      "-machine", "pc", "-accel", "tcg", "-cpu", "max", "-serial", "stdio", "-m",
		      NULL);
	arguments_addf(args, "%lldM", (long long)(memory / MIB));
	arguments_add_icount(args);
	arguments_add(args, "-kernel", t->kernel, "-append", t->cmdline, NULL);
}

static void add_uml(const struct target *t, struct arguments *args)
{
	char *copy = strdup(t->cmdline), *rest = copy, *word;

	arguments_add(args, t->kernel, NULL);
	while (rest && (word = strsep(&rest, " ")))
		arguments_add(args, word, NULL);
	args->failed |= !copy;
	free(copy);
}

/* Fork what becomes @args. Return: 0 or -errno. */
static int spawn(struct target *t, const struct arguments *args, int out, struct counters *counters)
{
	char *envp[] = { NULL, NULL };
	pid_t parent = getpid();
	int go[2], ret = 0;

	if (t->tmp && asprintf(&envp[0], "TMPDIR=%s", t->tmp) < 0)
		return -ENOMEM;
	if (pipe2(go, O_CLOEXEC)) {
		ret = -errno;
		free(envp[0]);
		return ret;
	}
	t->pid = fork();
	if (!t->pid)
		become(args->v, envp, parent, go[0], out);
	if (t->pid < 0) {
		ret = -errno;
		t->pid = 0;
	} else {
		setpgid(t->pid, t->pid);
		t->no_counters = counters_open(counters, t->pid);
		t->counters_tried = !t->icount;
		if (write(go[1], "", 1) != 1)
			kill_it(t);
	}
	close(go[0]);
	close(go[1]);
	free(envp[0]);
	return ret;
}

static int start(struct target *t, int64_t memory, int *out_fd, struct counters *counters)
{
	struct arguments args = { 0 };
	int out[2], ret;

	if (t->icount)
		add_qemu(t, memory, &args);
	else
		add_uml(t, &args);
	ret = args.failed ? -ENOMEM : 0;
	if (!ret && pipe2(out, O_CLOEXEC))
		ret = -errno;
	if (!ret) {
		ret = spawn(t, &args, out[1], counters);
		close(out[1]);
		*out_fd = out[0];
		if (ret)
			close(out[0]);
	}
	arguments_release(&args);
	return ret;
}

/* Lines out of what has arrived; what is left of the last one stays in @buf. */
static int take_lines(struct micro_lines *lines, char *buf, size_t *used)
{
	char *from = buf, *end;
	int ret = 0;

	while (!ret && (end = memchr(from, '\n', *used - (size_t)(from - buf)))) {
		*end = '\0';
		ret = micro_lines_read(lines, from);
		from = end + 1;
	}
	*used -= (size_t)(from - buf);
	memmove(buf, from, *used);
	return ret;
}

/*
 * Read the console to its end. Return: 0, -EINTR when the user wants to stop, -ETIMEDOUT, or what
 * the lines gave.
 */
static int read_console(struct target *t, int fd, struct micro_lines *lines)
{
	int64_t deadline = now_ms() + t->config->workload->target.timeout_s * 1000;
	FILE *log = fopen(t->console, "ae");
	char buf[4096];
	size_t used = 0;
	int ret = 0;

	if (log)
		fprintf(log, "linux %s\n", t->cmdline);
	while (!ret) {
		struct pollfd p[] = { { .fd = fd, .events = POLLIN },
				      { .fd = t->config->cancel_fd, .events = POLLIN } };
		int64_t left = deadline - now_ms();
		ssize_t n;

		if (left <= 0) {
			ret = -ETIMEDOUT;
			break;
		}
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			ret = -errno;
		if (p[1].revents & POLLIN)
			ret = -EINTR;
		if (ret || !(p[0].revents & (POLLIN | POLLHUP)))
			continue;
		n = read(fd, buf + used, sizeof(buf) - used);
		if (n <= 0)
			break;
		if (log)
			fwrite(buf + used, 1, (size_t)n, log);
		used += (size_t)n;
		ret = take_lines(lines, buf, &used);
		if (!ret && t->icount && lines->done)
			break;
		if (used == sizeof(buf))
			used = 0;
	}
	if (log)
		fclose(log);
	return ret;
}

static int finish(struct target *t, struct sample *s, const struct micro_lines *lines, int ret,
		  int status)
{
	if (!ret)
		ret = micro_lines_sample(lines, s);
	if (!ret) {
		t->hz = micro_lines_hz(lines);
		t->failed_starts = 0;
		return 0;
	}
	if (ret == -EINTR || ret == -ENOMEM)
		return ret;
	if (ret == -ETIMEDOUT)
		return sample_fail(s, "not done after %lld s: raise timeout in [target]",
				   (long long)t->config->workload->target.timeout_s);
	t->failed_starts += !lines->tree.n;
	return sample_fail(s, "%s (exit status %d)",
			   lines->trouble ? lines->trouble : "the kernel ended too early", status);
}

static int micro_take(struct target *t, const struct plan_item *item, struct sample *s, char **err)
{
	const struct target_progress progress = { .step = "measure" };
	int64_t need =
		memory_need(item->guest_bytes, item->page_bytes, item->layout, t->evict_bytes);
	int64_t available = host_available_memory();
	struct counters counters;
	struct micro_lines lines;
	int fd = -1, ret, status;
	int64_t preempted;

	if (err)
		*err = NULL;
	if (available != LU_NULL && need > available)
		return sample_fail(s, "needs %lld MiB, less are free: close other programs",
				   (long long)(need / MIB));
	if (t->config->progress)
		t->config->progress(t->config->progress_data, &progress);
	ret = make_cmdline(t, item, need);
	if (!ret)
		ret = start(t, need, &fd, &counters);
	if (ret)
		return lu_fail(err, ret, "%s: cannot start it: %s", t->kernel, strerror(-ret));
	micro_lines_init(&lines, t->icount);
	ret = read_console(t, fd, &lines);
	/* With neither ACPI nor APM the kernel cannot power the machine off. */
	if (ret || t->icount)
		kill_it(t);
	close(fd);
	status = reap(t, &preempted);
	if ((counters_close(&counters, &s->counters) ||
	     lu_values_set(&s->counters, "process_preemptions", preempted)) &&
	    !ret)
		ret = -ENOMEM;
	ret = finish(t, s, &lines, ret, status);
	if (!ret && t->failed_starts >= MAX_FAILED_STARTS)
		ret = lu_fail(err, -EIO, "%s does not work: %s; see console.log", t->kernel,
			      lines.trouble ? lines.trouble : "it ends before it measures");
	micro_lines_release(&lines);
	return ret;
}

static const char *const micro_designs[] = { "micro", NULL };
static const char *const micro_iommus[] = { "vtd-ss",	"x86-64",      "amdv1",	      "riscv64",
					    "armv8-4k", "arm-lpae-s1", "arm-lpae-s2", NULL };

static const int64_t page_sizes[] = { 4 << 10, 2 << 20, 1 << 30, 0 };

const struct target_ops micro_target = {
	.name = "micro",
	.what = "the page-table code of the patched kernel as a User-Mode Linux process",
	.good_for = "speed of the algorithms on this CPU, at native speed, without privileges",
	.designs = micro_designs,
	.iommus = micro_iommus,
	.page_sizes = page_sizes,
	.tables =
		"every format of the kernel's generic page tables, and io-pgtable's to compare with",
	.counts = "cycles, instructions, cache and TLB misses where this CPU has counters",
	.check = micro_check,
	.identify = micro_identify,
	.prepare = micro_prepare,
	.describe = micro_describe,
	.take = micro_take,
	.release = micro_release,
};
