/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine of QEMU as it was right after its boot, so that every sample gets a fresh machine without
 * booting one. It is QEMU's migration stream in a memfd: nothing is left behind when this program dies.
 *
 * For a clock that counts instructions only: the state holds the count, so that a machine that starts
 * from it continues as if it had never stopped.
 */
#ifndef LUBENCH_TARGET_SNAPSHOT_H
#define LUBENCH_TARGET_SNAPSHOT_H

/**
 * snapshot_save() - stop a machine that is waiting for its first request, and keep its state.
 * @qmp_fd: QEMU's control channel, not yet used.
 * @cancel_fd: becomes readable when the user wants to stop; -1 for none.
 *
 * The machine is of no more use afterwards.
 * Return: a memfd, or -errno with @err as qmp_run(); -EREMOTEIO also where the machine has something
 * that QEMU cannot save.
 */
int snapshot_save(int qmp_fd, int cancel_fd, char **err);

/**
 * snapshot_source() - where QEMU finds the state.
 * @fd: from snapshot_save().
 *
 * Return: the argument of its option -incoming, malloc()ed; NULL without memory.
 */
char *snapshot_source(int fd);

/**
 * snapshot_resume() - wait until a machine that was started with -incoming has its state, and run it.
 *
 * Return: 0 or -errno with @err as snapshot_save().
 */
int snapshot_resume(int qmp_fd, int cancel_fd, char **err);

#endif
