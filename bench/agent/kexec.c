// SPDX-License-Identifier: GPL-2.0-only
#include "agent/kexec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/err.h"
#include "agent/initramfs.h"

int kexec_cmdline(char *buf, size_t size)
{
	ssize_t len;
	int fd;

	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(errno, "/proc/cmdline");
	len = read(fd, buf, size - 1);
	close(fd);
	if (len < 0)
		return err_set(errno, "/proc/cmdline");
	buf[len] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return 0;
}

int kexec_load(const char *cmdline)
{
	int kernel, initrd, rc;

	kernel = open(INITRAMFS_KERNEL, O_RDONLY | O_CLOEXEC);
	if (kernel < 0)
		return err_set(errno, INITRAMFS_KERNEL ": the initramfs must hold the kernel");
	initrd = initramfs_pack();
	if (initrd < 0) {
		close(kernel);
		return initrd;
	}
	rc = (int)syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1, cmdline, 0UL);
	if (rc)
		rc = err_set(errno, "kexec_file_load of " INITRAMFS_KERNEL);
	close(initrd);
	close(kernel);
	return rc;
}

void kexec_unload(void)
{
	syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, (unsigned long)KEXEC_FILE_UNLOAD);
}

int kexec_go(void)
{
	reboot((int)LINUX_REBOOT_CMD_KEXEC);
	return err_set(errno, "reboot into the loaded kernel");
}

void kexec_poweroff(void)
{
	sync();
	reboot((int)LINUX_REBOOT_CMD_POWER_OFF);
	for (;;)
		pause();
}
