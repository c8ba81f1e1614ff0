/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site: what a lab publishes. An index of all kept runs, a report for each of the newest, a
 * page of trends and one for each design, as static HTML.
 */
#ifndef LUBENCH_REPORT_SITE_H
#define LUBENCH_REPORT_SITE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct site_options - what to publish and where.
 * @dir: folder of the site; made when missing, else brought up to date.
 * @results: folder of run folders; NULL for `results`.
 * @nights: reports are written for so many of the newest runs; those of older runs stay as they
 *	are.
 * @pdf: print each report that is written to report.pdf with a Chromium browser as well.
 * @tell: called with each line that the user should see; may be NULL.
 */
struct site_options {
	const char *dir;
	const char *results;
	size_t nights;
	bool pdf;
	void (*tell)(const char *line);
};

/**
 * site_write() - write the site or bring it up to date.
 * @index: on success the malloc()ed path of its first page; may be NULL.
 * @err: on failure one malloc()ed line, without newline; may be NULL.
 *
 * Every page and folder of it is replaced in one step. A run that cannot be read is told and left
 * out. Return: 0, or -errno as report_write() and store_open_synced().
 */
int site_write(const struct site_options *opt, char **index, char **err);

#endif
