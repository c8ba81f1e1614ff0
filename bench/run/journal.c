// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "common/error.h"

#define JOURNAL "samples.jsonl"
#define JOURNAL_SCHEMA "lubench-journal/2"

static int no_memory(char **err)
{
	return lu_fail(err, -ENOMEM, "out of memory");
}

static int make_folders(const char *path, char **err)
{
	char *copy = strdup(path);
	int ret = 0;

	if (!copy)
		return no_memory(err);
	for (char *p = copy + 1; !ret; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			ret = lu_fail(err, -errno, "%s: %s: choose another folder with -o", copy,
				      strerror(errno));
		*p = c;
		if (!c)
			break;
	}
	free(copy);
	return ret;
}

/* The lock is on the folder itself, so nothing of it stays behind. */
static int lock_results(const char *results, int *fd, char **err)
{
	int ret;

	*fd = open(results, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return lu_fail(err, -errno, "%s: %s: choose another folder with -o", results,
			       strerror(errno));
	if (!flock(*fd, LOCK_EX | LOCK_NB))
		return 0;
	ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (ret == -EBUSY)
		lu_fail(err, ret, "%s: another lubench is measuring: wait for its end", results);
	else
		lu_fail(err, ret, "%s: %s: choose another folder with -o", results, strerror(-ret));
	return ret;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A line is in the file whole or, seen from the next start, not at all. */
static int append_line(struct journal *j, const char *text, char **err)
{
	off_t end = lseek(j->fd, 0, SEEK_END);
	int ret = write_all(j->fd, text, strlen(text));

	if (!ret)
		ret = write_all(j->fd, "\n", 1);
	if (!ret && fdatasync(j->fd))
		ret = -errno;
	if (!ret)
		return 0;
	lu_fail(err, ret, "%s/" JOURNAL ": %s: free some space, then run the same command again",
		j->dir, strerror(-ret));
	if (ftruncate(j->fd, end))
		return ret;
	return ret;
}

static int write_header(struct journal *j, const struct journal_key *key, char **err)
{
	json_t *h = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s}", "journal", JOURNAL_SCHEMA, "id", j->id,
			      "started", j->started, "seed", (json_int_t)j->seed, "key", key->key,
			      "content", key->content);
	char *text = h ? json_dumps(h, JSON_COMPACT) : NULL;
	int ret = text ? append_line(j, text, err) : no_memory(err);

	free(text);
	json_decref(h);
	return ret;
}

static int begin(struct journal *j, const char *results, const struct journal_key *key,
		 int64_t seed, char **err)
{
	char stamp[32], rfc[32], *path;
	time_t now = time(NULL);
	struct tm tm;
	int ret;

	j->seed = seed;
	do {
		gmtime_r(&now, &tm);
		strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
		strftime(rfc, sizeof(rfc), "%Y-%m-%dT%H:%M:%SZ", &tm);
		free(j->id);
		free(j->dir);
		j->id = NULL;
		j->dir = NULL;
		if (asprintf(&j->id, "%s-%s-%s-%s", stamp, key->target, key->workload,
			     key->commit) < 0 ||
		    asprintf(&j->dir, "%s/%s", results, j->id) < 0)
			return no_memory(err);
		ret = mkdir(j->dir, 0777) ? -errno : 0;
		/* One began in the same second: we hold the lock, so take the next free name. */
		now++;
	} while (ret == -EEXIST);
	if (ret)
		return lu_fail(err, ret, "%s: %s: choose another folder with -o", j->dir,
			       strerror(-ret));
	j->started = strdup(rfc);
	if (!j->started || asprintf(&path, "%s/" JOURNAL, j->dir) < 0)
		return no_memory(err);
	j->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (j->fd < 0)
		ret = lu_fail(err, -errno, "%s: %s: choose another folder with -o", path,
			      strerror(errno));
	free(path);
	return ret ? ret : write_header(j, key, err);
}

/* The name of the first line in which two contents differ, malloc()ed; NULL without memory. */
static char *first_difference(const char *a, const char *b)
{
	while (*a && *a == *b) {
		size_t len = strcspn(a, "\n") + 1;

		if (strncmp(a, b, len) != 0)
			break;
		a += len;
		b += len;
	}
	if (!*a)
		a = b;
	return strndup(a, strcspn(a, " \n"));
}

/* Return: 0 when it is the run to resume, -ENOENT when not, or -ENOMEM. */
static int header_fits(const char *line, size_t len, const struct journal_key *key,
		       struct journal *j)
{
	json_t *h = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *schema = json_string_value(json_object_get(h, "journal"));
	const char *id = json_string_value(json_object_get(h, "id"));
	const char *started = json_string_value(json_object_get(h, "started"));
	const char *its_key = json_string_value(json_object_get(h, "key"));
	const char *content = json_string_value(json_object_get(h, "content"));
	const json_t *seed = json_object_get(h, "seed");
	int ret = -ENOENT;

	if (!schema || !id || !started || !its_key || !content || !json_is_integer(seed) ||
	    strcmp(schema, JOURNAL_SCHEMA) != 0 || strcmp(its_key, key->key) != 0)
		goto out;
	if (strcmp(content, key->content) != 0) {
		if (!j->other) {
			j->other = strdup(id);
			j->differs = first_difference(content, key->content);
		}
		goto out;
	}
	j->id = strdup(id);
	j->started = strdup(started);
	j->seed = json_integer_value(seed);
	ret = j->id && j->started ? 0 : -ENOMEM;
out:
	json_decref(h);
	return ret;
}

/* Whether the last sample's place in the plan was taken before. */
static bool is_there_twice(const struct run *run)
{
	const struct sample *last = &run->samples[run->nr_samples - 1];

	for (const struct sample *s = run->samples; s != last; s++)
		if (s->order == last->order)
			return true;
	return false;
}

/*
 * Every whole line after the header is a sample. What is none was damaged: it is left as it is and
 * counted. Only what follows the last newline, a line torn when we died, is cut off.
 */
static int read_samples(struct journal *j, FILE *f, off_t end)
{
	char *line = NULL, *why = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, f)) > 0 && line[len - 1] == '\n') {
		struct sample *s = run_add_sample(j->run);

		if (!s) {
			free(line);
			return -ENOMEM;
		}
		if (sample_from_text(line, (size_t)len - 1, j->dir, s, &why)) {
			/* The sample is released already; it was the last one. */
			j->run->nr_samples--;
			j->damaged++;
			free(why);
			why = NULL;
		} else if (is_there_twice(j->run)) {
			sample_release(s);
			j->run->nr_samples--;
		}
		end += len;
	}
	free(line);
	j->resumed = j->run->nr_samples;
	return ftruncate(j->fd, end) || lseek(j->fd, 0, SEEK_END) < 0 ? -errno : 0;
}

/* Whether @dir is an unfinished run of this key; then the journal is open and read. */
static int try_resume(struct journal *j, const char *dir, const struct journal_key *key)
{
	char *path, *done, *line = NULL;
	size_t size = 0;
	ssize_t len = -1;
	FILE *f = NULL;
	int ret = -ENOENT;

	if (asprintf(&path, "%s/" JOURNAL, dir) < 0)
		return -ENOMEM;
	if (asprintf(&done, "%s/run.json", dir) < 0) {
		free(path);
		return -ENOMEM;
	}
	if (access(done, F_OK))
		f = fopen(path, "r+e");
	if (f)
		len = getline(&line, &size, f);
	if (len > 0 && line[len - 1] == '\n')
		ret = header_fits(line, (size_t)len - 1, key, j);
	if (!ret) {
		j->dir = strdup(dir);
		j->fd = fcntl(fileno(f), F_DUPFD_CLOEXEC, 0);
		ret = j->dir && j->fd >= 0 ? read_samples(j, f, (off_t)len) : -ENOMEM;
	}
	free(line);
	if (f)
		fclose(f);
	free(path);
	free(done);
	return ret;
}

static int resume(struct journal *j, const char *results, const struct journal_key *key)
{
	DIR *d = opendir(results);
	const struct dirent *e;
	int ret = -ENOENT;

	while (d && ret == -ENOENT && (e = readdir(d))) {
		char *dir;

		if (e->d_name[0] == '.')
			continue;
		if (asprintf(&dir, "%s/%s", results, e->d_name) < 0) {
			ret = -ENOMEM;
			break;
		}
		ret = try_resume(j, dir, key);
		free(dir);
	}
	if (d)
		closedir(d);
	return ret;
}

int journal_open(const char *results, const struct journal_key *key, int64_t seed,
		 struct journal **out, char **err)
{
	struct journal *j = calloc(1, sizeof(*j));
	int ret;

	*out = NULL;
	if (err)
		*err = NULL;
	if (!j)
		return no_memory(err);
	j->fd = -1;
	j->lock_fd = -1;
	j->run = run_new();
	ret = j->run ? make_folders(results, err) : no_memory(err);
	if (!ret)
		ret = lock_results(results, &j->lock_fd, err);
	if (!ret) {
		ret = resume(j, results, key);
		if (ret == -ENOENT)
			ret = begin(j, results, key, seed, err);
		else if (ret)
			lu_fail(err, ret, "%s: cannot resume this unfinished run: %s: move it away",
				j->dir ? j->dir : results, strerror(-ret));
	}
	if (ret)
		journal_close(j);
	else
		*out = j;
	return ret;
}

int journal_add(struct journal *j, const struct sample *s, char **err)
{
	struct sample *copy;
	char *text;
	int ret;

	if (err)
		*err = NULL;
	text = sample_to_text(s, err);
	if (!text)
		return -EINVAL;
	ret = append_line(j, text, err);
	copy = ret ? NULL : run_add_sample(j->run);
	if (!ret && !copy)
		ret = no_memory(err);
	if (!ret)
		ret = sample_from_text(text, strlen(text), j->dir, copy, err);
	free(text);
	return ret;
}

int journal_has(const struct journal *j, int64_t order)
{
	for (size_t i = 0; i < j->run->nr_samples; i++)
		if (j->run->samples[i].order == order)
			return 1;
	return 0;
}

static int by_order(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

int journal_finish(struct journal *j, char **err)
{
	char *path;
	int ret;

	if (err)
		*err = NULL;
	if (j->run->nr_samples)
		qsort(j->run->samples, j->run->nr_samples, sizeof(*j->run->samples), by_order);
	if (asprintf(&path, "%s/run.json", j->dir) < 0)
		return no_memory(err);
	ret = run_write(j->run, path, err);
	free(path);
	if (ret)
		return ret;
	/* From here on the run is whole; a journal that stays is ignored. */
	if (asprintf(&path, "%s/" JOURNAL, j->dir) < 0)
		return 0;
	unlink(path);
	free(path);
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	if (j->lock_fd >= 0)
		close(j->lock_fd);
	run_free(j->run);
	free(j->dir);
	free(j->id);
	free(j->started);
	free(j->other);
	free(j->differs);
	free(j);
}
