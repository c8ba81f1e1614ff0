// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/host.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static char *trimmed(const char *s)
{
	char *copy, *end;

	while (isspace((unsigned char)*s))
		s++;
	copy = strdup(s);
	if (!copy)
		return NULL;
	end = copy + strlen(copy);
	while (end > copy && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return copy;
}

/* The value behind the first "KEY : VALUE" of a file, malloc()ed; NULL when there is none. */
static char *value_of(const char *path, const char *key)
{
	char *line = NULL, *found = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");

	while (f && !found && getline(&line, &size, f) > 0) {
		char *colon = strchr(line, ':');

		if (colon && !strncmp(line, key, strlen(key)) &&
		    strspn(line + strlen(key), " \t") == (size_t)(colon - line) - strlen(key))
			found = trimmed(colon + 1);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

static char *first_line(const char *path)
{
	char buf[256], *found = NULL;
	FILE *f = fopen(path, "re");

	if (f && fgets(buf, sizeof(buf), f))
		found = trimmed(buf);
	if (f)
		fclose(f);
	return found;
}

static int64_t memory_bytes(const char *key)
{
	char *text = value_of("/proc/meminfo", key);
	int64_t bytes = text ? strtoll(text, NULL, 10) * 1024 : LU_NULL;

	free(text);
	return bytes;
}

int host_describe(struct run *run)
{
	struct utsname name;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	free(run->host.cpu);
	free(run->host.microcode);
	free(run->host.governor);
	free(run->host.kernel);
	run->host.cpu = value_of("/proc/cpuinfo", "model name");
	/* arm64 has no name there: the part number is what identifies it. */
	if (!run->host.cpu)
		run->host.cpu = value_of("/proc/cpuinfo", "CPU part");
	if (!run->host.cpu)
		run->host.cpu = strdup("unknown");
	run->host.microcode = value_of("/proc/cpuinfo", "microcode");
	run->host.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	run->host.kernel = uname(&name) ? NULL : strdup(name.release);
	run->host.cpus = cpus > 0 ? cpus : LU_NULL;
	run->host.memory = memory_bytes("MemTotal");
	return run->host.cpu ? 0 : -ENOMEM;
}

int64_t host_available_memory(void)
{
	return memory_bytes("MemAvailable");
}

int host_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
}
