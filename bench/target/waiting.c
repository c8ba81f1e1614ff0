// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/waiting.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>

#include "run/run.h"

static int64_t waiting_of_thread(pid_t pid, const char *thread)
{
	long long delay = LU_NULL;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", (int)pid, thread);
	f = fopen(path, "re");
	if (!f)
		return LU_NULL;
	if (fscanf(f, "%*d %lld", &delay) != 1)
		delay = LU_NULL;
	fclose(f);
	return delay;
}

int64_t waiting_ns(pid_t pid)
{
	int64_t sum = 0;
	bool any = false;
	struct dirent *entry;
	char path[32];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (!threads)
		return LU_NULL;
	while ((entry = readdir(threads))) {
		int64_t ns = entry->d_name[0] == '.' ? LU_NULL :
						       waiting_of_thread(pid, entry->d_name);

		if (ns == LU_NULL)
			continue;
		sum += ns;
		any = true;
	}
	closedir(threads);
	return any ? sum : LU_NULL;
}
