/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ctrl-C while a report is written: nothing half-done stays behind.
 */
#ifndef LUBENCH_REPORT_INTERRUPT_H
#define LUBENCH_REPORT_INTERRUPT_H

#include <stdbool.h>

/**
 * interrupt_catch() - from here on INT, TERM and HUP are only noted.
 *
 * Calls may be nested. One that was ignored before stays ignored.
 */
void interrupt_catch(void);

/** interrupt_pending() - Return: whether one came; then stop, clean up and return. */
bool interrupt_pending(void);

/**
 * interrupt_release() - undo interrupt_catch(), and raise what was noted.
 *
 * Whoever called finds the signal handled as they wanted it to be; by default the process ends.
 */
void interrupt_release(void);

#endif
