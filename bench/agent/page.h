/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUBENCH_AGENT_PAGE_H
#define LUBENCH_AGENT_PAGE_H

#include <stdint.h>
#include <unistd.h>

/** LARGE_PAGE - bytes of a large page of a guest, whatever the kernel's pages are. */
#define LARGE_PAGE (2ULL << 20)

/** kernel_page() - Return: bytes of the smallest page, which arm64 has in three sizes. */
static inline uint64_t kernel_page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

#endif
