// SPDX-License-Identifier: GPL-2.0-only
#include "agent/session.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/liveupdate.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/err.h"

#define LUO_DEVICE "/dev/liveupdate"

static const char *token_name(enum session_token token)
{
	switch (token) {
	case SESSION_STATE:
		return "state memfd";
	case SESSION_GUEST:
		return "guest memfd";
	case SESSION_IOMMUFD:
		return "iommufd";
	case SESSION_PLUGS:
		break;
	}
	return "file";
}

static int luo_open(void)
{
	int fd = open(LUO_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return err_set(errno, LUO_DEVICE
			       ": the kernel needs CONFIG_LIVEUPDATE, kho=on liveupdate=on "
			       "and memory for what KHO sets aside");
	return fd;
}

int session_create(void)
{
	struct liveupdate_ioctl_create_session cmd = { .size = sizeof(cmd), .name = SESSION_NAME };
	int luo, rc;

	luo = luo_open();
	if (luo < 0)
		return luo;
	rc = ioctl(luo, LIVEUPDATE_IOCTL_CREATE_SESSION, &cmd);
	if (rc)
		rc = err_set(errno, "LIVEUPDATE_IOCTL_CREATE_SESSION");
	close(luo);
	return rc ? rc : cmd.fd;
}

int session_retrieve(void)
{
	struct liveupdate_ioctl_retrieve_session cmd = {
		.size = sizeof(cmd),
		.name = SESSION_NAME,
	};
	int luo, rc;

	luo = luo_open();
	if (luo < 0)
		return luo;
	rc = ioctl(luo, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &cmd);
	if (rc)
		rc = err_set(errno, "LIVEUPDATE_IOCTL_RETRIEVE_SESSION");
	close(luo);
	return rc ? rc : cmd.fd;
}

int session_preserve(int session, int fd, enum session_token token)
{
	struct liveupdate_session_preserve_fd cmd = {
		.size = sizeof(cmd),
		.fd = fd,
		.token = token,
	};

	if (ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &cmd))
		return err_set(errno, "LIVEUPDATE_SESSION_PRESERVE_FD of the %s",
			       token_name(token));
	return 0;
}

int session_take(int session, enum session_token token)
{
	struct liveupdate_session_retrieve_fd cmd = { .size = sizeof(cmd), .token = token };

	if (ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &cmd))
		return err_set(errno, "LIVEUPDATE_SESSION_RETRIEVE_FD of the %s",
			       token_name(token));
	return cmd.fd;
}

int session_finish(int session)
{
	struct liveupdate_session_finish cmd = { .size = sizeof(cmd) };

	if (ioctl(session, LIVEUPDATE_SESSION_FINISH, &cmd))
		return err_set(errno, "LIVEUPDATE_SESSION_FINISH");
	return 0;
}
