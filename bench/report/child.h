/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another program, run to its end.
 */
#ifndef LUBENCH_REPORT_CHILD_H
#define LUBENCH_REPORT_CHILD_H

/**
 * child_run() - run a program found in PATH, without input.
 * @argv: ends with NULL.
 * @dir: its working folder.
 * @timeout_s: after so many seconds it is killed.
 * @out: what it wrote to standard output and error, malloc()ed; may be NULL.
 *
 * Return: 0 when it exited with 0, -ENOENT when there is no such program, -EIO when it failed,
 * -ETIMEDOUT, -EINTR when interrupt_pending(), or -errno when it could not be started.
 */
int child_run(char *const argv[], const char *dir, int timeout_s, char **out);

#endif
