/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4), to name inputs by content. */
#ifndef LUBENCH_COMMON_SHA256_H
#define LUBENCH_COMMON_SHA256_H

#include <stddef.h>

/** sha256_hex() - digest of @len bytes as 64 lower-case digits and a NUL in @hex. */
void sha256_hex(const void *data, size_t len, char hex[65]);

/** sha256_file() - the digest of a file's content. Return: 0, or -errno with @hex empty. */
int sha256_file(const char *path, char hex[65]);

#endif
