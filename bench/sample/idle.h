/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting told apart from work. A virtual machine whose clock counts instructions lets it jump ahead
 * where nothing runs: 100 ms after the reset of a device would read as 100 million instructions.
 */
#ifndef LUBENCH_SAMPLE_IDLE_H
#define LUBENCH_SAMPLE_IDLE_H

#include <stdbool.h>

#include <jansson.h>

/**
 * sample_take_idle() - find out how much of a sample's blackout the DUT was idle.
 * @msg: the agent's "sample" message. With "idle" it says for each mark how much of the clock had passed
 *	in idle CPUs by then, counted anew by each kernel.
 * @subtract: the clock counts instructions: take what was idle out of the marks.
 *
 * Sets the message's counter "idle_ns" (of the blackout, in the sample's unit; absent when unknown), and
 * with @subtract moves the marks. A message without idle times, or with ones that contradict each other,
 * stays as it is.
 * Return: 0 or -ENOMEM.
 */
int sample_take_idle(json_t *msg, bool subtract);

#endif
