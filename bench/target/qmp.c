// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"
#include "common/now.h"

/* The answers to the commands used here have at most some kilobytes. */
#define MAX_LINE (64 * 1024)

/** struct qmp - @buf, @len: bytes received that are not a whole line yet. */
struct qmp {
	int fd;
	int cancel_fd;
	int timeout_ms;
	size_t len;
	char buf[MAX_LINE];
};

/* The next whole line of the buffer as JSON; NULL when there is none. */
static json_t *take_line(struct qmp *qmp, bool *bad)
{
	char *end = memchr(qmp->buf, '\n', qmp->len);
	json_t *json;
	size_t used;

	if (!end)
		return NULL;
	json = json_loadb(qmp->buf, (size_t)(end - qmp->buf), 0, NULL);
	*bad = !json;
	used = (size_t)(end - qmp->buf) + 1;
	memmove(qmp->buf, qmp->buf + used, qmp->len - used);
	qmp->len -= used;
	return json;
}

static int receive(struct qmp *qmp, json_t **out, char **err)
{
	int64_t until = now_ms() + qmp->timeout_ms;

	for (;;) {
		struct pollfd p[] = { { .fd = qmp->fd, .events = POLLIN },
				      { .fd = qmp->cancel_fd, .events = POLLIN } };
		int64_t left = until - now_ms();
		bool bad = false;
		ssize_t n;

		*out = take_line(qmp, &bad);
		if (*out)
			return 0;
		if (bad || qmp->len == sizeof(qmp->buf))
			return lu_fail(err, -EPROTO,
				       "QEMU's control channel: a line is not a message");
		if (left <= 0)
			return lu_fail(err, -ETIMEDOUT,
				       "QEMU's control channel: no answer in %d ms",
				       qmp->timeout_ms);
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return lu_fail(err, -errno, "poll: %s", strerror(errno));
		if (p[1].revents)
			return lu_fail(err, -EINTR, "stopped");
		if (!p[0].revents)
			continue;
		n = read(qmp->fd, qmp->buf + qmp->len, sizeof(qmp->buf) - qmp->len);
		if (n <= 0)
			return lu_fail(err, -ECONNRESET, "QEMU ended");
		qmp->len += (size_t)n;
	}
}

int qmp_run(struct qmp *qmp, const char *command, json_t *arguments, json_t **answer, char **err)
{
	json_t *request = json_pack("{s:s, s:o*}", "execute", command, "arguments", arguments);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_t *json = NULL;
	int ret;

	json_decref(request);
	if (!text)
		return lu_fail(err, -ENOMEM, "out of memory");
	/* Far below the size of a socket's buffer: sent whole or not at all. */
	if (send(qmp->fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text)) {
		free(text);
		return lu_fail(err, -ECONNRESET, "QEMU ended");
	}
	free(text);
	for (;;) {
		const json_t *error;

		ret = receive(qmp, &json, err);
		if (ret)
			return ret;
		error = json_object_get(json, "error");
		if (error) {
			const char *why = json_string_value(json_object_get(error, "desc"));

			lu_fail(err, -EREMOTEIO, "QEMU refuses %s: %s", command,
				why ? why : "no reason given");
			json_decref(json);
			return -EREMOTEIO;
		}
		if (json_object_get(json, "return"))
			break;
		json_decref(json);
	}
	if (answer)
		*answer = json_incref(json_object_get(json, "return"));
	json_decref(json);
	return 0;
}

int qmp_open(int fd, int cancel_fd, int timeout_ms, struct qmp **out, char **err)
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));
	json_t *greeting = NULL;
	int ret;

	*out = NULL;
	if (!qmp)
		return lu_fail(err, -ENOMEM, "out of memory");
	qmp->fd = fd;
	qmp->cancel_fd = cancel_fd;
	qmp->timeout_ms = timeout_ms;
	ret = receive(qmp, &greeting, err);
	if (!ret && !json_object_get(greeting, "QMP"))
		ret = lu_fail(err, -EPROTO, "QEMU's control channel: no greeting");
	json_decref(greeting);
	if (!ret)
		ret = qmp_run(qmp, "qmp_capabilities", NULL, NULL, err);
	if (ret)
		qmp_close(qmp);
	else
		*out = qmp;
	return ret;
}

void qmp_close(struct qmp *qmp)
{
	free(qmp);
}
