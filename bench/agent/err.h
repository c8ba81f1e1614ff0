/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line that says why the last call failed, beside its negative errno.
 */
#ifndef LUBENCH_AGENT_ERR_H
#define LUBENCH_AGENT_ERR_H

/**
 * err_set() - remember why something failed.
 * @err: errno, positive or negative; 0 stands for EIO.
 * @fmt: what failed and on what; the text of @err is appended.
 *
 * Return: -errno, for the caller to return.
 */
int err_set(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** err_say() - as err_set(), for a line that says everything already. Return: -errno. */
int err_say(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** err_text() - Return: the line of the last err_set(), without newline. */
const char *err_text(void);

#endif
