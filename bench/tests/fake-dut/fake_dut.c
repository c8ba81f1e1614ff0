// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: fake-dut, in QEMU's place (lubench run --emulator fake-dut)
 *
 * A machine that is not there: it takes QEMU's command line and speaks as lubench-agent and as QEMU's
 * control channel would, so that `lubench run` is tested without kernels and in milliseconds. The environment:
 *
 * FAKE_DUT	a folder. Its file "log" receives "start N ARGUMENT..." for each start, "version" for
 *		each --version and "sample N REQUEST" for each request; N counts from 1 over all machines of
 *		the folder. Its file "script" says what goes wrong, one line each, all that fit apply:
 *
 *	version hang | exit | say TEXT
 *	start N|* hang | exit | panic | garbage | nosnapshot | set KEY JSON
 *	sample N|*|DESIGN hang | exit | panic | garbage | error TEXT | await N | silent | set KEY JSON | mark NAME NS
 *
 * FAKE_LOG	a protocol.log of a real run: the hello and, by design, the samples that it answers with.
 *
 * "await" answers when the log has so many samples, of all machines, "set" changes a key of the message, "mark" adds to a mark, "silent" leaves the outside check out,
 * "panic" writes a panic to the console and exits. With -icount the marks are those of the recording; else
 * they are spread over the time that a pause really takes.
 */
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
#include <poll.h>

#include <jansson.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define BLACKOUT_MS 30

struct fake {
	const char *folder;
	const char *console;
	int proto_fd;
	int outside_fd;
	int qmp_fd;
	bool icount;
	bool incoming;
	json_t *hello;
	json_t *samples; /* by design; "" is the first one */
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "fake-dut: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *file_in(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		die("memory");
	return path;
}

/* Append a line to the log; without @text only count. Return: the number of lines of this kind. */
static int log_line(const struct fake *f, const char *kind, const char *text)
{
	char *path = file_in(f->folder, "log"), *line = NULL;
	FILE *log = fopen(path, "a+e");
	size_t size = 0;
	int n = 0;

	if (!log || flock(fileno(log), LOCK_EX))
		die(path);
	while (getline(&line, &size, log) > 0)
		n += !strncmp(line, kind, strlen(kind)) && line[strlen(kind)] == ' ';
	fseek(log, 0, SEEK_END);
	if (text)
		fprintf(log, "%s %d %s\n", kind, ++n, text);
	fclose(log);
	free(line);
	free(path);
	return n;
}

static int count_lines(const struct fake *f, const char *kind)
{
	return log_line(f, kind, NULL);
}

/* Call @act with every action of the script for this @kind, whose selector is @n, @word or "*". */
static void each_action(struct fake *f, const char *kind, int n, const char *word, void *data,
			void (*act)(struct fake *f, char *action, char *rest, void *data))
{
	char *path = file_in(f->folder, "script"), *line = NULL;
	FILE *script = fopen(path, "re");
	size_t size = 0;

	while (script && getline(&line, &size, script) > 0) {
		char *rest = line, *which = NULL, *action;

		line[strcspn(line, "\n")] = '\0';
		if (strcmp(strsep(&rest, " "), kind) != 0 || !rest)
			continue;
		if (strcmp(kind, "version") != 0)
			which = strsep(&rest, " ");
		if (which && strcmp(which, "*") != 0 && strcmp(which, word) != 0 &&
		    atoi(which) != n)
			continue;
		action = rest ? strsep(&rest, " ") : NULL;
		if (action)
			act(f, action, rest ? rest : (char[]){ "" }, data);
	}
	free(line);
	free(path);
	if (script)
		fclose(script);
}

static void write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			exit(0); /* nobody listens any more */
		text += n;
		len -= (size_t)n;
	}
}

static void send_json(int fd, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	if (!text)
		die("memory");
	write_all(fd, text, strlen(text));
	write_all(fd, "\n", 1);
	free(text);
	json_decref(json);
}

__attribute__((noreturn)) static void hang(void)
{
	for (;;)
		pause();
}

/* The actions that a start and a sample have in common. Return: whether it was one. */
static bool common_action(const struct fake *f, const char *action)
{
	static const char garbage[] = "\x01\xff[    0.000000] noise {\"ev\": \n{}\n[]\nnull\n\n";

	if (!strcmp(action, "hang"))
		hang();
	if (!strcmp(action, "exit"))
		exit(1);
	if (!strcmp(action, "panic")) {
		int fd = open(f->console, O_WRONLY | O_CREAT | O_APPEND, 0666);

		if (fd < 0 || write(fd, "Kernel panic - not syncing: made up\n", 36) != 36)
			die("console");
		exit(0);
	}
	if (strcmp(action, "garbage") != 0)
		return false;
	write_all(f->proto_fd, garbage, sizeof(garbage) - 1);
	return true;
}

static bool set_action(json_t *message, const char *action, char *rest)
{
	char *key;

	if (strcmp(action, "set") != 0)
		return false;
	key = strsep(&rest, " ");
	if (!rest || json_object_set_new(message, key, json_loads(rest, JSON_DECODE_ANY, NULL)))
		die("set");
	return true;
}

static void on_version(struct fake *f, char *action, char *rest, void *data)
{
	(void)f;
	(void)data;
	if (!strcmp(action, "hang"))
		hang();
	if (!strcmp(action, "exit"))
		exit(1);
	if (strcmp(action, "say") != 0)
		die(action);
	puts(rest);
	exit(0);
}

static void on_start(struct fake *f, char *action, char *rest, void *data)
{
	bool *no_snapshot = data;

	if (common_action(f, action) || set_action(f->hello, action, rest))
		return;
	if (strcmp(action, "nosnapshot") != 0)
		die(action);
	*no_snapshot = true;
}

/* struct answer - what the script makes of one sample. */
struct answer {
	json_t *message;
	const json_t *id;
	bool silent;
	bool error;
};

static void on_sample(struct fake *f, char *action, char *rest, void *data)
{
	struct answer *a = data;

	if (common_action(f, action) || set_action(a->message, action, rest))
		return;
	if (!strcmp(action, "silent")) {
		a->silent = true;
	} else if (!strcmp(action, "await")) {
		while (count_lines(f, "sample") < atoi(rest))
			usleep(10000);
	} else if (!strcmp(action, "error")) {
		a->error = true;
		send_json(f->proto_fd,
			  json_pack("{s:s,s:O,s:s}", "ev", "error", "id", a->id, "message", rest));
	} else if (!strcmp(action, "mark")) {
		json_t *marks = json_object_get(a->message, "marks");
		const char *name = strsep(&rest, " ");

		if (!rest)
			die("mark");
		json_object_set_new(marks, name,
				    json_integer(json_integer_value(json_object_get(marks, name)) +
						 atoll(rest)));
	} else {
		die(action);
	}
}

static int64_t counter(void)
{
#if defined(__x86_64__)
	return (int64_t)__rdtsc();
#else
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
#endif
}

/* A pause that really takes time, seen from outside, with the recorded marks spread over it. */
static void pause_for_real(const struct fake *f, struct answer *a)
{
	json_t *marks = json_object_get(a->message, "marks"), *v;
	int64_t pause = json_integer_value(json_object_get(marks, "vm_pause"));
	int64_t resume = json_integer_value(json_object_get(marks, "vm_resume"));
	int64_t begin = counter(), end;
	const char *name;

	if (!a->silent)
		write_all(f->outside_fd, "\x01", 1);
	usleep(BLACKOUT_MS * 1000);
	if (!a->silent)
		write_all(f->outside_fd, "\x02", 1);
	end = counter();
	json_object_foreach(marks, name, v) {
		double at = (double)(json_integer_value(v) - pause) / (double)(resume - pause);

		json_integer_set(v, begin + (int64_t)(at * (double)(end - begin)));
	}
}

static void take_sample(struct fake *f, json_t *request)
{
	const char *design = json_string_value(json_object_get(request, "design"));
	const json_t *recorded = json_object_get(f->samples, design ? design : "");
	struct answer a = { .id = json_object_get(request, "id") };
	char *text = json_dumps(request, JSON_COMPACT);
	int n = log_line(f, "sample", text);

	free(text);
	a.message = json_deep_copy(recorded ? recorded : json_object_get(f->samples, ""));
	json_object_set(a.message, "id", (json_t *)a.id);
	send_json(f->proto_fd, json_pack("{s:s,s:O,s:s,s:i,s:i}", "ev", "progress", "id", a.id,
					 "step", "kexec", "done", 0, "total", 1));
	each_action(f, "sample", n, design ? design : "", &a, on_sample);
	if (a.error) {
		json_decref(a.message);
		return;
	}
	if (!f->icount)
		pause_for_real(f, &a);
	send_json(f->proto_fd, a.message);
}

/* The requests of a whole line each, out of @buf. */
static void on_requests(struct fake *f, char *buf, size_t *len)
{
	char *end;

	while ((end = memchr(buf, '\n', *len))) {
		json_t *request = json_loadb(buf, (size_t)(end - buf), 0, NULL);
		const char *cmd = json_string_value(json_object_get(request, "cmd"));

		if (cmd && !strcmp(cmd, "poweroff"))
			exit(0);
		if (cmd && !strcmp(cmd, "sample"))
			take_sample(f, request);
		json_decref(request);
		*len -= (size_t)(end - buf) + 1;
		memmove(buf, end + 1, *len);
	}
}

/* The controller sends one command at a time and waits for its answer. */
static void on_qmp(struct fake *f, bool no_snapshot, bool *running)
{
	char buf[4096];
	ssize_t n = read(f->qmp_fd, buf, sizeof(buf));
	json_t *command = n > 0 ? json_loadb(buf, (size_t)n, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
	const char *name = json_string_value(json_object_get(command, "execute"));

	if (n <= 0)
		exit(0);
	if (!name)
		die("a control message");
	*running |= !strcmp(name, "cont");
	if (no_snapshot && !strcmp(name, "migrate"))
		send_json(f->qmp_fd, json_pack("{s:{s:s}}", "error", "desc", "cannot be saved"));
	else if (!strcmp(name, "query-migrate"))
		send_json(f->qmp_fd, json_pack("{s:{s:s}}", "return", "status", "completed"));
	else if (!strcmp(name, "query-status"))
		send_json(f->qmp_fd, json_pack("{s:{s:s}}", "return", "status",
					       *running ? "running" : "paused"));
	else
		send_json(f->qmp_fd, json_pack("{s:{}}", "return"));
	json_decref(command);
}

static void serve(struct fake *f, bool no_snapshot)
{
	static char buf[65536];
	bool running = !f->incoming;
	size_t len = 0;

	for (;;) {
		struct pollfd p[] = { { .fd = f->proto_fd, .events = POLLIN },
				      { .fd = f->qmp_fd, .events = POLLIN } };
		ssize_t n;

		if (poll(p, 2, -1) < 0)
			die("poll");
		if (p[1].revents)
			on_qmp(f, no_snapshot, &running);
		if (!p[0].revents || !running)
			continue;
		n = read(f->proto_fd, buf + len, sizeof(buf) - len);
		if (n <= 0)
			exit(0);
		len += (size_t)n;
		on_requests(f, buf, &len);
	}
}

static void load_recording(struct fake *f, const char *path)
{
	FILE *log = fopen(path, "re");
	json_t *request = NULL;
	char *line = NULL;
	size_t size = 0;

	if (!log)
		die(path);
	f->samples = json_object();
	while (getline(&line, &size, log) > 0) {
		json_t *message = json_loads(line + 2, 0, NULL);
		const char *ev = json_string_value(json_object_get(message, "ev"));
		const json_t *design = json_object_get(request, "design");

		if (ev && !strcmp(ev, "hello"))
			f->hello = json_incref(message);
		if (ev && !strcmp(ev, "sample")) {
			json_object_set(f->samples, json_string_value(design), message);
			if (!json_object_get(f->samples, ""))
				json_object_set(f->samples, "", message);
		}
		if (line[0] == '>') {
			json_decref(request);
			request = json_incref(message);
		}
		json_decref(message);
	}
	json_decref(request);
	free(line);
	fclose(log);
	if (!f->hello || !json_object_get(f->samples, ""))
		die("FAKE_LOG: no hello or no sample");
}

static void read_arguments(struct fake *f, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *fd = strstr(argv[i], ",fd="), *path = strstr(argv[i], ",path=");

		f->icount |= !strcmp(argv[i], "-icount");
		f->incoming |= !strcmp(argv[i], "-incoming");
		if (fd && strstr(argv[i], "id=proto"))
			f->proto_fd = atoi(fd + 4);
		if (fd && strstr(argv[i], "id=outside"))
			f->outside_fd = atoi(fd + 4);
		if (fd && strstr(argv[i], "id=qmp"))
			f->qmp_fd = atoi(fd + 4);
		if (path && strstr(argv[i], "id=console"))
			f->console = strndup(path + 6, strcspn(path + 6, ","));
	}
}

int main(int argc, char **argv)
{
	struct fake f = { .folder = getenv("FAKE_DUT"), .console = "/dev/null" };
	const char *recording = getenv("FAKE_LOG");
	bool no_snapshot = false;
	char words[16384] = "";
	size_t used = 0;
	int n;

	if (!f.folder || !recording) {
		fputs("fake-dut: FAKE_DUT and FAKE_LOG are not set\n", stderr);
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		log_line(&f, "version", "");
		each_action(&f, "version", 0, "", NULL, on_version);
		puts("QEMU emulator version 10.0.0 (fake)");
		return 0;
	}
	read_arguments(&f, argc, argv);
	load_recording(&f, recording);
	for (int i = 1; i < argc && used < sizeof(words); i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used, " %s", argv[i]);
	n = log_line(&f, "start", words);
	send_json(f.qmp_fd, json_pack("{s:{}}", "QMP"));
	each_action(&f, "start", n, "", &no_snapshot, on_start);
	if (!f.incoming)
		send_json(f.proto_fd, json_incref(f.hello));
	serve(&f, no_snapshot);
}
