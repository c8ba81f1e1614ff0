// SPDX-License-Identifier: GPL-2.0-only
#include "agent/kmemleak.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define DEBUGFS "/sys/kernel/debug"
#define KMEMLEAK DEBUGFS "/kmemleak"

/* An object counts as a leak when it is this old, and has not changed since the scan before. */
#define MIN_AGE_S 6
#define SCANS 2

static int scan(void)
{
	int fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, "scan", 4) != 4)
		rc = -errno;
	close(fd);
	return rc;
}

bool kmemleak_is_there(void)
{
	return (!mount("debugfs", DEBUGFS, "debugfs", 0, NULL) || errno == EBUSY) &&
	       !access(KMEMLEAK, F_OK);
}

void kmemleak_tell(void)
{
	char line[256];
	FILE *f;
	int rc = 0;

	if (!kmemleak_is_there())
		return;
	for (int i = 0; !rc && i < SCANS; i++) {
		sleep(MIN_AGE_S);
		rc = scan();
	}
	f = fopen(KMEMLEAK, "re");
	if (rc || !f) {
		fprintf(stderr, "kmemleak cannot scan: %s\n", strerror(rc ? -rc : errno));
	} else {
		while (fgets(line, sizeof(line), f))
			fputs(line, stderr);
		fputs("kmemleak has scanned memory\n", stderr);
	}
	if (f)
		fclose(f);
}
