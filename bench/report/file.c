// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/text.h"

/* Anything but a file, a FIFO above all, could be waited for without end. */
static FILE *open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		f = fdopen(fd, "r");
		if (f)
			return f;
	} else {
		errno = EINVAL;
	}
	close(fd);
	return NULL;
}

int file_read(const char *path, char **text)
{
	FILE *f = open_file(path);
	size_t len = 0;
	FILE *to;
	int ret = 0;
	int c;

	*text = NULL;
	if (!f)
		return -errno;
	to = open_memstream(text, &len);
	if (!to) {
		fclose(f);
		return -ENOMEM;
	}
	while ((c = getc_unlocked(f)) != EOF)
		putc_unlocked(c, to);
	if (ferror(f))
		ret = -EIO;
	if (fclose(to))
		ret = -ENOMEM;
	fclose(f);
	return ret;
}

int file_copy(const char *from, const char *to)
{
	FILE *in = open_file(from);
	FILE *out = NULL;
	char buf[65536];
	size_t n;
	int ret = 0;

	if (!in)
		return -errno;
	out = fopen(to, "we");
	if (!out) {
		ret = -errno;
		fclose(in);
		return ret;
	}
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		if (fwrite(buf, 1, n, out) != n)
			break;
	if (ferror(in) || ferror(out))
		ret = -EIO;
	fclose(in);
	if (fclose(out) && !ret)
		ret = -errno;
	return ret;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void file_remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int replace_in_two_steps(const char *from, const char *to)
{
	char *aside = text_asprintf("%s.old-%d", to, (int)getpid());
	int ret = 0;

	if (!aside)
		return -ENOMEM;
	if (rename(to, aside)) {
		ret = -errno;
	} else if (rename(from, to)) {
		ret = -errno;
		rename(aside, to);
	} else {
		file_remove_tree(aside);
	}
	free(aside);
	return ret;
}

int file_replace_tree(const char *from, const char *to)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	if (errno == EINVAL && !rename(from, to))
		return 0;
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE)) {
		file_remove_tree(from);
		return 0;
	}
	if (errno != EINVAL)
		return -errno;
	return replace_in_two_steps(from, to);
}

int file_folder_state(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			break;
	closedir(d);
	return e ? 1 : 0;
}

int file_make_parents(const char *path)
{
	char *copy = strdup(path);
	int ret = copy ? 0 : -ENOMEM;

	for (char *p = copy ? copy + 1 : NULL; p && *p && !ret; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			ret = -errno;
		*p = '/';
	}
	free(copy);
	return ret;
}

int file_resolve(const char *path, char **real)
{
	char *copy, *slash, *folder;
	struct stat st;
	int ret = 0;

	*real = realpath(path, NULL);
	if (*real)
		return 0;
	ret = -errno;
	if (ret != -ENOENT || !lstat(path, &st))
		return ret;
	ret = 0;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	slash = strrchr(copy, '/');
	while (slash && slash > copy && !slash[1]) {
		*slash = '\0';
		slash = strrchr(copy, '/');
	}
	if (slash)
		*slash = '\0';
	folder = realpath(!slash ? "." : slash == copy ? "/" : copy, NULL);
	if (!folder)
		ret = -errno;
	else if (asprintf(real, "%s/%s", strcmp(folder, "/") != 0 ? folder : "",
			  slash ? slash + 1 : copy) < 0)
		ret = -ENOMEM;
	free(folder);
	free(copy);
	return ret;
}

bool file_is_fixed(const char *real)
{
	char *here = realpath(".", NULL), *above = text_asprintf("%s/..", real);
	struct stat a, b;
	size_t n = strlen(real);
	bool fixed = here && !strncmp(here, real, n) && (!here[n] || here[n] == '/' || n == 1);

	if (!fixed && above && !stat(real, &a) && !stat(above, &b))
		fixed = a.st_dev != b.st_dev;
	free(here);
	free(above);
	return fixed;
}

static int move(const char *from, const char *to, const char *name)
{
	char *a = text_asprintf("%s/%s", from, name), *b = text_asprintf("%s/%s", to, name);
	int ret = !a || !b ? -ENOMEM : rename(a, b) ? -errno : 0;

	free(a);
	free(b);
	return ret;
}

/* All that is in a folder but @skip, NULL-terminated; NULL without memory. */
static char **names_in(const char *dir, const char *skip)
{
	char **names = calloc(1, sizeof(*names));
	size_t n = 0;
	struct dirent *e;
	DIR *d = opendir(dir);

	while (names && d && (e = readdir(d))) {
		char **more;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || !strcmp(e->d_name, skip))
			continue;
		more = reallocarray(names, n + 2, sizeof(*names));
		if (!more)
			break;
		names = more;
		names[n] = strdup(e->d_name);
		names[++n] = NULL;
	}
	if (d)
		closedir(d);
	return names;
}

static void free_names(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

/* One that is not there need not move. */
static void move_one(const char *from, const char *to, const char *name, int *ret)
{
	int moved = move(from, to, name);

	if (moved && moved != -ENOENT && !*ret)
		*ret = moved;
}

/* Moves all of them, @last at the end or, when leaving, at the beginning. Return: 0 or -errno. */
static int move_all(char *const *names, const char *from, const char *to, const char *last,
		    bool leaving)
{
	int ret = 0;

	if (leaving)
		move_one(from, to, last, &ret);
	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], last) != 0)
			move_one(from, to, names[i], &ret);
	if (!leaving && !ret)
		move_one(from, to, last, &ret);
	return ret;
}

int file_replace_content(const char *from, const char *to, const char *last)
{
	const char *stage = strrchr(from, '/');
	char *aside = text_asprintf("%s.old", from);
	char **old = names_in(to, stage ? stage + 1 : from), **new = names_in(from, "");
	int ret = aside && old && new ? 0 : -ENOMEM;

	if (!ret && mkdir(aside, 0700))
		ret = -errno;
	if (!ret) {
		ret = move_all(old, to, aside, last, true);
		if (!ret)
			ret = move_all(new, from, to, last, false);
		if (ret) {
			move_all(new, to, from, last, true);
			move_all(old, aside, to, last, false);
		}
		file_remove_tree(aside);
	}
	free_names(old);
	free_names(new);
	free(aside);
	return ret;
}
