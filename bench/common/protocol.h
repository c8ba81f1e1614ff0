/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names on the wire between lubench and lubench-agent, for both programs: one JSON object a line. A
 * name that is not here is not sent; the texts that follow a name are in the table that is named with it.
 */
#ifndef LUBENCH_COMMON_PROTOCOL_H
#define LUBENCH_COMMON_PROTOCOL_H

/* Raised when a message changes its meaning; new names do not. */
#define PROTO_VERSION 1

/* To the agent: what it shall do. */
#define PROTO_CMD "cmd"
#define PROTO_CMD_SAMPLE "sample"
#define PROTO_CMD_POWEROFF "poweroff"

/* From the agent: what this message is. */
#define PROTO_EV "ev"
#define PROTO_EV_HELLO "hello" /* once, after switching on */
#define PROTO_EV_PROGRESS "progress"
#define PROTO_EV_SAMPLE "sample" /* the answer to PROTO_CMD_SAMPLE */
#define PROTO_EV_ERROR "error"

/* In both: which request a message belongs to; null in an error that belongs to none. */
#define PROTO_ID "id"

/* PROTO_CMD_SAMPLE: what the sample is, see struct request of the agent. */
#define PROTO_DESIGN "design" /* a name of common/designs.def */
#define PROTO_GUEST_BYTES "guest_bytes"
#define PROTO_PAGE_BYTES "page_bytes"
#define PROTO_LAYOUT "layout"
#define PROTO_BACKING "backing"
#define PROTO_BACKING_BYTES "backing_bytes"
#define PROTO_DEVICES "devices" /* also PROTO_EV_HELLO: a list of those that there are */
#define PROTO_ITERATION "iteration"
#define PROTO_SEED "seed"
#define PROTO_STAGE "stage"
#define PROTO_REDRIVE "redrive" /* a word of common/redrives.c, or null */
#define PROTO_ATTACK "attack" /* the same */
#define PROTO_DIE_AT "die_at" /* a mark of common/phases.c, or null */
#define PROTO_START_S "start_s" /* uptime to begin at; 0 for at once */
#define PROTO_DELAY_PHASE "delay_phase"
#define PROTO_DELAY_PERMILLE "delay_permille"

/* PROTO_EV_HELLO: what the machine is. */
#define PROTO_PROTO "proto" /* PROTO_VERSION */
#define PROTO_AGENT "version"
#define PROTO_AGENT_SHA256 "agent_sha256" /* null when unknown */
#define PROTO_KERNEL "kernel"
#define PROTO_CMDLINE "cmdline"
#define PROTO_CPUS "cpus"
#define PROTO_MEMORY "memory"
#define PROTO_CLOCK "clock"
#define PROTO_CLOCK_HZ "clock_hz" /* also PROTO_EV_SAMPLE */
#define PROTO_IOMMU "iommu"
#define PROTO_IOMMU_KIND "kind" /* the capabilities beside it are whole numbers, by name */
#define PROTO_IOMMU_UNITS "units"
#define PROTO_IOAS "ioas" /* options of every IOAS, as "huge_pages=1"; null when unknown */
#define PROTO_MARK_NS "mark_ns"
#define PROTO_MARK_NS_AGENT "agent"
#define PROTO_LIVEUPDATE "liveupdate"
#define PROTO_KERNEL_MARKS "kernel_marks"
#define PROTO_KMEMLEAK "kmemleak"
#define PROTO_PERF "perf" /* true, or why cycles and instructions are not counted */

/* PROTO_EV_PROGRESS */
#define PROTO_STEP "step"
#define PROTO_DONE "done"
#define PROTO_TOTAL "total"

/* PROTO_EV_ERROR */
#define PROTO_MESSAGE "message"

/* PROTO_EV_SAMPLE: what was seen. */
#define PROTO_MARKS "marks" /* raw counter values by the names of common/phases.c */
#define PROTO_IDLE "idle" /* per mark, what the clock did in idle CPUs by then; or null */
#define PROTO_SUMS "sums" /* ticks of that clock by the names of lu_sums there, or null */
#define PROTO_SCATTER "scatter"
#define PROTO_BYTES "bytes"
#define PROTO_BYTES_SERIALISED "serialised"
#define PROTO_BYTES_TABLES "tables"
#define PROTO_BYTES_EXTRA_PEAK "extra_peak"
#define PROTO_COUNTERS "counters" /* by name; also PROTO_EV_HELLO */
#define PROTO_VERIFIED "verified"
#define PROTO_ERROR "error" /* a text, or null */
#define PROTO_ERRNO "errno" /* of the refused adoption, or null */
#define PROTO_DIFF "diff" /* where the tree differs: an object, or null */
#define PROTO_DIFF_KIND "kind" /* a word */
#define PROTO_DIFF_IOVA "iova"
#define PROTO_GENERATION "generation"

#endif
