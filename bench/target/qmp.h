/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's control channel (QMP: docs/interop/qmp-spec.rst of QEMU): JSON objects, one a line, over a
 * socket that this program holds the other end of.
 */
#ifndef LUBENCH_TARGET_QMP_H
#define LUBENCH_TARGET_QMP_H

#include <jansson.h>

struct qmp;

/**
 * qmp_open() - wait for QEMU's greeting and leave the negotiation mode.
 * @fd: stays the caller's.
 * @cancel_fd: becomes readable when the user wants to stop; -1 for none.
 * @timeout_ms: for this and for every command.
 *
 * Return: 0; -ETIMEDOUT, -ECONNRESET (QEMU is gone), -EINTR (the user wants to stop), -EPROTO, -ENOMEM,
 * each with @err.
 */
int qmp_open(int fd, int cancel_fd, int timeout_ms, struct qmp **out, char **err);

/** qmp_close() - free it. NULL is allowed. */
void qmp_close(struct qmp *qmp);

/**
 * qmp_run() - run one command and wait for its answer; events in between are dropped.
 * @arguments: consumed; NULL for none.
 * @answer: what it returned; json_decref() it. May be NULL.
 *
 * Return: 0; -EREMOTEIO when QEMU refuses (@err is its reason); else as qmp_open().
 */
int qmp_run(struct qmp *qmp, const char *command, json_t *arguments, json_t **answer, char **err);

#endif
