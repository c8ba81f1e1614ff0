// SPDX-License-Identifier: GPL-2.0-or-later
/* lubench import: results of other tools as a run. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "common/error.h"
#include "common/sha256.h"
#include "export/import.h"
#include "export/import_common.h"
#include "lubench/cmd.h"
#include "store/store.h"
#include "version.h"

#define MAX_FILE_BYTES (1LL << 28)

enum {
	OPT_DESIGN = 0x100,
	OPT_JSON,
	OPT_NAME,
};

enum format {
	FORMAT_GUESS,
	FORMAT_HYPERFINE,
	FORMAT_PERF,
};

static const char *const tools[] = {
	[FORMAT_HYPERFINE] = "hyperfine",
	[FORMAT_PERF] = "perf-stat",
};

/* What was counted where nobody says. */
#define PERF_DESIGN "perf"

struct arguments {
	enum format format;
	const char *output;
	const char *name;
	const char *design;
	char **files;
	int nr_files;
	bool json;
};

static const struct argp_option argp_options[] = {
	{ "format", 'f', "FORMAT", 0, "hyperfine or perf (default: what the file looks like)", 0 },
	{ "name", OPT_NAME, "NAME", 0,
	  "What was measured; runs of one name are one series (default: name of the first file)",
	  0 },
	{ "design", OPT_DESIGN, "NAME", 0, "For perf: what was counted (default: perf)", 0 },
	{ "output", 'o', "DIR", 0, "Folder of run folders (default: results)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Say what was written as JSON", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'f':
		if (strcmp(arg, "hyperfine") != 0 && strcmp(arg, "perf") != 0)
			argp_error(state, "--format %s: want hyperfine or perf", arg);
		a->format = strcmp(arg, "perf") != 0 ? FORMAT_HYPERFINE : FORMAT_PERF;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case OPT_NAME:
		a->name = arg;
		return 0;
	case OPT_DESIGN:
		a->design = arg;
		return 0;
	case OPT_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->nr_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The whole file, with its time of last change. Return: 0 or -errno. */
static int read_file(const char *path, char **text, size_t *len, struct stat *st, char **err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	ssize_t got;

	*text = NULL;
	*len = 0;
	if (fd < 0 || fstat(fd, st)) {
		ret = lu_fail(err, -errno, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st->st_mode) || st->st_size > MAX_FILE_BYTES) {
		ret = lu_fail(err, -EINVAL, "%s: not a file of at most %lld MiB", path,
			      MAX_FILE_BYTES >> 20);
		goto out;
	}
	*text = malloc((size_t)st->st_size + 1);
	if (!*text) {
		ret = -ENOMEM;
		goto out;
	}
	while ((got = read(fd, *text + *len, (size_t)st->st_size - *len)) > 0)
		*len += (size_t)got;
	if (got < 0)
		ret = lu_fail(err, -errno, "%s: %s", path, strerror(errno));
out:
	if (fd >= 0)
		close(fd);
	return ret;
}

/* perf writes an object a line; hyperfine one object with "results". */
static enum format guess(const char *text, size_t len)
{
	return memmem(text, len, "\"counter-value\"", 15) ? FORMAT_PERF : FORMAT_HYPERFINE;
}

/**
 * struct imported - what the files were
 * @format: of all of them
 * @newest: when the newest was written
 * @hash: of the content of all, and of what was said about them
 */
struct imported {
	enum format format;
	time_t newest;
	char hash[65];
};

/* The hash of all files so far and of this one. */
static int add_hash(struct imported *in, const char *text, size_t len)
{
	char *both, own[65];

	sha256_hex(text, len, own);
	if (asprintf(&both, "%s%s", in->hash, own) < 0)
		return -ENOMEM;
	sha256_hex(both, strlen(both), in->hash);
	free(both);
	return 0;
}

static int import_file(struct run *run, const struct arguments *a, const char *path,
		       struct imported *in, char **err)
{
	struct stat st = { 0 };
	enum format format;
	char *text = NULL;
	size_t len = 0;
	int ret;

	ret = read_file(path, &text, &len, &st, err);
	if (ret || !text)
		goto out;
	in->newest = st.st_mtime > in->newest ? st.st_mtime : in->newest;
	format = a->format == FORMAT_GUESS ? guess(text, len) : a->format;
	if (in->format != FORMAT_GUESS && in->format != format) {
		ret = lu_fail(err, -EINVAL, "%s is of %s and %s of %s: import them one by one",
			      a->files[0], tools[in->format], path, tools[format]);
		goto out;
	}
	in->format = format;
	ret = add_hash(in, text, len);
	/* The same counts under another name are another run. */
	if (!ret && format == FORMAT_PERF && strcmp(a->design, PERF_DESIGN) != 0)
		ret = add_hash(in, a->design, strlen(a->design));
	if (ret)
		goto out;
	if (in->format == FORMAT_PERF) {
		char *design = import_unlike_name(a->design);

		ret = design ? import_perf_stat(run, design, text, len, path, err) : -ENOMEM;
		free(design);
	} else {
		ret = import_hyperfine(run, text, len, path, err);
	}
out:
	free(text);
	return ret;
}

static bool all_set(char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!texts[i])
			return false;
	}
	return true;
}

static char *name_of(const struct arguments *a)
{
	char *path, *base, *dot, *name;

	if (a->name)
		return import_name(a->name);
	path = strdup(a->files[0]);
	if (!path)
		return NULL;
	base = basename(path);
	dot = strrchr(base, '.');
	if (dot && dot != base)
		*dot = '\0';
	name = import_name(base);
	free(path);
	return name;
}

/*
 * What the file does not say is unknown; the time is that of the file. The id ends with the hash,
 * so that the same files again are the same run and others never are.
 */
static int describe(struct run *run, const struct arguments *a, const struct imported *in)
{
	const char *tool = tools[in->format];
	char stamp[32], *name = name_of(a);
	struct tm tm;

	gmtime_r(&in->newest, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	if (!name || asprintf(&run->id, "%s-%s-%s-%.12s", stamp, tool, name, in->hash) < 0)
		run->id = NULL;
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	run->started = strdup(stamp);
	run->planned = (int64_t)run->nr_samples;
	run->tool.version = strdup(LUBENCH_VERSION);
	run->tool.commit = strdup(LUBENCH_COMMIT);
	run->target.name = strdup(tool);
	run->target.clock = strdup("monotonic");
	run->host.cpu = strdup("unknown");
	run->host.iommu.kind = strdup("none");
	run->workload.name = name;
	if (lu_strings_add(
		    &run->notes,
		    in->format == FORMAT_PERF ?
			    "Imported from perf stat: verified means that perf counted." :
			    "Imported from hyperfine: verified means that the exit code was 0."))
		return -ENOMEM;
	return all_set((char *const[]){ run->id, run->started, run->tool.version, run->tool.commit,
					run->target.name, run->target.clock, run->host.cpu,
					run->host.iommu.kind, run->workload.name },
		       9) ?
		       0 :
		       -ENOMEM;
}

static int write_run(const struct run *run, const struct arguments *a, char **path, char **err)
{
	char *folder;
	int ret = 0;

	if (asprintf(&folder, "%s/%s", a->output, run->id) < 0)
		return -ENOMEM;
	if ((mkdir(a->output, 0777) && errno != EEXIST) || (mkdir(folder, 0777) && errno != EEXIST))
		ret = lu_fail(err, -errno, "%s: %s: name another with -o", folder, strerror(errno));
	if (!ret && asprintf(path, "%s/run.json", folder) < 0)
		ret = -ENOMEM;
	if (!ret)
		ret = run_write(run, *path, err);
	free(folder);
	return ret;
}

static int say(const struct run *run, const char *path, bool json)
{
	json_t *root;

	if (!json)
		return printf("%zu samples in %s\n", run->nr_samples, path) < 0 ? -EIO : 0;
	root = json_pack("{s:s, s:s, s:I}", "id", run->id, "path", path, "samples",
			 (json_int_t)run->nr_samples);
	if (!root || json_dumpf(root, stdout, JSON_INDENT(1)) || putchar('\n') == EOF) {
		json_decref(root);
		return -EIO;
	}
	json_decref(root);
	return 0;
}

int cmd_import(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "FILE...",
		.doc = "Makes a run out of results of hyperfine --export-json or perf stat -j, which "
		       "history, compare and export then treat like any other.\v"
		       "Several files are iterations of one run.\n\n"
		       "Exit status: 0 done, 2 usage or unreadable input.",
	};
	struct arguments a = { .output = STORE_RESULTS, .design = PERF_DESIGN };
	struct imported in = { .format = FORMAT_GUESS };
	char *err = NULL, *path = NULL;
	struct run *run;
	int ret = 0;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CMD_USAGE;
	run = run_new();
	if (!run)
		ret = -ENOMEM;
	for (int i = 0; i < a.nr_files && !ret; i++)
		ret = import_file(run, &a, a.files[i], &in, &err);
	if (!ret)
		ret = describe(run, &a, &in);
	if (!ret)
		ret = write_run(run, &a, &path, &err);
	if (!ret)
		ret = say(run, path, a.json);
	if (ret) {
		lu_fail(&err, ret, "%s", strerror(-ret));
		fprintf(stderr, "lubench import: %s\n", err ? err : "out of memory");
	}
	free(err);
	free(path);
	run_free(run);
	return ret ? CMD_USAGE : CMD_OK;
}
