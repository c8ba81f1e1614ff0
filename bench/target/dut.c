// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/protocol.h"
#include "target/dut.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"
#include "common/now.h"

#define MAX_LINE (256 * 1024)

/**
 * struct dut
 * @buf, @len: bytes received that are not a whole line yet.
 * @skip: the line is too long; throw it away up to its end.
 * @step, @done: last progress, to tell progress from repetition.
 */
struct dut {
	int fd;
	int cancel_fd;
	FILE *log;
	char *buf;
	size_t len;
	bool skip;
	int64_t garbage;
	char step[32];
	int64_t done;
};

struct dut *dut_new(int fd, int cancel_fd, const char *log)
{
	struct dut *dut = calloc(1, sizeof(*dut));

	if (!dut)
		return NULL;
	dut->fd = fd;
	dut->cancel_fd = cancel_fd;
	dut->buf = malloc(MAX_LINE);
	/* The talk goes on without its log. */
	dut->log = log ? fopen(log, "ae") : NULL;
	if (!dut->buf) {
		dut_free(dut);
		return NULL;
	}
	return dut;
}

void dut_free(struct dut *dut)
{
	if (!dut)
		return;
	if (dut->log)
		fclose(dut->log);
	free(dut->buf);
	free(dut);
}

int64_t dut_garbage(const struct dut *dut)
{
	return dut->garbage;
}

static void log_line(struct dut *dut, char direction, const char *line, size_t len)
{
	if (!dut->log)
		return;
	fprintf(dut->log, "%c %.*s\n", direction, (int)len, line);
	fflush(dut->log);
}

static int gone(char **err)
{
	return lu_fail(err, -ECONNRESET,
		       "the DUT is gone: the end of console.log in the run folder shows why");
}

static int send_line(struct dut *dut, const json_t *json, char **err)
{
	char *text = json_dumps(json, JSON_COMPACT);
	size_t len, sent = 0;

	if (!text)
		return lu_fail(err, -ENOMEM, "out of memory: close other programs");
	len = strlen(text);
	log_line(dut, '>', text, len);
	text[len++] = '\n'; /* in place of the NUL */
	while (sent < len) {
		ssize_t n = send(dut->fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == ENOTSOCK)
			n = write(dut->fd, text + sent, len - sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return gone(err);
		}
		sent += (size_t)n;
	}
	free(text);
	return 0;
}

/* The next whole line out of the buffer as JSON object; NULL when there is none. */
static json_t *take_message(struct dut *dut)
{
	char *eol;

	while ((eol = memchr(dut->buf, '\n', dut->len))) {
		size_t len = (size_t)(eol - dut->buf), text = len;
		bool skip = dut->skip;
		json_t *json = NULL;

		while (text && (dut->buf[text - 1] == '\r' || dut->buf[text - 1] == ' '))
			text--;
		if (!skip && text) {
			log_line(dut, '<', dut->buf, text);
			json = json_loadb(dut->buf, text, JSON_REJECT_DUPLICATES, NULL);
		}
		dut->len -= len + 1;
		memmove(dut->buf, eol + 1, dut->len);
		dut->skip = false;
		if (json_is_object(json) && json_string_value(json_object_get(json, PROTO_EV)))
			return json;
		json_decref(json);
		dut->garbage += skip || text;
	}
	if (dut->len == MAX_LINE) {
		dut->len = 0;
		dut->skip = true;
	}
	return NULL;
}

static int fill(struct dut *dut, int64_t deadline_ms, char **err)
{
	struct pollfd fds[2] = {
		{ .fd = dut->fd, .events = POLLIN },
		{ .fd = dut->cancel_fd, .events = POLLIN },
	};
	int64_t left = deadline_ms - now_ms();
	ssize_t n;
	int ret;

	if (left <= 0)
		return -ETIMEDOUT;
	ret = poll(fds, 2, left > INT32_MAX ? INT32_MAX : (int)left);
	if (ret < 0 && errno != EINTR)
		return lu_fail(err, -errno, "poll: %s: try again", strerror(errno));
	if (ret <= 0)
		return 0;
	if (fds[1].revents)
		return -EINTR;
	n = read(dut->fd, dut->buf + dut->len, MAX_LINE - dut->len);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0)
		return gone(err);
	dut->len += (size_t)n;
	return 0;
}

/* The next message before the deadline. */
static int next_message(struct dut *dut, int64_t deadline_ms, json_t **out, char **err)
{
	for (;;) {
		int ret;

		*out = take_message(dut);
		if (*out)
			return 0;
		ret = fill(dut, deadline_ms, err);
		if (ret)
			return ret;
	}
}

static bool is_event(const json_t *msg, const char *ev)
{
	return !strcmp(json_string_value(json_object_get(msg, PROTO_EV)), ev);
}

static int remote_error(const json_t *msg, char **err)
{
	const char *text = json_string_value(json_object_get(msg, PROTO_MESSAGE));

	return lu_fail(err, -EREMOTEIO, "agent: %s", text ? text : "an error without a message");
}

int dut_hello(struct dut *dut, int timeout_s, json_t **hello, char **err)
{
	int64_t deadline = now_ms() + timeout_s * 1000LL;
	json_t *msg;
	int ret;

	*hello = NULL;
	for (;;) {
		ret = next_message(dut, deadline, &msg, err);
		if (ret == -ETIMEDOUT)
			return lu_fail(err, ret,
				       "no word from the agent within %d s: the end of console.log "
				       "in the run folder shows why",
				       timeout_s);
		if (ret)
			return ret;
		if (is_event(msg, PROTO_EV_HELLO))
			break;
		if (is_event(msg, PROTO_EV_ERROR))
			ret = remote_error(msg, err);
		json_decref(msg);
		if (ret)
			return ret;
	}
	if (json_integer_value(json_object_get(msg, PROTO_PROTO)) != PROTO_VERSION) {
		json_decref(msg);
		return lu_fail(err, -EPROTO,
			       "the agent speaks another protocol: build lubench and lubench-agent "
			       "from one tree");
	}
	*hello = msg;
	return 0;
}

/* Whether this message shows that the sample moves on; tells the user. */
static bool on_progress(struct dut *dut, const json_t *msg, const struct target_config *config)
{
	const char *step = json_string_value(json_object_get(msg, PROTO_STEP));
	struct target_progress p = {
		.step = dut->step,
		.done = json_integer_value(json_object_get(msg, PROTO_DONE)),
		.total = json_integer_value(json_object_get(msg, PROTO_TOTAL)),
	};
	bool moved;

	if (!step)
		return false;
	moved = strncmp(dut->step, step, sizeof(dut->step) - 1) != 0 || p.done != dut->done;
	snprintf(dut->step, sizeof(dut->step), "%s", step);
	dut->done = p.done;
	if (config && config->progress)
		config->progress(config->progress_data, &p);
	return moved;
}

int dut_sample(struct dut *dut, const json_t *request, int timeout_s,
	       const struct target_config *config, json_t **result, char **err)
{
	int64_t id = json_integer_value(json_object_get(request, PROTO_ID));
	int64_t deadline = now_ms() + timeout_s * 1000LL;
	int ret = send_line(dut, request, err);

	*result = NULL;
	snprintf(dut->step, sizeof(dut->step), "request");
	while (!ret) {
		json_t *msg;
		const json_t *msg_id;
		bool mine;

		ret = next_message(dut, deadline, &msg, err);
		if (ret == -ETIMEDOUT)
			return lu_fail(err, ret,
				       "no progress for %d s in step '%s': raise timeout in "
				       "[target], or see the end of console.log",
				       timeout_s, dut->step);
		if (ret)
			return ret;
		msg_id = json_object_get(msg, PROTO_ID);
		mine = json_is_integer(msg_id) && json_integer_value(msg_id) == id;
		if (is_event(msg, PROTO_EV_SAMPLE) && mine) {
			*result = msg;
			return 0;
		}
		if (is_event(msg, PROTO_EV_ERROR) && (mine || !json_is_integer(msg_id)))
			ret = remote_error(msg, err);
		else if (is_event(msg, PROTO_EV_PROGRESS) && mine && on_progress(dut, msg, config))
			deadline = now_ms() + timeout_s * 1000LL;
		json_decref(msg);
	}
	return ret;
}

int dut_poweroff(struct dut *dut)
{
	json_t *cmd = json_pack("{s:s}", PROTO_CMD, PROTO_CMD_POWEROFF);
	int ret = cmd ? send_line(dut, cmd, NULL) : -ENOMEM;

	json_decref(cmd);
	return ret;
}
