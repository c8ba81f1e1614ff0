// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The init of a machine that runs kernel selftests: every program in /tests, in
 * the order of their names, with its TAP on the port that TAP=FILE on the kernel's command line
 * says; then power off.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TESTS "/tests"
#define LIMIT_S 600

static void mount_all(void)
{
	static const char *const where[][2] = {
		{ "devtmpfs", "/dev" }, { "proc", "/proc" },
		{ "sysfs", "/sys" },	{ "debugfs", "/sys/kernel/debug" },
		{ "tmpfs", "/tmp" },
	};

	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		mkdir(where[i][1], 0755);
		if (mount(where[i][0], where[i][1], where[i][0], 0, NULL))
			perror(where[i][1]);
	}
}

/*
 * A preserved page table says where memory is. Nothing moves preserved memory in a kexec; a test that
 * acts one in a single kernel has memory that is pinned by nobody for a moment.
 */
static void keep_memory_still(void)
{
	static const char path[] =
		"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs";
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, "4294967295", 10) != 10)
		perror(path);
	if (fd >= 0)
		close(fd);
}

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/*
 * What no pointer leads to any more, as a test of its own. kmemleak takes no object for a leak that is
 * younger than five seconds or that has changed since the scan before.
 * Documentation/dev-tools/kmemleak.rst
 */
static void find_leaks(void)
{
	char line[256];
	int found = 0;
	FILE *f;

	if (access(KMEMLEAK, F_OK)) {
		puts("ok 1 nothing leaked # SKIP the kernel has no kmemleak");
		return;
	}
	for (int i = 0; i < 2; i++) {
		int fd = open(KMEMLEAK, O_WRONLY);

		sleep(6);
		if (fd < 0 || write(fd, "scan", 4) != 4)
			perror(KMEMLEAK);
		if (fd >= 0)
			close(fd);
	}
	f = fopen(KMEMLEAK, "re");
	while (f && fgets(line, sizeof(line), f)) {
		printf("# %s", line);
		found++;
	}
	if (f)
		fclose(f);
	puts(f && !found ? "ok 1 nothing leaked" : "not ok 1 nothing leaked");
}

static int is_program(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Return: 0 when the program ended by itself with 0, or with 4, kselftest's skip. */
static int run(const char *name)
{
	char path[PATH_MAX];
	pid_t pid;
	int status;

	snprintf(path, sizeof(path), "%s/%s", TESTS, name);
	pid = fork();
	if (!pid) {
		alarm(LIMIT_S);
		execl(path, path, (char *)NULL);
		perror(path);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4) ? 0 : -1;
}

int main(void)
{
	struct dirent **list = NULL;
	const char *port = getenv("TAP");
	int n, fd;

	mount_all();
	keep_memory_still();
	fd = port ? open(port, O_RDWR | O_NOCTTY) : -1;
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	n = scandir(TESTS, &list, is_program, alphasort);
	for (int i = 0; i < n; i++) {
		printf("# %s\n", list[i]->d_name);
		/* One that dies half-way has printed no "not ok". */
		if (run(list[i]->d_name))
			printf("not ok 0 %s did not end well\n", list[i]->d_name);
		free(list[i]);
	}
	free(list);
	puts("# kmemleak\n1..1");
	find_leaks();
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
