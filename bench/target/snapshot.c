// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/snapshot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "target/qmp.h"

/* QEMU reads and writes 100 MiB a second on a slow host; a machine after boot has about that. */
#define TIMEOUT_MS 120000
#define POLL_MS 10

/*
 * By way of this process: a file of the memfd's own has no name that a user could put a blank or a quote
 * in, and needs none of QEMU's newer ways (file:, since 8.2).
 */
static char *source_or_sink(int fd, const char *format)
{
	char *text;

	return asprintf(&text, format, (int)getpid(), fd) < 0 ? NULL : text;
}

char *snapshot_source(int fd)
{
	return source_or_sink(fd, "exec:cat /proc/%d/fd/%d");
}

static int refused(const json_t *answer, const char *status, char **err)
{
	const char *why = json_string_value(json_object_get(answer, "error-desc"));

	return lu_fail(err, -EREMOTEIO, "QEMU: migration %s%s%s", status, why ? ": " : "",
		       why ? why : "");
}

/*
 * Ask again until the state that @key names is one that ends the wait.
 * Return: 0 when it is @wanted.
 */
static int wait_for(struct qmp *qmp, const char *query, const char *wanted,
		    const char *const *meanwhile, char **err)
{
	const struct timespec nap = { .tv_nsec = POLL_MS * 1000000L };

	for (int ms = 0; ms < TIMEOUT_MS; ms += POLL_MS) {
		const char *status;
		json_t *answer;
		bool busy = false;
		int ret = qmp_run(qmp, query, NULL, &answer, err);

		if (ret)
			return ret;
		status = json_string_value(json_object_get(answer, "status"));
		status = status ? status : "none";
		ret = strcmp(status, wanted) != 0;
		for (const char *const *m = meanwhile; *m && ret; m++)
			busy |= !strcmp(status, *m);
		if (ret && !busy)
			ret = refused(answer, status, err);
		json_decref(answer);
		if (!busy)
			return ret;
		nanosleep(&nap, NULL);
	}
	return lu_fail(err, -ETIMEDOUT, "QEMU: no end of a migration in %d s", TIMEOUT_MS / 1000);
}

static int save(struct qmp *qmp, int fd, char **err)
{
	static const char *const meanwhile[] = { "none",   "setup",	     "active",
						 "device", "pre-switchover", NULL };
	char *sink = source_or_sink(fd, "exec:cat > /proc/%d/fd/%d");
	int ret;

	if (!sink)
		return lu_fail(err, -ENOMEM, "out of memory");
	ret = qmp_run(qmp, "stop", NULL, NULL, err);
	if (!ret)
		ret = qmp_run(qmp, "migrate", json_pack("{s:s}", "uri", sink), NULL, err);
	free(sink);
	return ret ? ret : wait_for(qmp, "query-migrate", "completed", meanwhile, err);
}

int snapshot_save(int qmp_fd, int cancel_fd, char **err)
{
	int fd = memfd_create("lubench-snapshot", MFD_CLOEXEC), ret;
	struct qmp *qmp = NULL;

	if (fd < 0)
		return lu_fail(err, -errno, "memfd_create: %s", strerror(errno));
	ret = qmp_open(qmp_fd, cancel_fd, TIMEOUT_MS, &qmp, err);
	if (!ret)
		ret = save(qmp, fd, err);
	qmp_close(qmp);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int snapshot_resume(int qmp_fd, int cancel_fd, char **err)
{
	/* "paused" is a machine that was stopped when it was saved and has its state again. */
	static const char *const meanwhile[] = { "inmigrate", "postmigrate", "prelaunch", NULL };
	struct qmp *qmp = NULL;
	int ret = qmp_open(qmp_fd, cancel_fd, TIMEOUT_MS, &qmp, err);

	if (!ret)
		ret = wait_for(qmp, "query-status", "paused", meanwhile, err);
	if (!ret)
		ret = qmp_run(qmp, "cont", NULL, NULL, err);
	qmp_close(qmp);
	return ret;
}
