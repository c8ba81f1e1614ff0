/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and folders, put in place whole or not at all.
 */
#ifndef LUBENCH_REPORT_FILE_H
#define LUBENCH_REPORT_FILE_H

#include <stdbool.h>

/** file_read() - Return: 0 with the malloc()ed, terminated content in @text, or -errno. */
int file_read(const char *path, char **text);

/**
 * file_folder_state() - what is at @path.
 *
 * Return: 1 a folder with something in it, 0 an empty folder, -ENOENT nothing, -ENOTDIR something
 * else, or -errno.
 */
int file_folder_state(const char *path);

/** file_make_parents() - make the folders above @path. Return: 0 or -errno. */
int file_make_parents(const char *path);

/**
 * file_resolve() - where @path, which may not exist yet, really lies: without links and dots.
 *
 * Return: 0 with the malloc()ed path, or -errno: -ENOENT when a folder above it is missing or it is
 * a link that leads nowhere.
 */
int file_resolve(const char *path, char **real);

/**
 * file_is_fixed() - Return: whether a folder cannot be exchanged for another, because this process
 * stands in it or because something is mounted there. @real: of file_resolve().
 */
bool file_is_fixed(const char *real);

/** file_copy() - copy a file. Return: 0 or -errno. */
int file_copy(const char *from, const char *to);

/** file_remove_tree() - remove a folder with all that is in it; symbolic links are not followed. */
void file_remove_tree(const char *path);

/**
 * file_replace_tree() - put the folder @from in the place of @to, which may exist.
 *
 * Exchanges the two in one step, so that @to is at every moment the old folder or the new one, and
 * removes the old one. Where the file system cannot exchange, @to is moved aside first.
 * Return: 0 or -errno; then @to is as it was.
 */
int file_replace_tree(const char *from, const char *to);

/**
 * file_replace_content() - the same for a folder that is file_is_fixed().
 * @from: a folder inside of @to; it is left empty.
 * @last: comes last and leaves first: a page that leads to what is not there yet is not shown.
 *
 * Return: 0 or -errno; then what was in @to is in it again.
 */
int file_replace_content(const char *from, const char *to, const char *last);

#endif
