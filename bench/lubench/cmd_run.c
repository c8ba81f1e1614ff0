// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
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
#include "sample/sample.h"
#include "target/target.h"
#include "version.h"
#include "workload/workload.h"

/* So many failures in a row are no accident: more of them tell nothing new. */
#define MAX_FAILED_IN_ROW 10
#define MAX_DESIGNS 32

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
	case 'o':
		opt->results = arg;
		return 0;
	case 'q':
		opt->quiet = true;
		return 0;
	case OPT_SEED:
		opt->seed = number(arg, 1, INT64_MAX, "--seed", state);
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

/* The write end of what tells the target to stop; -1 while no run is under way. */
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
		return lu_fail(err, -ENOENT,
			       "no workload '%s': `lubench list workloads` shows what "
			       "there is; a file is given with its path",
			       opt->workload);
	ret = workload_load(path, out, err);
	free(path);
	if (ret)
		return ret;
	if (opt->timeout_s)
		(*out)->target.timeout_s = opt->timeout_s;
	if (opt->warmup >= 0)
		(*out)->target.warmup = opt->warmup;
	if (replace(&(*out)->target.accelerator, opt->accelerator) ||
	    replace(&(*out)->target.clock, opt->clock))
		return lu_fail(err, -ENOMEM, "out of memory: close other programs");
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

/* Everything that must be the same for a run to be gone on with. */
static char *make_key(const struct run_options *opt, const struct target_ops *ops,
		      const struct workload *w, const struct run *host)
{
	char *text, hex[65];

	if (asprintf(&text, "%s|%s|%s|%s|%lld|%lld|%s|%s|%lld|%lld|%s|%s|%s|%s|%s|%s|%s",
		     LUBENCH_COMMIT, ops->name, w->sha256, opt->designs ? opt->designs : "",
		     (long long)opt->iterations, (long long)opt->seed, w->target.accelerator,
		     w->target.clock, (long long)w->target.timeout_s, (long long)w->target.warmup,
		     opt->config.kernel ? opt->config.kernel : "",
		     opt->config.initrd ? opt->config.initrd : "",
		     opt->config.emulator ? opt->config.emulator : "", opt->delay ? opt->delay : "",
		     opt->config.die_at ? opt->config.die_at : "", host->host.cpu,
		     host->host.kernel ? host->host.kernel : "") < 0)
		return NULL;
	sha256_hex(text, strlen(text), hex);
	free(text);
	return strdup(hex);
}

static int64_t random_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint32_t)time(NULL);
	return (int64_t)seed + 1;
}

/**
 * struct session - one call of `lubench run`.
 * @planned: what is to be measured.
 */
struct session {
	const struct target_ops *ops;
	struct workload *workload;
	struct plan *plan;
	struct journal *journal;
	struct target *target;
	struct progress progress;
	struct run_options *opt;
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
	return ret ? ret : s->ops->describe(s->target, run);
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
		ret = note(run,
			   "the run was interrupted and gone on with; %zu samples were taken "
			   "before",
			   s->journal->resumed);
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

static int take_one(struct session *s, const struct plan_item *item, int *failed_in_row)
{
	struct sample sample;
	int ret;

	sample_init(&sample);
	progress_item(&s->progress, item);
	ret = sample_from_plan(&sample, item);
	if (!ret)
		ret = s->ops->take(s->target, item, &sample, &s->err);
	if (!ret)
		ret = journal_add(s->journal, &sample, &s->err);
	if (!ret) {
		progress_sample(&s->progress, &sample);
		*failed_in_row = sample.error ? *failed_in_row + 1 : 0;
		if (*failed_in_row == MAX_FAILED_IN_ROW)
			ret = lu_fail(&s->err, -EIO,
				      "%d samples in a row failed, the last with: %s",
				      MAX_FAILED_IN_ROW, sample.error);
	}
	sample_release(&sample);
	return ret;
}

static int take_all(struct session *s)
{
	int failed_in_row = 0, ret = 0;

	for (size_t i = 0; i < s->plan->n && !ret; i++) {
		char byte;

		/* The signal may have come between two samples. */
		if (read(s->opt->config.cancel_fd, &byte, 1) == 1)
			return -EINTR;
		if (!journal_has(s->journal, s->plan->item[i].order))
			ret = take_one(s, &s->plan->item[i], &failed_in_row);
	}
	return ret;
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

/* All samples are there: make the folder a whole run and tell what came out. */
static int finish(struct session *s)
{
	struct summary_counts c = summary_count(s->journal->run);
	int ret = describe(s);

	if (!ret)
		ret = add_notes(s, &c);
	s->ops->release(s->target);
	s->target = NULL;
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
			"lubench run: stopped; %zu of %zu samples are kept in %s: the same "
			"command goes on\n",
			s->journal->run->nr_samples, s->plan->n, s->journal->dir);
		return CMD_INTERRUPTED;
	}
	fprintf(stderr, "lubench run: %s\n", s->err ? s->err : strerror(-ret));
	if (s->journal && s->journal->run->nr_samples)
		fprintf(stderr,
			"lubench run: %zu of %zu samples are kept in %s: the same command "
			"goes on\n",
			s->journal->run->nr_samples, s->plan->n, s->journal->dir);
	return ret == -EINVAL ? CMD_USAGE : CMD_NOT_POSSIBLE;
}

static int measure(struct session *s)
{
	int ret;

	s->opt->config.workload = s->workload;
	s->opt->config.dir = s->journal->dir;
	s->opt->config.progress = progress_step;
	s->opt->config.progress_data = &s->progress;
	progress_begin(&s->progress, (int64_t)s->plan->n, (int64_t)s->journal->resumed,
		       s->opt->quiet);
	ret = s->ops->prepare(&s->opt->config, &s->target, &s->err);
	if (!ret)
		ret = describe(s);
	if (!ret)
		ret = take_all(s);
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
	char *text = NULL;
	int64_t seed = s->opt->seed ? s->opt->seed : s->workload->seed;
	int ret = -ENOMEM;

	if (host && !host_describe(host))
		text = make_key(s->opt, s->ops, s->workload, host);
	if (text) {
		key.key = text;
		ret = journal_open(s->opt->results, &key, seed ? seed : random_seed(), &s->journal,
				   &s->err);
	}
	run_free(host);
	free(text);
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
		       "into a folder of their own. Interrupted, the same command goes on.\v"
		       "Exit status: 0 every sample is a result; 1 some failed; 2 wrong usage or "
		       "workload; 3 this machine cannot run it; 130 interrupted.",
	};
	struct run_options opt = {
		.target = "qemu-vtd",
		.workload = "default",
		.results = "results",
		.warmup = -1,
	};
	struct session s = { .opt = &opt };
	int fds[2], ret;

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
	if (s.target)
		s.ops->release(s.target);
	journal_close(s.journal);
	plan_free(s.plan);
	workload_free(s.workload);
	free(s.err);
	free((char *)opt.delay);
	return ret;
}
