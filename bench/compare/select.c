// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/select.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/designs.h"
#include "common/error.h"
#include "store/setup.h"

bool select_is_symbolic(const char *word)
{
	return !strcmp(word, "last") || !strcmp(word, "last-good");
}

void selection_release(struct selection *selection)
{
	for (size_t i = 0; i < selection->nr_runs; i++)
		run_free(selection->runs[i]);
	free(selection->runs);
	*selection = (struct selection){ 0 };
}

static int rename_design(struct run *run, const char *design, const char *name)
{
	for (size_t i = 0; i < run->nr_samples; i++) {
		struct sample *s = &run->samples[i];
		char *copy;

		if (strcmp(s->design, design) != 0)
			continue;
		copy = strdup(name);
		if (!copy)
			return -ENOMEM;
		free(s->design);
		s->design = copy;
	}
	return 0;
}

/* Return: how many samples of it there are. */
static size_t keep_design(struct run *run, const char *name, bool with_floor)
{
	size_t kept = 0, found = 0;

	for (size_t i = 0; i < run->nr_samples; i++) {
		const char *design = run->samples[i].design;
		bool wanted = !strcmp(design, name);

		found += wanted;
		if (wanted || (with_floor && design_is_floor(design)))
			run->samples[kept++] = run->samples[i];
		else
			sample_release(&run->samples[i]);
	}
	run->nr_samples = kept;
	return found;
}

long select_design(struct selection *selection, const char *design, const char *name,
		   bool with_floor)
{
	long kept = 0;

	for (size_t i = 0; i < selection->nr_runs; i++) {
		if (rename_design(selection->runs[i], design, name))
			return -ENOMEM;
		kept += (long)keep_design(selection->runs[i], name, with_floor);
	}
	return kept;
}

static int add_file(const char *path, struct selection *selection, char **err)
{
	struct run **bigger, *run;
	int ret;

	bigger = reallocarray(selection->runs, selection->nr_runs + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	selection->runs = bigger;
	ret = run_load(path, &run, err);
	if (!ret)
		bigger[selection->nr_runs++] = run;
	return ret;
}

static int has_run(const char *folder, const char *name)
{
	char *path;
	int found;

	if (asprintf(&path, "%s/%s/run.json", folder, name) < 0)
		return -ENOMEM;
	found = !access(path, F_OK);
	free(path);
	return found;
}

static int add_folder_of_runs(const char *folder, struct selection *selection, char **err)
{
	struct dirent **entries;
	int ret = 0, nr;

	nr = scandir(folder, &entries, NULL, alphasort);
	if (nr < 0)
		return lu_fail(err, -errno, "%s: %s: name a folder that can be read", folder,
			       strerror(errno));
	for (int i = 0; i < nr; i++) {
		char *path = NULL;

		if (!ret && entries[i]->d_name[0] != '.')
			ret = has_run(folder, entries[i]->d_name);
		if (ret > 0) {
			ret = asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0 ? -ENOMEM :
											 0;
			if (!ret)
				ret = add_file(path, selection, err);
		}
		free(path);
		free(entries[i]);
	}
	free(entries);
	if (!ret && !selection->nr_runs)
		ret = lu_fail(err, -ENOENT,
			      "%s: neither a run nor a folder of runs: name a folder that holds a "
			      "run.json, or folders that do",
			      folder);
	return ret;
}

static int add_path(const char *path, struct selection *selection, char **err)
{
	struct stat st;
	int has;

	if (stat(path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return add_file(path, selection, err);
	has = has_run(path, ".");
	if (has < 0)
		return has;
	return has ? add_file(path, selection, err) : add_folder_of_runs(path, selection, err);
}

static int add_kept(const struct store_run *run, const char *results, struct selection *selection,
		    char **err)
{
	char *moved;
	int ret;

	if (run->path && !access(run->path, F_OK))
		return add_file(run->path, selection, err);
	if (asprintf(&moved, "%s/%s", results, run->name) < 0)
		return -ENOMEM;
	if (access(moved, F_OK))
		ret = lu_fail(err, -ENOENT,
			      "%s: its run.json is gone from %s: bring the run folder back to %s",
			      run->name, run->path ? run->path : "where it was", results);
	else
		ret = add_file(moved, selection, err);
	free(moved);
	return ret;
}

static bool is_good(const struct store_run *run)
{
	return run->complete && !run->failed && run->samples && !run->regressed;
}

static bool is_before(const struct store_run *run, const struct run *like, int64_t like_started)
{
	if (!like)
		return true;
	if (!strcmp(run->name, like->id))
		return false;
	return run->started <= like_started;
}

static int64_t started_of(const struct run *run)
{
	struct tm tm = { 0 };

	return strptime(run->started, "%Y-%m-%dT%H:%M:%SZ", &tm) ? timegm(&tm) : INT64_MAX;
}

static int add_symbolic(const char *word, const struct select_from *from,
			struct selection *selection, char **err)
{
	bool good = !strcmp(word, "last-good");
	int64_t like_started = from->like ? started_of(from->like) : INT64_MAX;
	const struct store_run *found = NULL;
	struct store_runs runs = { 0 };
	char *key = NULL;
	int ret;

	if (!from->store)
		return lu_fail(err, -ENOENT,
			       "%s: there is no history: lubench history makes one out of the run "
			       "folders",
			       word);
	if (from->like) {
		key = setup_key(from->like);
		if (!key)
			return -ENOMEM;
	}
	ret = store_runs(from->store, key, &runs, err);
	free(key);
	for (size_t i = 0; i < runs.n; i++) {
		if (is_before(&runs.v[i], from->like, like_started) &&
		    (!good || is_good(&runs.v[i])))
			found = &runs.v[i];
	}
	if (!ret && found)
		ret = add_kept(found, from->results, selection, err);
	else if (!ret && from->like)
		ret = lu_fail(
			err, -ENOENT,
			"%s: the history has no %srun like %s before it: lubench history lists "
			"what it has, or name a run",
			word, good ? "good " : "", from->like->id);
	else if (!ret)
		ret = lu_fail(err, -ENOENT, "%s: the history has no %srun: name one", word,
			      good ? "good " : "");
	store_runs_release(&runs);
	return ret;
}

/* Return: 0, -ENOENT without a message if nothing is called so. */
static int add_by_id(const char *word, const struct select_from *from, struct selection *selection,
		     char **err)
{
	const struct store_run *found = NULL;
	struct store_runs runs = { 0 };
	size_t matches = 0;
	int ret;

	if (!from->store || !*word)
		return -ENOENT;
	ret = store_runs(from->store, NULL, &runs, err);
	for (size_t i = 0; i < runs.n; i++) {
		if (strncmp(runs.v[i].name, word, strlen(word)) != 0)
			continue;
		found = &runs.v[i];
		matches++;
		if (!strcmp(found->name, word)) {
			matches = 1;
			break;
		}
	}
	if (!ret && matches > 1)
		ret = lu_fail(err, -EEXIST, "%s: %zu runs begin so: name more of it", word,
			      matches);
	else if (!ret)
		ret = found ? add_kept(found, from->results, selection, err) : -ENOENT;
	store_runs_release(&runs);
	return ret;
}

int select_runs(const char *word, const struct select_from *from, struct selection *selection,
		char **err)
{
	char *path;
	int ret;

	*selection = (struct selection){ 0 };
	if (select_is_symbolic(word)) {
		ret = add_symbolic(word, from, selection, err);
		goto out;
	}
	ret = add_path(word, selection, err);
	if (ret != -ENOENT || selection->nr_runs || (err && *err))
		goto out;
	if (asprintf(&path, "%s/%s", from->results, word) < 0)
		return -ENOMEM;
	ret = strchr(word, '/') ? -ENOENT : add_path(path, selection, err);
	free(path);
	if (ret == -ENOENT && !(err && *err))
		ret = add_by_id(word, from, selection, err);
	if (ret == -ENOENT)
		lu_fail(err, ret,
			"%s: no such run: name a run.json, a run folder, an id, last or last-good",
			word);
out:
	if (ret) {
		lu_fail(err, ret, "%s: %s", word, strerror(-ret));
		selection_release(selection);
	}
	return ret;
}
