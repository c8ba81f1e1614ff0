/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors that travel up: a negative errno to act on, and one line for the user that says what
 * failed, on what, and what to do.
 */
#ifndef LUBENCH_COMMON_ERROR_H
#define LUBENCH_COMMON_ERROR_H

/**
 * lu_fail() - set the message of an error, keeping the first one.
 * @err: where the message goes, malloc()ed; NULL when nobody wants it. An earlier one is kept.
 * @code: negative errno.
 *
 * Return: @code, so that a caller can `return lu_fail(...)`.
 */
int lu_fail(char **err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * lu_fail_prefix() - put "PREFIX" in front of a message that is already there.
 *
 * Return: @code.
 */
int lu_fail_prefix(char **err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
