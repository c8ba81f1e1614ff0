/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The marks of one live update and the phases between them: the one table that agent, controller,
 * statistics and report share. The words are those of results/README.md.
 */
#ifndef LUBENCH_COMMON_PHASES_H
#define LUBENCH_COMMON_PHASES_H

#include <stddef.h>

/** enum lu_mark - the points in time of one sample, in the order in which they pass. */
enum lu_mark {
	LU_BROWNOUT_BEGIN,
	LU_PRESERVE_BEGIN,
	LU_PRESERVE_END,
	LU_VM_PAUSE,
	LU_FREEZE_BEGIN,
	LU_FREEZE_END,
	LU_REBOOT_ENTER,
	LU_DEVICES_DOWN,
	LU_JUMP,
	LU_ENTRY,
	LU_START_KERNEL,
	LU_KHO_RESTORED,
	LU_INITCALLS_DONE,
	LU_INIT_EXEC,
	LU_AGENT_START,
	LU_RETRIEVE_BEGIN,
	LU_RETRIEVE_END,
	LU_REDRIVE_BEGIN,
	LU_REDRIVE_END,
	LU_RESTORE_BEGIN,
	LU_RESTORE_END,
	LU_VERIFY_BEGIN,
	LU_VERIFY_END,
	LU_ADOPT_BEGIN,
	LU_ADOPT_END,
	LU_ATTACH_END,
	LU_VM_RESUME,
	LU_DMA_VERIFIED,
	LU_TAIL_END,
	LU_NR_MARKS,
	LU_NO_MARK = -1,
};

/**
 * struct lu_mark_info - one row of the table of marks.
 * @name: as it stands in run.json and on the protocol.
 * @where: who records it: "old agent", "old kernel", "new kernel" or "new agent".
 * @what: what has just happened, in words.
 */
struct lu_mark_info {
	const char *name;
	const char *where;
	const char *what;
};

extern const struct lu_mark_info lu_marks[LU_NR_MARKS];

/**
 * struct lu_phase - one interval inside the blackout.
 * @name: as it stands in run.json.
 * @begin: first mark that is present of these, tried in order; LU_NO_MARK ends the list.
 * @end: the mark at which it ends.
 * @optional: a design without this step has neither mark; the phase is then left out.
 * @what: what happens in it, in words.
 */
struct lu_phase {
	const char *name;
	enum lu_mark begin[4];
	enum lu_mark end;
	int optional;
	const char *what;
};

/* In the order in which they happen. */
extern const struct lu_phase lu_phases[];
extern const size_t lu_nr_phases;

/** lu_mark_by_name() - Return: the mark of that name, LU_NO_MARK when there is none. */
enum lu_mark lu_mark_by_name(const char *name);

/** lu_phase_by_name() - Return: the row of that phase, NULL when there is none. */
const struct lu_phase *lu_phase_by_name(const char *name);

/**
 * lu_phase_end_name() - the mark at which a phase of a run ends.
 * @name: a phase of today, or one that only runs of schema lubench-run/1 have.
 *
 * Return: its name, NULL for a phase that no run has.
 */
const char *lu_phase_end_name(const char *name);

/**
 * struct lu_sum - work that alternates with other work, so that no marks can lie around it: the time
 * of all its pieces is added up.
 * @name: on the protocol.
 * @counter: in run.json.
 * @what: what is done in it, in words.
 */
struct lu_sum {
	const char *name;
	const char *counter;
	const char *what;
};

/** enum lu_sum_id - index into lu_sums. */
enum lu_sum_id {
	LU_SUM_PIN,
	LU_SUM_MAP,
	LU_SUM_COMPARE,
	LU_SUM_CLAIM,
	LU_SUM_FREE,
	LU_NR_SUMS,
};

extern const struct lu_sum lu_sums[LU_NR_SUMS];

#endif
