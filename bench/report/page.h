/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page: what is said, shown and listed, in that order.
 */
#ifndef LUBENCH_REPORT_PAGE_H
#define LUBENCH_REPORT_PAGE_H

#include <stdio.h>

#include "report/figure.h"

/** struct raw_links - where a page finds the data of a run, relative to the page; NULL if none. */
struct raw_links {
	char *run_json;
	char *console_log;
};

/* What a page calls itself: by it a folder is known as ours to replace. */
#define PAGE_REPORT "lubench report"
#define PAGE_SITE "lubench site"

/**
 * struct page_context - what a page knows besides its figures
 * @links: one for each run
 * @against: the run that the first one is held against, or NULL
 * @home: address of the page that leads here, or NULL
 */
struct page_context {
	const struct raw_links *links;
	const struct run *against;
	const char *home;
};

/** page_write() - the whole page of one or more runs. Return: 0 or -errno. */
int page_write(FILE *f, const struct figures *fs, const struct page_context *context);

/** page_begin() - all of a page before its content. @generator: one of PAGE_*. */
void page_begin(FILE *f, const char *generator, const char *title);

/** page_end() - what closes it, <main> included. */
void page_end(FILE *f);

/** page_figure() - one figure with its plots. Return: 0 or -errno. */
int page_figure(FILE *f, const struct figures *fs, const struct figure *fig);

/**
 * verdict_write() - @run held against @base, in words and a table.
 * @called: what @base is, for the heading.
 *
 * Return: 0 or -ENOMEM.
 */
int verdict_write(FILE *f, const struct run *base, const struct run *run, const char *called);

/** page_style() - the style sheet, colours of inks[] included. */
void page_style(FILE *f);

/** answer_write() - what the runs say, in words. Return: 0 or -ENOMEM. */
int answer_write(FILE *f, const struct dataset *d);

/** answer_micro() - the same of a run of the `micro` target. Return: 0 or -ENOMEM. */
int answer_micro(FILE *f, const struct dataset *d, size_t run_index);

/** tables_write() - every figure of every panel. Return: 0 or -ENOMEM. */
int tables_write(FILE *f, const struct dataset *d);

/** tables_micro() - ratios of the `micro` target and what is wanted of them. */
int tables_micro(FILE *f, const struct dataset *d);

/**
 * tables_side() - runs of unlike machines: ratios to their own rebuild, of what all of them have.
 *
 * Nothing where times can be held against each other, or nothing is in all. Return: 0 or -ENOMEM.
 */
int tables_side(FILE *f, const struct dataset *d);

/** checks_write() - closure, outside check, failures and refusals, counted. */
int checks_write(FILE *f, const struct dataset *d);

/** design_swatch() - the mark of a design in running text: its colour, hidden from readers. */
void design_swatch(FILE *f, const char *design);

/** run_is_micro() - Return: whether the run measured algorithms, not live updates. */
bool run_is_micro(const struct run *run);

#endif
