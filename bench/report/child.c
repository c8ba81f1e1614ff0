// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/now.h"
#include "report/interrupt.h"

/* Exit status by which a shell, too, says that there is no such program. */
#define NOT_FOUND 127

__attribute__((noreturn)) static void become(char *const argv[], const char *dir, int out,
					     pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* A group of its own, so that what it starts ends with it; and it ends with its parent. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (null < 0 || chdir(dir) || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(1);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? NOT_FOUND : 1);
}

/* How soon a signal that comes just before poll() is seen. */
#define LOOK_MS 200

/* Copy until the end or the deadline. Return: 0, -ETIMEDOUT, -EINTR when a signal was noted. */
static int drain(int fd, int64_t deadline_ms, FILE *f)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline_ms - now_ms();
		char buf[4096];
		ssize_t n;
		int got;

		if (left <= 0)
			return -ETIMEDOUT;
		if (interrupt_pending())
			return -EINTR;
		got = poll(&p, 1, left < LOOK_MS ? (int)left : LOOK_MS);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n == 0)
			return 0;
		if (n > 0)
			fwrite(buf, 1, (size_t)n, f);
		else if (errno != EINTR)
			return -errno;
	}
}

int child_run(char *const argv[], const char *dir, int timeout_s, char **out)
{
	int64_t deadline_ms = now_ms() + timeout_s * 1000LL;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int fds[2], status, ret;
	pid_t pid, self = getpid();

	if (!f)
		return -ENOMEM;
	if (pipe2(fds, O_CLOEXEC)) {
		ret = -errno;
		goto out;
	}
	pid = fork();
	if (!pid)
		become(argv, dir, fds[1], self);
	close(fds[1]);
	ret = pid < 0 ? -errno : drain(fds[0], deadline_ms, f);
	close(fds[0]);
	if (pid < 0)
		goto out;
	if (ret)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!ret && WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		ret = -ENOENT;
	else if (!ret && (!WIFEXITED(status) || WEXITSTATUS(status)))
		ret = -EIO;
out:
	fclose(f);
	if (out)
		*out = text;
	else
		free(text);
	return ret;
}
