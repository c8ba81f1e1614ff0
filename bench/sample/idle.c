// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/idle.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "common/phases.h"
#include "common/protocol.h"
#include "sample/sample.h"

/* What the clock did in idle CPUs from vm_pause to each mark; each kernel counts from 0. */
struct idle {
	bool has[LU_NR_MARKS];
	int64_t since_pause[LU_NR_MARKS];
};

static bool is_new_kernel(enum lu_mark mark)
{
	return mark >= LU_ENTRY;
}

static bool get(const json_t *obj, enum lu_mark mark, int64_t *value)
{
	const json_t *v = json_object_get(obj, lu_marks[mark].name);

	*value = json_integer_value(v);
	return json_is_integer(v);
}

/* Return: whether every mark has its idle time and none contradicts the clock. */
static bool read_idle(const json_t *marks, const json_t *idle, struct idle *out)
{
	int64_t pause, jump, at_pause;

	if (!get(idle, LU_VM_PAUSE, &pause) || !get(idle, LU_JUMP, &jump) || jump < pause ||
	    !get(marks, LU_VM_PAUSE, &at_pause))
		return false;
	for (int i = 0; i < LU_NR_MARKS; i++) {
		int64_t at, value;

		if (!get(marks, (enum lu_mark)i, &at))
			continue;
		if (!get(idle, (enum lu_mark)i, &value) || value < 0)
			return false;
		value -= pause;
		if (is_new_kernel((enum lu_mark)i))
			value += jump;
		if (at >= at_pause && (value < 0 || value > at - at_pause))
			return false;
		out->has[i] = true;
		out->since_pause[i] = value;
	}
	return true;
}

int sample_take_idle(json_t *msg, bool subtract)
{
	json_t *marks = json_object_get(msg, PROTO_MARKS),
	       *counters = json_object_get(msg, PROTO_COUNTERS);
	struct idle idle = { 0 };
	int64_t ns;

	if (!read_idle(marks, json_object_get(msg, PROTO_IDLE), &idle))
		return 0;
	if (idle.has[LU_VM_RESUME] && json_is_object(counters) &&
	    sample_to_ns(idle.since_pause[LU_VM_RESUME], 0,
			 json_integer_value(json_object_get(msg, PROTO_CLOCK_HZ)), &ns) &&
	    json_object_set_new(counters, "idle_ns", json_integer(ns)))
		return -ENOMEM;
	for (int i = 0; subtract && i < LU_NR_MARKS; i++) {
		json_t *mark = json_object_get(marks, lu_marks[i].name);

		if (idle.has[i] &&
		    json_integer_set(mark, json_integer_value(mark) - idle.since_pause[i]))
			return -ENOMEM;
	}
	return 0;
}
