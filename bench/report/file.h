/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and folders, put in place whole or not at all.
 */
#ifndef LUBENCH_REPORT_FILE_H
#define LUBENCH_REPORT_FILE_H

/** file_read() - Return: 0 with the malloc()ed, terminated content in @text, or -errno. */
int file_read(const char *path, char **text);

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

#endif
