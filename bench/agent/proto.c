// SPDX-License-Identifier: GPL-2.0-only
#include "agent/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "agent/err.h"
#include "agent/kexec.h"
#include "common/protocol.h"

#define CMDLINE_KEY "lubench.proto="
#define PROTO_DEFAULT "/dev/ttyS1"

static int port = -1;

static void port_name(char *name, size_t size)
{
	char cmdline[KEXEC_CMDLINE_BYTES];
	char *word, *save;

	snprintf(name, size, "%s", PROTO_DEFAULT);
	if (kexec_cmdline(cmdline, sizeof(cmdline)))
		return;
	for (word = strtok_r(cmdline, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (!strncmp(word, CMDLINE_KEY, strlen(CMDLINE_KEY)))
			snprintf(name, size, "%s", word + strlen(CMDLINE_KEY));
}

/* Opened when first needed: not while the guest is paused. */
static int open_port(void)
{
	struct termios tio;
	char name[128];

	if (port >= 0)
		return 0;
	port_name(name, sizeof(name));
	port = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port < 0)
		return err_set(errno, "%s: open the protocol port", name);
	if (!tcgetattr(port, &tio)) {
		cfmakeraw(&tio);
		tio.c_cflag |= CLOCAL;
		cfsetspeed(&tio, B115200);
		if (tcsetattr(port, TCSANOW, &tio))
			return err_set(errno, "%s: tcsetattr", name);
	}
	return 0;
}

json_t *proto_read(void)
{
	static char buf[16384];
	static size_t fill;

	for (;;) {
		char *end = memchr(buf, '\n', fill);
		ssize_t n;

		if (end) {
			size_t len = (size_t)(end - buf);
			json_error_t why;
			char message[256];
			json_t *obj;

			obj = json_loadb(buf, len, JSON_REJECT_DUPLICATES, &why);
			fill -= len + 1;
			memmove(buf, end + 1, fill);
			if (json_is_object(obj))
				return obj;
			json_decref(obj);
			if (len) {
				snprintf(message, sizeof(message), "protocol: not an object: %s",
					 why.text);
				proto_error(-1, message);
			}
			continue;
		}
		if (fill == sizeof(buf)) {
			proto_error(-1, "protocol: line too long, dropped");
			fill = 0;
		}
		if (open_port())
			return NULL;
		n = read(port, buf + fill, sizeof(buf) - fill);
		if (n > 0) {
			fill += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			err_set(n ? errno : EPIPE, "protocol: read");
			return NULL;
		}
	}
}

void proto_send(json_t *obj)
{
	char *text = json_dumps(obj, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0, done = 0;

	if (open_port())
		fprintf(stderr, "lubench-agent: %s\n", err_text());
	if (text)
		text[len++] = '\n';
	while (port >= 0 && done < len) {
		ssize_t n = write(port, text + done, len - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	free(text);
	json_decref(obj);
}

void proto_error(int64_t id, const char *message)
{
	json_t *obj = json_pack("{s:s, s:o, s:s}", PROTO_EV, PROTO_EV_ERROR, PROTO_ID,
				id < 0 ? json_null() : json_integer(id), PROTO_MESSAGE, message);

	fprintf(stderr, "lubench-agent: %s\n", message);
	proto_send(obj);
}

void proto_progress(int64_t id, const char *step, uint64_t done, uint64_t total)
{
	proto_send(json_pack("{s:s, s:I, s:s, s:I, s:I}", PROTO_EV, PROTO_EV_PROGRESS, PROTO_ID,
			     (json_int_t)id, PROTO_STEP, step, PROTO_DONE, (json_int_t)done,
			     PROTO_TOTAL, (json_int_t)total));
}

void proto_drain(void)
{
	tcdrain(port);
}
