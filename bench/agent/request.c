// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/err.h"
#include "agent/page.h"
#include "common/protocol.h"

static const char *const layouts[] = {
	[LAYOUT_CONTIG] = "contig",
	[LAYOUT_FRAGMENTED] = "fragmented",
	[LAYOUT_HOLES] = "holes",
	[LAYOUT_MIXED] = "mixed",
};

static const char *const backings[] = { "real", "aliased" };
static const char *const stages[] = { "second", "first" };

#define NR(table) (sizeof(table) / sizeof((table)[0]))

/* The place of the word under @key in @words; absent or null means the first one. */
static int get_word(const json_t *obj, const char *key, const char *const *words, size_t nr)
{
	const json_t *val = json_object_get(obj, key);
	char allowed[512] = "";
	size_t len = 0;

	if (!val || json_is_null(val))
		return 0;
	for (size_t i = 0; i < nr; i++) {
		if (json_is_string(val) && !strcmp(json_string_value(val), words[i]))
			return (int)i;
		len += (size_t)snprintf(allowed + len, sizeof(allowed) - len, " %s", words[i]);
		if (len >= sizeof(allowed))
			len = sizeof(allowed) - 1;
	}
	return err_set(EINVAL, "request: %s must be one of%s", key, allowed);
}

/* A whole number under @key within [@min, @max]; absent or null means @def. */
static int get_number(const json_t *obj, const char *key, int64_t min, int64_t max, int64_t def,
		      int64_t *out)
{
	const json_t *val = json_object_get(obj, key);

	*out = def;
	if (val && !json_is_null(val)) {
		if (!json_is_integer(val))
			return err_set(EINVAL, "request: %s must be a whole number", key);
		*out = json_integer_value(val);
	}
	if (*out < min || *out > max)
		return err_set(EINVAL, "request: %s is %lld, allowed is %lld to %lld", key,
			       (long long)*out, (long long)min, (long long)max);
	return 0;
}

static int get_sizes(const json_t *obj, struct request *req)
{
	int64_t guest, page, backing;
	int rc;

	rc = get_number(obj, PROTO_GUEST_BYTES, 4096, 1LL << 56, 0, &guest);
	if (!rc)
		rc = get_number(obj, PROTO_PAGE_BYTES, 4096, LARGE_PAGE, (int64_t)kernel_page(),
				&page);
	if (!rc)
		rc = get_number(obj, PROTO_BACKING_BYTES, 4096, 1LL << 56, guest, &backing);
	if (rc)
		return rc;
	if ((uint64_t)page != kernel_page() && (uint64_t)page != LARGE_PAGE)
		return err_set(
			EINVAL,
			"request: page_bytes is %lld: this kernel has pages of %llu and %llu",
			(long long)page, (unsigned long long)kernel_page(),
			(unsigned long long)LARGE_PAGE);
	if (guest % page || backing % page)
		return err_set(EINVAL,
			       "request: guest_bytes and backing_bytes must be multiples of %lld",
			       (long long)page);
	req->guest_bytes = (uint64_t)guest;
	req->page_bytes = (uint64_t)page;
	req->backing_bytes = req->aliased && backing < guest ? (uint64_t)backing : (uint64_t)guest;
	return 0;
}

static int get_delay(const json_t *obj, struct request *req)
{
	const json_t *phase = json_object_get(obj, PROTO_DELAY_PHASE);
	int64_t permille;
	int rc;

	rc = get_number(obj, PROTO_DELAY_PERMILLE, 0, 1000000, 0, &permille);
	if (rc)
		return rc;
	req->delay_permille = (unsigned int)permille;
	req->delay_phase = NULL;
	if (!permille || !json_is_string(phase))
		return 0;
	req->delay_phase = lu_phase_by_name(json_string_value(phase));
	if (!req->delay_phase ||
	    (req->delay_phase->end != LU_RETRIEVE_END && req->delay_phase->end != LU_REDRIVE_END &&
	     req->delay_phase->end != LU_ATTACH_END && req->delay_phase->end != LU_VM_RESUME))
		return err_set(EINVAL,
			       "request: delay_phase %s must be one of the agent's own: "
			       "retrieve redrive attach resume",
			       json_string_value(phase));
	return 0;
}

static int get_die_at(const json_t *obj, struct request *req)
{
	const json_t *val = json_object_get(obj, PROTO_DIE_AT);
	const char *name = json_string_value(val);

	req->die_at = LU_NO_MARK;
	if (!val || json_is_null(val))
		return 0;
	if (name)
		req->die_at = lu_mark_by_name(name);
	if (req->die_at == LU_NO_MARK || !strstr(lu_marks[req->die_at].where, "agent"))
		return err_set(EINVAL, "request: die_at %s must be a mark of the agent's own",
			       name ? name : "");
	return 0;
}

int request_parse(const json_t *obj, struct request *req)
{
	const char *design = json_string_value(json_object_get(obj, PROTO_DESIGN));
	int layout, redrive, attack, backing, stage, rc;
	int64_t devices, seed;

	memset(req, 0, sizeof(*req));
	rc = get_number(obj, PROTO_ID, 0, INT64_MAX, 0, &req->id);
	if (rc)
		return rc;
	if (!design || strlen(design) >= sizeof(req->design))
		return err_set(EINVAL, "request: design is missing or too long");
	memcpy(req->design, design, strlen(design) + 1);
	layout = get_word(obj, PROTO_LAYOUT, layouts, NR(layouts));
	if (layout < 0)
		return layout;
	redrive = get_word(obj, PROTO_REDRIVE, redrive_names, NR_REDRIVES);
	if (redrive < 0)
		return redrive;
	attack = get_word(obj, PROTO_ATTACK, attack_names, NR_ATTACKS);
	if (attack < 0)
		return attack;
	backing = get_word(obj, PROTO_BACKING, backings, NR(backings));
	if (backing < 0)
		return backing;
	stage = get_word(obj, PROTO_STAGE, stages, NR(stages));
	if (stage < 0)
		return stage;
	req->layout = (enum layout)layout;
	req->redrive = (enum redrive)redrive;
	req->attack = (enum attack)attack;
	req->aliased = backing == 1;
	req->first_stage = stage == 1;
	rc = get_sizes(obj, req);
	if (!rc)
		rc = get_number(obj, PROTO_DEVICES, 1, 8, 1, &devices);
	if (!rc)
		rc = get_number(obj, PROTO_SEED, INT64_MIN, INT64_MAX, 1, &seed);
	if (!rc)
		rc = get_number(obj, PROTO_START_S, 0, 1000000, 0, &req->start_s);
	if (!rc)
		rc = get_delay(obj, req);
	if (!rc)
		rc = get_die_at(obj, req);
	if (rc)
		return rc;
	req->devices = (unsigned int)devices;
	req->seed = (uint64_t)seed;
	return 0;
}
