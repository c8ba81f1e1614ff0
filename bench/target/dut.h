/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The talk with the agent on a DUT: JSON objects, one a line, both ways, over any byte stream.
 * A console line may carry anything, above all around a kexec; what is not a message is counted
 * and left aside. Every wait has an end.
 */
#ifndef LUBENCH_TARGET_DUT_H
#define LUBENCH_TARGET_DUT_H

#include <stdint.h>

#include <jansson.h>

#include "target/target.h"

struct dut;

/**
 * dut_new() - begin to talk.
 * @fd: stream to the agent; stays the caller's.
 * @cancel_fd: becomes readable when the user wants to stop; -1 for none.
 * @log: file to which every line of the talk is appended; NULL for none.
 *
 * Return: the talk, NULL without memory.
 */
struct dut *dut_new(int fd, int cancel_fd, const char *log);

/** dut_free() - end it. NULL is fine. */
void dut_free(struct dut *dut);

/**
 * dut_hello() - wait for the agent's first message.
 * @hello: on success the message; json_decref() it.
 *
 * Return: 0; -ETIMEDOUT, -ECONNRESET (the other side is gone), -EINTR (the user wants to stop),
 * -EPROTO (an agent of another version), each with @err.
 */
int dut_hello(struct dut *dut, int timeout_s, json_t **hello, char **err);

/**
 * dut_sample() - ask for a sample and wait for it.
 * @request: the "sample" command with its "id".
 * @timeout_s: longest time without any progress.
 * @result: on success the agent's "sample" message; json_decref() it.
 *
 * Return: 0; -EREMOTEIO when the agent says that it could not (@err is its reason); else as
 * dut_hello().
 */
int dut_sample(struct dut *dut, const json_t *request, int timeout_s,
	       const struct target_config *config, json_t **result, char **err);

/** dut_poweroff() - ask the DUT to switch itself off. Return: 0 or -errno. */
int dut_poweroff(struct dut *dut);

/** dut_garbage() - Return: lines so far that were no message. */
int64_t dut_garbage(const struct dut *dut);

#endif
