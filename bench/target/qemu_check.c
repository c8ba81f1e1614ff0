// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a workload fits a machine of QEMU, told before anything is started. */
#include "target/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/redrives.h"

#define MIB (1LL << 20)

/* What the kernel, its tables, the agent and KHO's scratch area need beside the guest. */
#define DUT_OVERHEAD (640 * MIB)

/* As many as find room with their VFs, see qemu.c. */
#define MAX_DEVICES 7

static int check_words(const struct workload *w, const struct matrix *m, const char *key,
		       const struct word_list *list, const char *const *allowed, char **err)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *const *word = allowed;
		char text[512] = "";
		size_t used = 0;

		for (; *word && strcmp(*word, list->v[i]); word++)
			if (used < sizeof(text))
				used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
							 used ? ", " : "", *word);
		if (!*word)
			return lu_fail(err, -EINVAL,
				       "%s:%d: '%s' is not a value for %s: allowed "
				       "here are %s",
				       w->path, matrix_line(m, key), list->v[i], key,
				       *text ? text : "none");
	}
	return 0;
}

/* Bytes of page table, at most, for this many bytes in pages of this size. */
static int64_t table_bytes(int64_t guest, int64_t page)
{
	/* Eight bytes an entry; the levels above add less than a part in 500. */
	return guest / page * 8 + guest / page * 8 / 500 + MIB;
}

static int check_memory(const struct workload *w, const struct matrix *m, int64_t guest,
			int64_t page, const char *backing, char **err)
{
	int64_t need = !strcmp(backing, "aliased") ? m->backing_size : guest;
	char a[32], b[32];

	/* Pinning moves pages about, which needs room; then the tree and a second one beside it. */
	need += need / 4 + 2 * table_bytes(guest, page) + DUT_OVERHEAD;
	if (need <= w->dut.memory)
		return 0;
	return lu_fail(err, -EINVAL,
		       "%s:%d: guest_size %s with backing = %s needs a DUT of %s: raise memory in "
		       "[dut], or take backing = aliased",
		       w->path, matrix_line(m, "guest_size"), size_text(guest, a, sizeof(a)),
		       backing,
		       size_text((need + 64 * MIB - 1) / (64 * MIB) * (64 * MIB), b, sizeof(b)));
}

static int check_matrix(const struct workload *w, const struct matrix *m, char **err)
{
	static const char *const none[] = { NULL };
	int ret;

	for (size_t i = 0; i < m->backing.n; i++)
		if (!strcmp(m->backing.v[i], "aliased") && !m->backing_size)
			return lu_fail(err, -EINVAL,
				       "%s:%d: backing = aliased needs backing_size: add a size "
				       "like 64M",
				       w->path, matrix_line(m, "backing"));
	for (size_t i = 0; i < m->devices.n; i++)
		if (m->devices.v[i] < 1 || m->devices.v[i] > MAX_DEVICES)
			return lu_fail(err, -EINVAL, "%s:%d: devices is %lld: allowed are 1 to %d",
				       w->path, matrix_line(m, "devices"),
				       (long long)m->devices.v[i], MAX_DEVICES);
	for (size_t p = 0; p < m->page_size.n; p++) {
		for (size_t g = 0; g < m->guest_size.n; g++) {
			for (size_t b = 0; b < m->backing.n; b++) {
				ret = check_memory(w, m, m->guest_size.v[g], m->page_size.v[p],
						   m->backing.v[b], err);
				if (ret)
					return ret;
			}
		}
	}
	ret = check_words(w, m, "variant", &m->variant, none, err);
	if (!ret)
		ret = check_words(w, m, "redrive", &m->redrive, redrive_names, err);
	return ret ? ret : check_words(w, m, "attack", &m->attack, attack_names + 1, err);
}

int qemu_check(const struct workload *w, char **err)
{
	if (err)
		*err = NULL;
	for (size_t i = 0; i < w->nr_matrix; i++) {
		int ret = check_matrix(w, &w->matrix[i], err);

		if (ret)
			return ret;
	}
	return 0;
}
