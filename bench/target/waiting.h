/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a process had work to do and no processor to do it on. */
#ifndef LUBENCH_TARGET_WAITING_H
#define LUBENCH_TARGET_WAITING_H

#include <stdint.h>
#include <sys/types.h>

/**
 * waiting_ns() - time that the threads of a process have been runnable but did not run
 *
 * The run delay of Documentation/scheduler/sched-stats.rst, summed over the threads there are.
 * Return: ns, LU_NULL when the kernel does not count it or the process is gone.
 */
int64_t waiting_ns(pid_t pid);

#endif
