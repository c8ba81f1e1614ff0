// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/phases.h"
#include "common/sha256.h"
#include "lubench/cmd.h"
#include "lubench/progress.h"
#include "lubench/show.h"
#include "lubench/summary.h"
#include "plan/plan.h"
#include "report/report.h"
#include "run/host.h"
#include "run/journal.h"
#include "run/unit.h"
#include "sample/sample.h"
#include "target/target.h"
#include "version.h"
#include "workload/workload.h"

/* So many failures in a row are no accident: more of them tell nothing new. */
#define MAX_FAILED_IN_ROW 10
#define MAX_DESIGNS 32
#define MAX_JOBS 256
/* What QEMU itself needs beside the memory of the DUT. */
#define EMULATOR_BYTES (256LL << 20)

struct run_options {
	const char *target;
	const char *workload;
	const char *designs;
	const char *results;
	const char *accelerator;
	const char *clock;
	const char *delay;
	int64_t iterations;
	int64_t timeout_s;
	int64_t warmup;
	int64_t seed;
	int64_t jobs;
	bool no_report;
	bool quiet;
	bool dry_run;
	bool json;
	struct target_config config;
};

enum {
	OPT_KERNEL = 256,
	OPT_INITRD,
	OPT_EMULATOR,
	OPT_EMULATOR_DATA,
	OPT_ACCELERATOR,
	OPT_CLOCK,
	OPT_TIMEOUT,
	OPT_WARMUP,
	OPT_SEED,
	OPT_SAME_MACHINE,
	OPT_NO_REPORT,
	OPT_DRY_RUN,
	OPT_JSON,
	OPT_DELAY,
	OPT_DIE_AT,
};

static const struct argp_option options[] = {
	{ "target", 't', "TARGET", 0, "Where to measure (qemu-vtd)", 1 },
	{ "workload", 'w', "WORKLOAD", 0, "Name of a shipped workload, or a file (default)", 1 },
	{ "designs", 'd', "DESIGN,...", 0, "Only these designs", 1 },
	{ "iterations", 'n', "N", 0, "Samples of each combination", 1 },
	{ "jobs", 'j', "N", 0,
	  "Machines that measure at once, when the clock counts instructions (one a processor)",
	  1 },
	{ "output", 'o', "DIR", 0, "Folder of the run folders (results)", 1 },
	{ "seed", OPT_SEED, "N", 0, "Seed of the order of samples", 1 },
	{ "dry-run", OPT_DRY_RUN, NULL, 0, "Show the plan, measure nothing", 1 },
	{ "no-report", OPT_NO_REPORT, NULL, 0, "Write no report", 1 },
	{ "quiet", 'q', NULL, 0, "No progress, no table", 1 },
	{ "json", OPT_JSON, NULL, 0, "Print what came out, or the plan, as JSON", 1 },
	{ "accelerator", OPT_ACCELERATOR, "auto|kvm|tcg", 0, "Instead of the workload's", 2 },
	{ "clock", OPT_CLOCK, "tsc|icount", 0,
	  "Instead of the workload's; tsc is the CPU's own counter, on arm64 CNTVCT_EL0", 2 },
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0, "Longest time without progress", 2 },
	{ "warmup", OPT_WARMUP, "N", 0,
	  "Kexecs after an emulated machine's start that are not measured (1; with icount 0)", 2 },
	{ "kernel", OPT_KERNEL, "FILE", 0, "Kernel of the DUT", 2 },
	{ "initrd", OPT_INITRD, "FILE", 0, "Initramfs of the DUT, with the agent and the kernel",
	  2 },
	{ "emulator", OPT_EMULATOR, "FILE", 0, "QEMU to use", 2 },
	{ "qemu", OPT_EMULATOR, NULL, OPTION_ALIAS, NULL, 2 },
	{ "emulator-data", OPT_EMULATOR_DATA, "DIR[:DIR]", 0, "Where its firmware lies", 2 },
	{ "qemu-data", OPT_EMULATOR_DATA, NULL, OPTION_ALIAS, NULL, 2 },
	{ "delay", OPT_DELAY, "PHASE:PERMILLE", OPTION_HIDDEN, "Lengthen a phase, for tests", 2 },
	{ "same-machine", OPT_SAME_MACHINE, NULL, OPTION_HIDDEN,
	  "Sample after sample on one machine, for tests", 2 },
	{ "die-at", OPT_DIE_AT, "MARK", OPTION_HIDDEN, "Let the agent die, for tests", 2 },
	{ 0 },
};

static int64_t number(const char *arg, int64_t min, int64_t max, const char *what,
		      struct argp_state *state)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(arg, &end, 10);
	if (errno || end == arg || *end || v < min || v > max)
		argp_error(state, "%s: '%s' is not a number from %lld to %lld", what, arg,
			   (long long)min, (long long)max);
	return v;
}

static const char *choice(const char *arg, const char *allowed, const char *what,
			  struct argp_state *state)
{
	char *copy = strdup(allowed), *rest = copy, *word;
	bool found = false;

	while (copy && (word = strsep(&rest, "|")))
		found |= !strcmp(word, arg);
	free(copy);
	if (!found)
		argp_error(state, "%s: '%s' is not one of %s", what, arg, allowed);
	return arg;
}

/* PHASE:PERMILLE; the string stays with the process. */
static void set_delay(struct run_options *opt, char *arg, struct argp_state *state)
{
	char *colon = strchr(arg, ':');

	if (!colon) {
		argp_error(state, "--delay: want PHASE:PERMILLE");
		return;
	}
	opt->delay = strdup(arg);
	opt->config.delay_permille = number(colon + 1, 0, 1000000, "--delay", state);
	*colon = '\0';
	if (!lu_phase_by_name(arg))
		argp_error(state, "--delay: no phase '%s': `lubench list phases` shows them", arg);
	opt->config.delay_phase = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_options *opt = state->input;

	switch (key) {
	case 't':
		opt->target = arg;
		return 0;
	case 'w':
		opt->workload = arg;
		return 0;
	case 'd':
		opt->designs = arg;
		return 0;
	case 'n':
		opt->iterations = number(arg, 1, 10000, "--iterations", state);
		return 0;
	case 'j':
		opt->jobs = number(arg, 1, MAX_JOBS, "--jobs", state);
		return 0;
	case 'o':
		opt->results = arg;
		return 0;
	case 'q':
		opt->quiet = true;
		return 0;
	case OPT_SEED:
		opt->seed = number(arg, 1, INT64_MAX, "--seed", state);
		return 0;
	case OPT_SAME_MACHINE:
		opt->config.same_machine = true;
		return 0;
	case OPT_DRY_RUN:
		opt->dry_run = true;
		return 0;
	case OPT_JSON:
		opt->json = true;
		return 0;
	case OPT_NO_REPORT:
		opt->no_report = true;
		return 0;
	case OPT_ACCELERATOR:
		opt->accelerator = choice(arg, "auto|kvm|tcg", "--accelerator", state);
		return 0;
	case OPT_CLOCK:
		opt->clock = choice(arg, "tsc|icount", "--clock", state);
		return 0;
	case OPT_TIMEOUT:
		opt->timeout_s = number(arg, 1, 86400, "--timeout", state);
		return 0;
	case OPT_WARMUP:
		opt->warmup = number(arg, 0, 100, "--warmup", state);
		return 0;
	case OPT_KERNEL:
		opt->config.kernel = arg;
		return 0;
	case OPT_INITRD:
		opt->config.initrd = arg;
		return 0;
	case OPT_EMULATOR:
		opt->config.emulator = arg;
		return 0;
	case OPT_EMULATOR_DATA:
		opt->config.emulator_data = arg;
		return 0;
	case OPT_DELAY:
		set_delay(opt, arg, state);
		return 0;
	case OPT_DIE_AT:
		if (lu_mark_by_name(arg) == LU_NO_MARK)
			argp_error(state, "--die-at: no mark '%s': `lubench list marks` shows them",
				   arg);
		opt->config.die_at = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The write end of what makes every target stop; -1 while no sample is taken. */
static volatile sig_atomic_t cancel_fd = -1;

static void on_stop_signal(int signal)
{
	int saved = errno;

	(void)signal;
	if (cancel_fd >= 0 && write(cancel_fd, "", 1) < 0)
		_exit(CMD_INTERRUPTED);
	errno = saved;
}

static int catch_signals(int fds[2])
{
	struct sigaction action = { .sa_handler = on_stop_signal };

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	cancel_fd = fds[1];
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	return 0;
}

/* All samples are taken: from here on a signal ends this program at once, as it does any other. */
static void release_signals(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	cancel_fd = -1;
}

static int replace(char **to, const char *text)
{
	char *copy;

	if (!text)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

/* Load the workload and lay the command line over it. */
static int load_workload(const struct run_options *opt, struct workload **out, char **err)
{
	char *path = workload_find(opt->workload);
	int ret;

	if (!path)
		return lu_fail(err, -EINVAL,
			       "no workload '%s': `lubench list workloads` shows what "
			       "there is; a file is given with its path",
			       opt->workload);
	ret = workload_load(path, out, err);
	free(path);
	/* Whatever is wrong with it, it is the user's to mend. */
	if (ret)
		return ret == -ENOMEM ? ret : -EINVAL;
	if (opt->timeout_s)
		(*out)->target.timeout_s = opt->timeout_s;
	if (opt->warmup >= 0)
		(*out)->target.warmup = opt->warmup;
	if (replace(&(*out)->target.accelerator, opt->accelerator) ||
	    replace(&(*out)->target.clock, opt->clock))
		return lu_fail(err, -ENOMEM, "out of memory");
	if (!strcmp((*out)->target.clock, "icount") && !strcmp((*out)->target.accelerator, "kvm"))
		return lu_fail(err, -EINVAL,
			       "clock icount with accelerator kvm: only tcg counts "
			       "instructions");
	return 0;
}

/* "a,b" as a list that ends with NULL, its words in @copy. Return: NULL when it is too long. */
static const char *const *split_designs(char *copy, const char **list)
{
	size_t n = 0;
	char *word;

	while ((word = strsep(&copy, ","))) {
		if (!*word)
			continue;
		if (n == MAX_DESIGNS)
			return NULL;
		list[n++] = word;
	}
	list[n] = NULL;
	return n ? list : NULL;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* What the user asked for, as one hash. */
static char *make_key(const struct run_options *opt, const struct target_ops *ops,
		      const struct workload *w)
{
	char *text, hex[65];

	if (asprintf(&text, "%s|%s|%s|%lld|%lld|%s|%s|%lld|%lld|%s|%s|%s|%s|%s|%s|%d", ops->name,
		     w->path, or_empty(opt->designs), (long long)opt->iterations,
		     (long long)opt->seed, w->target.accelerator, w->target.clock,
		     (long long)w->target.timeout_s, (long long)w->target.warmup,
		     or_empty(opt->config.kernel), or_empty(opt->config.initrd),
		     or_empty(opt->config.emulator), or_empty(opt->config.emulator_data),
		     or_empty(opt->delay), or_empty(opt->config.die_at),
		     opt->config.same_machine) < 0)
		return NULL;
	sha256_hex(text, strlen(text), hex);
	free(text);
	return strdup(hex);
}

/* The hash of kernel.json; empty when there is none. */
static void hash_kernel_info(const char *kernel, char hex[65])
{
	const char *slash = strrchr(kernel, '/');
	char *path;

	hex[0] = '\0';
	if (asprintf(&path, "%.*skernel.json", slash ? (int)(slash + 1 - kernel) : 0, kernel) < 0)
		return;
	sha256_file(path, hex);
	free(path);
}

/* What it is measured on and with, by content, see struct journal_key. */
static char *make_content(const struct run_options *opt, const struct workload *w,
			  const struct target_identity *id, const struct run *host)
{
	char info[65], *text;

	hash_kernel_info(opt->config.kernel, info);
	return asprintf(&text,
			"lubench %s\nworkload %s\nkernel %s\nkernel.json %s\ninitramfs %s\n"
			"emulator %s %s\nhost %s %s\n",
			LUBENCH_COMMIT, w->sha256, id->kernel_sha256, info, id->initramfs_sha256,
			id->emulator_sha256, or_empty(id->emulator_version), host->host.cpu,
			or_empty(host->host.kernel)) < 0 ?
		       NULL :
		       text;
}

static int64_t random_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint32_t)time(NULL);
	return (int64_t)seed + 1;
}

struct session;

/**
 * struct worker - takes one sample after the other on machines of its own.
 * @number: from 0; the first one runs in the main thread and shows its progress.
 */
struct worker {
	struct session *session;
	struct target_config config;
	struct target *target;
	pthread_t thread;
	int number;
};

/**
 * struct session - one call of `lubench run`.
 * @identity: of what is measured.
 * @worker: @jobs of them.
 * @lock: of what follows, of the journal and of the progress.
 * @next: first item of the plan that may be still to take.
 * @failed_in_row: samples.
 * @ret: why everybody has to stop, 0 while nobody has to; @err is its message.
 */
struct session {
	const struct target_ops *ops;
	struct workload *workload;
	struct plan *plan;
	struct journal *journal;
	struct target_identity identity;
	struct worker worker[MAX_JOBS];
	int jobs;
	struct progress progress;
	struct run_options *opt;
	pthread_mutex_t lock;
	size_t next;
	int failed_in_row;
	int ret;
	char *err;
};

static int describe(struct session *s)
{
	struct run *run = s->journal->run;
	char now[32];
	time_t t = time(NULL);
	struct tm tm;
	int ret;

	gmtime_r(&t, &tm);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &tm);
	run->planned = (int64_t)s->plan->n;
	run->seed = s->journal->seed;
	ret = replace(&run->id, s->journal->id);
	if (!ret)
		ret = replace(&run->started, s->journal->started);
	if (!ret)
		ret = replace(&run->finished, now);
	if (!ret)
		ret = replace(&run->tool.version, LUBENCH_VERSION);
	if (!ret)
		ret = replace(&run->tool.commit, LUBENCH_COMMIT);
	if (!ret)
		ret = replace(&run->target.name, s->ops->name);
	if (!ret)
		ret = replace(&run->workload.name, s->workload->name);
	if (!ret)
		ret = replace(&run->workload.sha256, s->workload->sha256);
	if (!ret)
		ret = replace(&run->workload.description, s->workload->description);
	if (!ret)
		ret = host_describe(run);
	return ret ? ret : s->ops->describe(s->worker[0].target, run);
}

__attribute__((format(printf, 2, 3))) static int note(struct run *run, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (ret < 0)
		return -ENOMEM;
	ret = lu_strings_add(&run->notes, text);
	free(text);
	return ret;
}

static int add_notes(struct session *s, const struct summary_counts *c)
{
	struct run *run = s->journal->run;
	int ret = 0;

	for (size_t i = 0; i < s->plan->notes.n && !ret; i++)
		ret = lu_strings_add(&run->notes, s->plan->notes.v[i]);
	if (!ret && s->journal->resumed)
		ret = note(run, "the run was interrupted and resumed after %zu of %zu samples",
			   s->journal->resumed, s->plan->n);
	if (!ret && s->journal->damaged)
		ret = note(
			run,
			"%zu damaged lines of samples.jsonl were skipped and their samples taken "
			"again",
			s->journal->damaged);
	if (!ret && s->opt->config.same_machine)
		ret = note(run, "the samples were taken on one machine, one after the other");
	if (!ret && c->failed)
		ret = note(run, "%zu of %zu samples failed", c->failed, run->nr_samples);
	if (!ret && c->open)
		ret = note(run,
			   "%zu samples violate closure: phases explain less than %d %% of the "
			   "blackout",
			   c->open, 100 - CLOSURE_PERMILLE / 10);
	if (!ret && !strcmp(run->target.clock, "icount") && strcmp(run->target.name, "micro") != 0)
		ret = note(
			run,
			"no outside check: the DUT's clock counts instructions and skips idle time, which "
			"no clock outside can follow");
	if (!ret && s->opt->delay)
		ret = note(run, "a phase was lengthened on purpose: %s permille", s->opt->delay);
	if (!ret && s->opt->config.die_at)
		ret = note(run, "the agent died on purpose at %s", s->opt->config.die_at);
	return ret;
}

static void on_step(void *data, const struct target_progress *step)
{
	struct session *s = data;

	pthread_mutex_lock(&s->lock);
	progress_step(&s->progress, step);
	pthread_mutex_unlock(&s->lock);
}

static bool is_cancelled(const struct session *s)
{
	struct pollfd p = { .fd = s->opt->config.cancel_fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Everybody stops, for the first reason given; @err is consumed. Call with the lock held. */
static void stop_all(struct session *s, int ret, char *err)
{
	if (s->ret) {
		free(err);
		return;
	}
	s->ret = ret;
	s->err = err;
	/* The pipe is full only when it is readable anyway. */
	if (write(cancel_fd, "", 1) < 0)
		return;
}

/* The next item to take; NULL when there is none or everybody stops. */
static const struct plan_item *next_item(struct worker *w)
{
	struct session *s = w->session;
	const struct plan_item *item = NULL;

	pthread_mutex_lock(&s->lock);
	if (!s->ret && is_cancelled(s))
		stop_all(s, -EINTR, NULL);
	while (s->next < s->plan->n && journal_has(s->journal, s->plan->item[s->next].order))
		s->next++;
	if (!s->ret && s->next < s->plan->n) {
		item = &s->plan->item[s->next++];
		if (!w->number)
			progress_item(&s->progress, item);
	}
	pthread_mutex_unlock(&s->lock);
	return item;
}

static int keep(struct session *s, const struct sample *sample, char **err)
{
	int ret = journal_add(s->journal, sample, err);

	if (ret)
		return ret;
	progress_sample(&s->progress, sample);
	s->failed_in_row = sample->error ? s->failed_in_row + 1 : 0;
	if (s->failed_in_row < MAX_FAILED_IN_ROW)
		return 0;
	return lu_fail(err, -EIO, "%d samples in a row failed, the last with: %s",
		       MAX_FAILED_IN_ROW, sample->error);
}

static void take_one(struct worker *w, const struct plan_item *item)
{
	struct session *s = w->session;
	struct sample sample;
	char *err = NULL;
	int ret;

	sample_init(&sample);
	ret = sample_from_plan(&sample, item);
	if (!ret)
		ret = s->ops->take(w->target, item, &sample, &err);
	pthread_mutex_lock(&s->lock);
	if (!ret)
		ret = keep(s, &sample, &err);
	if (ret)
		stop_all(s, ret, err);
	pthread_mutex_unlock(&s->lock);
	sample_release(&sample);
}

static void take_all(struct worker *w)
{
	const struct plan_item *item;

	while ((item = next_item(w)))
		take_one(w, item);
}

static int prepare(struct worker *w, char **err)
{
	struct session *s = w->session;

	w->config = s->opt->config;
	w->config.workload = s->workload;
	w->config.identity = &s->identity;
	w->config.dir = s->journal->dir;
	w->config.worker = w->number;
	if (!w->number) {
		w->config.progress = on_step;
		w->config.progress_data = s;
	}
	return s->ops->prepare(&w->config, &w->target, err);
}

/*
 * One more worker. Everything happens in its thread, also the end: a machine dies with the thread
 * that started it.
 */
static void *work(void *data)
{
	struct worker *w = data;
	char *err = NULL;
	int ret = prepare(w, &err);

	if (ret) {
		pthread_mutex_lock(&w->session->lock);
		stop_all(w->session, ret, err);
		pthread_mutex_unlock(&w->session->lock);
		return NULL;
	}
	take_all(w);
	w->session->ops->release(w->target);
	w->target = NULL;
	return NULL;
}

/* Return: 0 when every sample is taken. */
static int work_all(struct session *s)
{
	int n = 1;

	for (; n < s->jobs; n++)
		if (pthread_create(&s->worker[n].thread, NULL, work, &s->worker[n]))
			break;
	take_all(&s->worker[0]);
	for (int i = 1; i < n; i++)
		pthread_join(s->worker[i].thread, NULL);
	return s->ret;
}

/* How many machines may measure at once: samples in time would disturb each other. */
static int choose_jobs(struct session *s)
{
	int64_t memory = s->workload->dut.memory + EMULATOR_BYTES, most = MAX_JOBS, wish;
	int64_t available = host_available_memory();
	bool parallel = s->ops->parallel && !strcmp(s->workload->target.clock, "icount") &&
			!s->opt->config.same_machine;

	if (!parallel && s->opt->jobs > 1)
		return lu_fail(&s->err, -EINVAL,
			       "--jobs %lld: several machines at once only with clock icount and a "
			       "target that can",
			       (long long)s->opt->jobs);
	if (!parallel)
		most = 1;
	else if (available != LU_NULL && available / memory < most)
		most = available / memory > 1 ? available / memory : 1;
	wish = s->opt->jobs ? s->opt->jobs : host_cpus();
	if (s->opt->jobs > most)
		return lu_fail(&s->err, -ENOMEM,
			       "--jobs %lld: there is memory for %lld machines of %lld MiB",
			       (long long)s->opt->jobs, (long long)most, (long long)(memory >> 20));
	s->jobs = (int)(wish < most ? wish : most);
	for (int i = 0; i < s->jobs; i++)
		s->worker[i] = (struct worker){ .session = s, .number = i };
	return 0;
}

/* Return: its index, malloc()ed, or NULL. */
static char *write_report(const struct session *s)
{
	const char *dir = s->journal->dir;
	char *index = NULL, *why = NULL;

	if (s->opt->no_report)
		return NULL;
	if (report_write(&dir, 1, NULL, &index, &why))
		fprintf(stderr, "no report: %s\n", why ? why : "unknown reason");
	free(why);
	return index;
}

static int show(const struct session *s)
{
	const struct run *run = s->journal->run;
	const char *dir = s->journal->dir;
	bool text = !s->opt->json && !s->opt->quiet;
	char *report;
	int ret = 0;

	if (text)
		show_run(run, dir);
	report = write_report(s);
	if (s->opt->json)
		ret = show_run_json(run, dir, report);
	else if (text && report)
		printf("report: %s\n", report);
	free(report);
	return ret;
}

/* All samples are there: make the folder a whole run and show what came out. */
static int finish(struct session *s)
{
	struct summary_counts c = summary_count(s->journal->run);
	int ret = describe(s);

	if (!ret)
		ret = add_notes(s, &c);
	s->ops->release(s->worker[0].target);
	s->worker[0].target = NULL;
	if (!ret)
		ret = journal_finish(s->journal, &s->err);
	if (!ret)
		ret = show(s);
	if (ret)
		return ret;
	return c.failed || c.open ? CMD_FOUND : CMD_OK;
}

static int fail_exit(struct session *s, int ret)
{
	progress_end(&s->progress);
	if (ret == -EINTR) {
		fprintf(stderr,
			"lubench run: stopped; %zu of %zu samples are kept in %s: to resume, run "
			"the same command again\n",
			s->journal ? s->journal->run->nr_samples : 0, s->plan ? s->plan->n : 0,
			s->journal ? s->journal->dir : s->opt->results);
		return CMD_INTERRUPTED;
	}
	fprintf(stderr, "lubench run: %s\n", s->err ? s->err : strerror(-ret));
	if (s->journal && s->journal->run->nr_samples)
		fprintf(stderr,
			"lubench run: %zu of %zu samples are kept in %s: to resume, run the same "
			"command again\n",
			s->journal->run->nr_samples, s->plan->n, s->journal->dir);
	return ret == -EINVAL ? CMD_USAGE : CMD_NOT_POSSIBLE;
}

/* What cannot become a run.json is found before the first sample, not after the last. */
static int check_description(struct session *s)
{
	FILE *f = fopen("/dev/null", "we");
	int ret = f ? run_dump(s->journal->run, f, &s->err) : -errno;

	if (f)
		fclose(f);
	return ret;
}

static int measure(struct session *s)
{
	int ret;

	progress_begin(&s->progress, (int64_t)s->plan->n, (int64_t)s->journal->resumed,
		       s->opt->quiet);
	ret = prepare(&s->worker[0], &s->err);
	if (!ret)
		ret = describe(s);
	if (!ret) {
		s->progress.unit = run_unit(s->journal->run);
		ret = check_description(s);
	}
	if (!ret)
		ret = work_all(s);
	if (!ret)
		release_signals();
	progress_end(&s->progress);
	return ret ? ret : finish(s);
}

static int open_journal(struct session *s)
{
	struct run *host = run_new();
	struct journal_key key = {
		.target = s->ops->name,
		.workload = s->workload->name,
		.commit = LUBENCH_COMMIT,
	};
	char *text = NULL, *content = NULL;
	int64_t seed = s->opt->seed ? s->opt->seed : s->workload->seed;
	int ret = -ENOMEM;

	if (host && !host_describe(host)) {
		text = make_key(s->opt, s->ops, s->workload);
		content = make_content(s->opt, s->workload, &s->identity, host);
	}
	if (text && content) {
		key.key = text;
		key.content = content;
		ret = journal_open(s->opt->results, &key, seed ? seed : random_seed(), &s->journal,
				   &s->err);
	}
	if (!ret && s->journal->other && !s->journal->resumed)
		fprintf(stderr,
			"lubench run: %s was begun with another %s and stays unfinished: starting a "
			"new run\n",
			s->journal->other, or_empty(s->journal->differs));
	run_free(host);
	free(text);
	free(content);
	return ret;
}

static int make_plan(struct session *s, int64_t seed)
{
	char *copy = s->opt->designs ? strdup(s->opt->designs) : NULL;
	const char *only[MAX_DESIGNS + 1] = { NULL };
	struct plan_choice choice = {
		.designs = s->ops->designs,
		.iommus = s->ops->iommus,
		.iterations = s->opt->iterations,
		.seed = (uint64_t)seed,
	};
	int ret;

	if (s->opt->designs) {
		choice.only = copy ? split_designs(copy, only) : NULL;
		if (!choice.only) {
			free(copy);
			return lu_fail(&s->err, -EINVAL,
				       "--designs: want names with commas between");
		}
	}
	/* plan_make() points into the list only until it has found its own copy of the name. */
	for (size_t i = 0; choice.only && only[i]; i++)
		for (const char *const *d = s->ops->designs; *d; d++)
			if (!strcmp(*d, only[i]))
				only[i] = *d;
	ret = plan_make(s->workload, &choice, &s->plan, &s->err);
	free(copy);
	return ret;
}

static int session_run(struct session *s)
{
	int ret = load_workload(s->opt, &s->workload, &s->err);

	if (!ret)
		ret = target_check(s->ops, s->workload, &s->err);
	/* The seed decides the order only: the plan is checked before anything is written. */
	if (!ret)
		ret = make_plan(s, s->opt->seed ? s->opt->seed : 1);
	if (!ret && s->opt->dry_run) {
		ret = show_plan(s->plan, s->opt->json);
		return ret ? ret : CMD_OK;
	}
	if (!ret)
		ret = choose_jobs(s);
	s->opt->config.workload = s->workload;
	if (!ret)
		ret = s->ops->identify(&s->opt->config, &s->identity, &s->err);
	if (!ret)
		ret = open_journal(s);
	if (!ret) {
		plan_free(s->plan);
		s->plan = NULL;
		ret = make_plan(s, s->journal->seed);
	}
	if (!ret)
		ret = measure(s);
	return ret;
}

int cmd_run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Takes the samples of a workload on a target and writes them, with a report, "
		       "into a folder of their own. If interrupted, run the same command again to resume.\v"
		       "Exit status: 0 every sample is a result; 1 some failed; 2 wrong usage or "
		       "workload; 3 this machine cannot run it; 130 interrupted.",
	};
	struct run_options opt = {
		.target = "qemu-vtd",
		.workload = "default",
		.results = "results",
		.warmup = -1,
	};
	static struct session s = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int fds[2], ret;

	s.opt = &opt;

	if (argp_parse(&argp, argc, argv, 0, NULL, &opt))
		return CMD_USAGE;
	s.ops = target_find(opt.target);
	if (!s.ops) {
		fprintf(stderr, "lubench run: no target '%s': `lubench list targets` shows them\n",
			opt.target);
		return CMD_USAGE;
	}
	ret = catch_signals(fds);
	if (!ret) {
		opt.config.cancel_fd = fds[0];
		ret = session_run(&s);
	}
	if (ret < 0)
		ret = fail_exit(&s, ret);
	if (s.worker[0].target)
		s.ops->release(s.worker[0].target);
	target_identity_release(&s.identity);
	journal_close(s.journal);
	plan_free(s.plan);
	workload_free(s.workload);
	free(s.err);
	free((char *)opt.delay);
	return ret;
}
