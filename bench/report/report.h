/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report: a folder of static HTML that shows what runs measured. It needs no network, no
 * script and no file outside of its folder.
 */
#ifndef LUBENCH_REPORT_REPORT_H
#define LUBENCH_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct report_options - what to write and where.
 * @dir: the folder to write; NULL for `report` inside the folder of the first run. An existing
 *	folder is replaced only when it is empty or an earlier report.
 * @pdf: print the page to report.pdf with a Chromium browser as well.
 * @against: run that the (first) run is held against, a verdict being given; or NULL.
 * @home: address of a page that leads to this one, relative to it; or NULL.
 */
struct report_options {
	const char *dir;
	bool pdf;
	const char *against;
	const char *home;
};

/**
 * report_write() - write the report of one run, or of several side by side.
 * @runs: run folders or run.json files.
 * @nr_runs: how many, at least one.
 * @opt: may be NULL for the defaults.
 * @index: on success the malloc()ed path of the page; may be NULL.
 * @err: on failure one malloc()ed line "what failed: what to do", without newline; may be NULL.
 *
 * The folder appears whole or not at all: it is written beside its place and then renamed, so an
 * earlier report stays until the new one is complete. A folder that this process stands in, or
 * that is mounted, gets a new content instead. INT, TERM and HUP leave nothing behind: they are
 * raised again when everything is cleaned up.
 *
 * Return: 0, or -errno: -ENOPKG when gnuplot (or the browser for @pdf) is missing, -EEXIST when
 * @dir holds something that is not a report, -EINTR, what run_load() gives for a bad run, or what
 * writing the files gave.
 */
int report_write(const char *const *runs, size_t nr_runs, const struct report_options *opt,
		 char **index, char **err);

#endif
