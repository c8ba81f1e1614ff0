// SPDX-License-Identifier: GPL-2.0-only
#include "agent/initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/err.h"

static int put(int out, const void *buf, size_t len)
{
	ssize_t n = write(out, buf, len);

	if (n == (ssize_t)len)
		return 0;
	return err_set(n < 0 ? errno : ENOSPC, "initramfs: write");
}

static int pad(int out, size_t len)
{
	static const char zeros[4];

	return put(out, zeros, -len & 3);
}

/*
 * One header of the "newc" format: magic and thirteen fields of eight hexadecimal digits, then the
 * name; header with name and data are each padded to four bytes.
 * Documentation/driver-api/early-userspace/buffer-format.rst
 */
static int put_header(int out, const char *name, unsigned int mode, size_t size, dev_t rdev)
{
	static unsigned int ino;
	size_t name_len = strlen(name) + 1;
	char head[111];
	int rc;

	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 ++ino, mode, 0, 0, 1, 0, (unsigned int)size, 0, 0, major(rdev), minor(rdev),
		 (unsigned int)name_len, 0);
	rc = put(out, head, 110);
	if (!rc)
		rc = put(out, name, name_len);
	return rc ? rc : pad(out, 110 + name_len);
}

static int put_file(int out, const char *name, const char *path)
{
	struct stat st;
	off_t left;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(errno, "initramfs: %s", path);
	rc = fstat(fd, &st) ? err_set(errno, "initramfs: %s", path) : 0;
	if (!rc)
		rc = put_header(out, name, S_IFREG | 0755, (size_t)st.st_size, 0);
	left = st.st_size;
	while (!rc && left) {
		ssize_t n = sendfile(out, fd, NULL, (size_t)left);

		if (n <= 0)
			rc = err_set(n ? errno : EIO, "initramfs: copy %s", path);
		else
			left -= n;
	}
	close(fd);
	return rc ? rc : pad(out, (size_t)st.st_size);
}

int initramfs_pack(void)
{
	int out, rc;

	out = memfd_create("lubench-initramfs", MFD_CLOEXEC);
	if (out < 0)
		return err_set(errno, "initramfs: memfd_create");
	rc = put_header(out, "dev", S_IFDIR | 0755, 0, 0);
	if (!rc)
		rc = put_header(out, "dev/console", S_IFCHR | 0600, 0, makedev(5, 1));
	if (!rc)
		rc = put_file(out, "init", "/proc/self/exe");
	if (!rc)
		rc = put_file(out, "kernel", INITRAMFS_KERNEL);
	if (!rc)
		rc = put_header(out, "TRAILER!!!", 0, 0, 0);
	if (!rc)
		return out;
	close(out);
	return rc;
}
