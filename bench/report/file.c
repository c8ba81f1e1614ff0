// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/text.h"

int file_read(const char *path, char **text)
{
	FILE *f = fopen(path, "re");
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
	FILE *in = fopen(from, "re");
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
