/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol with the controller: one JSON object a line over the serial port that lubench.proto=
 * on the kernel's command line names, /dev/ttyS1 without it. The names of what is in them are in
 * common/protocol.h.
 */
#ifndef LUBENCH_AGENT_PROTO_H
#define LUBENCH_AGENT_PROTO_H

#include <jansson.h>
#include <stdint.h>

/** proto_read() - wait for the next object. Return: it, or NULL when the port is gone. */
json_t *proto_read(void);

/** proto_send() - send an object, and free it. */
void proto_send(json_t *obj);

/** proto_error() - say what went wrong; @id is the request's, or negative for none. */
void proto_error(int64_t id, const char *message);

/** proto_progress() - say how far a step of the request is. */
void proto_progress(int64_t id, const char *step, uint64_t done, uint64_t total);

/** proto_drain() - wait until everything sent has left. */
void proto_drain(void);

#endif
