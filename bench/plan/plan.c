// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"
#include "common/error.h"

/*
 * SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014):
 * the same order from the same seed on every machine.
 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Fisher-Yates. The bias of % is below 2^-40 for the lists at hand. */
static void shuffle(size_t *v, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = next_random(state) % i, swap = v[i - 1];

		v[i - 1] = v[j];
		v[j] = swap;
	}
}

/**
 * struct block - one combination; its designs are measured one after another.
 * @first: of its items in the list of one iteration.
 * @n: how many designs.
 * @iterations: how often.
 */
struct block {
	size_t first;
	size_t n;
	int64_t iterations;
};

struct maker {
	const struct workload *w;
	const struct plan_choice *choice;
	struct plan_item *item; /* one of each combination and design */
	size_t nr_items;
	struct block *block;
	size_t nr_blocks;
	struct plan *plan;
};

static bool known(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

static int add_item(struct maker *m, const struct plan_item *item)
{
	struct plan_item *bigger = reallocarray(m->item, m->nr_items + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	m->item = bigger;
	m->item[m->nr_items++] = *item;
	m->block[m->nr_blocks - 1].n++;
	return 0;
}

static int add_designs(struct maker *m, const struct matrix *matrix, struct plan_item *item)
{
	const char *const *design = m->choice->only ? m->choice->only : m->choice->designs;
	struct block *bigger = reallocarray(m->block, m->nr_blocks + 1, sizeof(*bigger));
	int ret = 0;

	if (!bigger)
		return -ENOMEM;
	m->block = bigger;
	m->block[m->nr_blocks] = (struct block){
		.first = m->nr_items,
		.iterations = m->choice->iterations ? m->choice->iterations : matrix->iterations,
	};
	item->block = (int64_t)m->nr_blocks++;
	if (!m->choice->only && matrix->design.n) {
		for (size_t i = 0; i < matrix->design.n && !ret; i++) {
			item->design = matrix->design.v[i];
			if (!item->attack || design_adopts(item->design))
				ret = add_item(m, item);
		}
		return ret;
	}
	for (; *design && !ret; design++) {
		item->design = *design;
		if (!item->attack || design_adopts(item->design))
			ret = add_item(m, item);
	}
	return ret;
}

/* The word at @i, or NULL from an empty list, which counts as one. */
static const char *word(const struct word_list *list, size_t i)
{
	return list->n ? list->v[i] : NULL;
}

static size_t count(size_t n)
{
	return n ? n : 1;
}

/*
 * The combinations of one matrix, counted through like the digits of a number, of which each has
 * its own base.
 */
static int add_matrix(struct maker *m, const struct matrix *x)
{
	enum {
		GUEST,
		PAGE,
		LAYOUT,
		BACKING,
		DEVICES,
		IOMMU,
		VARIANT,
		STAGE,
		REDRIVE,
		ATTACK,
		DIGITS
	};
	const size_t base[DIGITS] = {
		[GUEST] = x->guest_size.n,	 [PAGE] = x->page_size.n,
		[LAYOUT] = x->layout.n,		 [BACKING] = x->backing.n,
		[DEVICES] = x->devices.n,	 [IOMMU] = count(x->iommu.n),
		[VARIANT] = count(x->variant.n), [STAGE] = count(x->stage.n),
		[REDRIVE] = count(x->redrive.n), [ATTACK] = count(x->attack.n),
	};
	size_t d[DIGITS] = { 0 };

	for (;;) {
		struct plan_item item = {
			.guest_bytes = x->guest_size.v[d[GUEST]],
			.page_bytes = x->page_size.v[d[PAGE]],
			.layout = x->layout.v[d[LAYOUT]],
			.backing = x->backing.v[d[BACKING]],
			.devices = x->devices.v[d[DEVICES]],
			.iommu = word(&x->iommu, d[IOMMU]),
			.variant = word(&x->variant, d[VARIANT]),
			.stage = word(&x->stage, d[STAGE]),
			.redrive = word(&x->redrive, d[REDRIVE]),
			.attack = word(&x->attack, d[ATTACK]),
		};
		size_t i;
		int ret;

		if (!item.iommu)
			item.iommu = m->choice->iommus[0];
		item.backing_bytes = x->backing_size && !strcmp(item.backing, "aliased") ?
					     x->backing_size :
					     item.guest_bytes;
		ret = add_designs(m, x, &item);
		if (ret)
			return ret;
		for (i = 0; i < DIGITS && ++d[i] == base[i]; i++)
			d[i] = 0;
		if (i == DIGITS)
			return 0;
	}
}

static int check_words(const struct maker *m, const struct matrix *x, char **err)
{
	for (size_t i = 0; !m->choice->only && i < x->design.n; i++)
		if (!known(x->design.v[i], m->choice->designs))
			return lu_fail(err, -EINVAL,
				       "%s:%d: design '%s' is not known to this target: `lubench "
				       "list targets` shows what is",
				       m->w->path, matrix_line(x, "design"), x->design.v[i]);
	for (size_t i = 0; i < x->iommu.n; i++)
		if (!known(x->iommu.v[i], m->choice->iommus))
			return lu_fail(err, -EINVAL,
				       "%s:%d: iommu '%s' is not known to this target: `lubench "
				       "list targets` shows what is",
				       m->w->path, matrix_line(x, "iommu"), x->iommu.v[i]);
	return 0;
}

static int check_only(const struct plan_choice *choice, char **err)
{
	for (const char *const *d = choice->only; d && *d; d++)
		if (!known(*d, choice->designs))
			return lu_fail(err, -EINVAL,
				       "design '%s' is not known to this target: `lubench list "
				       "targets` shows what is",
				       *d);
	for (const char *const *d = choice->only; d && *d; d++)
		for (const char *const *e = choice->only; e != d; e++)
			if (!strcmp(*d, *e))
				return lu_fail(err, -EINVAL, "design '%s' is named twice", *d);
	return 0;
}

/**
 * williams() - one row of a Williams design
 * @n: designs, at least 1.
 * @row: any number; rows repeat after n, for an odd @n after 2 n.
 * @order: on return which design comes first, second, …
 *
 * The first row is 0, 1, n-1, 2, n-2, …: the steps between neighbours are all different, so that the
 * rows that follow from it by adding 1 modulo n have each ordered pair of neighbours once when n is
 * even. For an odd n the square and its mirror image together have each pair twice.
 */
static void williams(size_t n, size_t row, size_t *order)
{
	bool mirrored = n % 2 && row / n % 2;

	for (size_t i = 0; i < n; i++) {
		size_t step = i % 2 ? (i + 1) / 2 : (n - i / 2) % n;

		order[mirrored ? n - 1 - i : i] = (step + row) % n;
	}
}

/* Which design is which number of the square, by chance; the same in the whole plan. */
static void name_designs(size_t n, uint64_t seed, size_t *names)
{
	uint64_t random = seed + n;

	for (size_t i = 0; i < n; i++)
		names[i] = i;
	shuffle(names, n, &random);
}

/* One pass over all blocks that have another iteration, in a random order. */
static int lay_out_iteration(struct maker *m, int64_t iteration, uint64_t *random)
{
	size_t *blocks = calloc(m->nr_blocks + 1, sizeof(*blocks)), n = 0;
	size_t *order = calloc(m->nr_items + 1, sizeof(*order));
	size_t *names = calloc(m->nr_items + 1, sizeof(*names));
	struct plan *plan = m->plan;

	if (!blocks || !order || !names) {
		free(blocks);
		free(order);
		free(names);
		return -ENOMEM;
	}
	for (size_t i = 0; i < m->nr_blocks; i++)
		if (iteration < m->block[i].iterations)
			blocks[n++] = i;
	shuffle(blocks, n, random);
	for (size_t i = 0; i < n; i++) {
		const struct block *b = &m->block[blocks[i]];
		uint64_t seed = next_random(random);

		name_designs(b->n, m->choice->seed, names);
		/* The next iteration of a block takes the next row, so does the next block. */
		williams(b->n, blocks[i] + (size_t)iteration, order);
		for (size_t k = 0; k < b->n; k++) {
			struct plan_item *item = &plan->item[plan->n];

			*item = m->item[b->first + names[order[k]]];
			item->order = (int64_t)plan->n++;
			item->place = (int64_t)k;
			item->iteration = iteration;
			/* JSON integers are signed: keep it in their range. */
			item->seed = seed >> 1;
		}
	}
	free(blocks);
	free(order);
	free(names);
	return 0;
}

static int lay_out(struct maker *m, char **err)
{
	uint64_t random = m->choice->seed;
	int64_t most = 0;
	size_t total = 0;
	int ret = 0;

	for (size_t i = 0; i < m->nr_blocks; i++) {
		total += m->block[i].n * (size_t)m->block[i].iterations;
		if (m->block[i].iterations > most)
			most = m->block[i].iterations;
	}
	if (total > PLAN_MAX_SAMPLES)
		return lu_fail(err, -EINVAL,
			       "%s: these are %zu samples, allowed are %d: shorten a list or lower "
			       "iterations",
			       m->w->path, total, PLAN_MAX_SAMPLES);
	m->plan->item = calloc(total + 1, sizeof(*m->plan->item));
	if (!m->plan->item)
		return -ENOMEM;
	for (int64_t i = 0; i < most && !ret; i++)
		ret = lay_out_iteration(m, i, &random);
	return ret;
}

static int note_attacks(struct maker *m)
{
	for (size_t i = 0; i < m->w->nr_matrix; i++)
		if (m->w->matrix[i].attack.n)
			return lu_strings_add(&m->plan->notes,
					      "designs without a preserved tree are left out of "
					      "attacks: there is nothing to attack");
	return 0;
}

int plan_make(const struct workload *w, const struct plan_choice *choice, struct plan **out,
	      char **err)
{
	struct maker m = { .w = w, .choice = choice };
	int ret;

	*out = NULL;
	if (err)
		*err = NULL;
	m.plan = calloc(1, sizeof(*m.plan));
	ret = m.plan ? check_only(choice, err) : -ENOMEM;
	for (size_t i = 0; i < w->nr_matrix && !ret; i++) {
		ret = check_words(&m, &w->matrix[i], err);
		if (!ret)
			ret = add_matrix(&m, &w->matrix[i]);
	}
	if (!ret)
		ret = lay_out(&m, err);
	if (!ret)
		ret = note_attacks(&m);
	if (!ret && !m.plan->n)
		ret = lu_fail(err, -EINVAL, "%s: nothing is left to measure: choose other designs",
			      w->path);
	if (ret == -ENOMEM)
		lu_fail(err, ret, "out of memory");
	free(m.item);
	free(m.block);
	if (ret)
		plan_free(m.plan);
	else
		*out = m.plan;
	return ret;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	lu_strings_release(&plan->notes);
	free(plan->item);
	free(plan);
}
