/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live update session that carries a sample over the kexec.
 */
#ifndef LUBENCH_AGENT_SESSION_H
#define LUBENCH_AGENT_SESSION_H

#include <stdint.h>

#define SESSION_NAME "lubench"

/** enum session_token - what a file in the session is. */
enum session_token {
	SESSION_STATE = 1,
	SESSION_GUEST = 2,
	SESSION_IOMMUFD = 3,
	SESSION_PLUGS = 16, /* and above: never handed over, only pinned for a while */
};

/** session_create() - Return: a new session, or -errno. */
int session_create(void);

/** session_retrieve() - Return: the session of the kernel before, -ENOENT without one, or -errno. */
int session_retrieve(void);

/** session_preserve() - hand a file to the next kernel. Return: 0 or -errno. */
int session_preserve(int session, int fd, enum session_token token);

/** session_take() - Return: the file of that token from the kernel before, or -errno. */
int session_take(int session, enum session_token token);

/** session_finish() - tell the kernel that nothing more is taken. Return: 0 or -errno. */
int session_finish(int session);

#endif
