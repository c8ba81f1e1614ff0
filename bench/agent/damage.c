// SPDX-License-Identifier: GPL-2.0-only
#include "agent/damage.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/err.h"

#define PAGE 4096ULL
#define MEM "/dev/mem"

/* include/linux/kho/abi/iommufd.h and iommu.h of the series, as far as it is needed here. */
#define SER_MAGIC 0x3164666d6d6f6969ULL

struct handover {
	uint64_t magic;
	uint64_t size;
	uint64_t nr_hwpts;
	uint64_t checksum;
	uint64_t token;
	uint32_t domain_size;
	uint32_t domain_version;
	uint8_t unused1[40];
	uint64_t top_pa;
	uint64_t nr_tables;
	uint64_t table_bytes;
	uint64_t list_pa;
	uint64_t nr_blocks;
	uint64_t list_checksum;
	uint64_t domain_checksum;
	uint64_t hwpt_checksum;
};

/* The list of tables is a chain of pages: include/linux/kho/abi/block.h. */
#define LIST_HEADER_BYTES 16

bool damage_is_meant(enum attack attack)
{
	return attack >= ATTACK_DAMAGE_MAGIC && attack <= ATTACK_DAMAGE_TABLE;
}

bool damage_is_of_header(enum attack attack)
{
	return attack >= ATTACK_DAMAGE_MAGIC && attack <= ATTACK_DAMAGE_CHECKSUM;
}

static int read_at(int mem, uint64_t pa, void *buf, size_t len)
{
	if (pread(mem, buf, len, (off_t)pa) != (ssize_t)len)
		return err_set(errno, "read " MEM " at %#llx", (unsigned long long)pa);
	return 0;
}

static int xor_at(int mem, uint64_t pa, uint64_t bits)
{
	uint64_t word;
	int rc = read_at(mem, pa, &word, sizeof(word));

	if (rc)
		return rc;
	word ^= bits;
	if (pwrite(mem, &word, sizeof(word), (off_t)pa) != sizeof(word))
		return err_set(errno, "write " MEM " at %#llx", (unsigned long long)pa);
	return 0;
}

/* The first entry of a table that is not empty leads a MiB away. */
static int damage_table(int mem, uint64_t table)
{
	uint64_t entry;

	for (uint64_t at = 0; at < PAGE; at += sizeof(entry)) {
		int rc = read_at(mem, table + at, &entry, sizeof(entry));

		if (rc)
			return rc;
		if (entry)
			return xor_at(mem, table + at, 1 << 20);
	}
	return err_say(ENOENT, "damage: the top table is empty");
}

static int damage_one(int mem, uint64_t pa, const struct handover *h, enum attack attack)
{
	switch (attack) {
	case ATTACK_DAMAGE_MAGIC:
		return xor_at(mem, pa + offsetof(struct handover, magic), 1);
	case ATTACK_DAMAGE_SIZE:
		return xor_at(mem, pa + offsetof(struct handover, size), h->size ^ (h->size - 8));
	case ATTACK_DAMAGE_COUNT:
		return xor_at(mem, pa + offsetof(struct handover, nr_hwpts),
			      h->nr_hwpts ^ (h->nr_hwpts + 1));
	case ATTACK_DAMAGE_CHECKSUM:
		return xor_at(mem, pa + offsetof(struct handover, checksum), 1);
	case ATTACK_DAMAGE_VERSION:
		return xor_at(mem, pa + offsetof(struct handover, domain_size), 3ULL << 32);
	case ATTACK_DAMAGE_ADDRESS:
		return xor_at(mem, pa + offsetof(struct handover, top_pa), PAGE);
	case ATTACK_DAMAGE_LIST:
		return xor_at(mem, h->list_pa + LIST_HEADER_BYTES, PAGE);
	case ATTACK_DAMAGE_TABLE:
		return damage_table(mem, h->top_pa);
	default:
		return err_say(EINVAL, "damage: attack %s is none", attack_names[attack]);
	}
}

/* Descriptions of earlier kernels may still lie in free pages: those of nobody do no harm. */
static int damage_range(int mem, uint64_t first, uint64_t last, enum attack attack, int *found)
{
	for (uint64_t pa = first; pa + PAGE - 1 <= last; pa += PAGE) {
		struct handover h;
		int rc = read_at(mem, pa, &h.magic, sizeof(h.magic));

		if (rc)
			return rc;
		if (h.magic != SER_MAGIC)
			continue;
		rc = read_at(mem, pa, &h, sizeof(h));
		if (rc)
			return rc;
		if (h.nr_hwpts != 1 || h.size != sizeof(h))
			continue;
		rc = damage_one(mem, pa, &h, attack);
		if (rc)
			return rc;
		(*found)++;
	}
	return 0;
}

int damage_handover(enum attack attack)
{
	unsigned long long first, last;
	int mem, found = 0, rc = 0;
	char line[160];
	FILE *iomem;

	mem = open(MEM, O_RDWR | O_SYNC | O_CLOEXEC);
	if (mem < 0)
		return err_set(errno, "damage: " MEM ": the kernel needs CONFIG_DEVMEM");
	iomem = fopen("/proc/iomem", "re");
	if (!iomem) {
		close(mem);
		return err_set(errno, "damage: /proc/iomem");
	}
	while (!rc && fgets(line, sizeof(line), iomem)) {
		/* What is indented is part of a range that was listed before. */
		if (*line == ' ' || !strstr(line, " : System RAM") ||
		    sscanf(line, "%llx-%llx", &first, &last) != 2)
			continue;
		rc = damage_range(mem, first, last, attack, &found);
	}
	fclose(iomem);
	close(mem);
	if (!rc && !found)
		rc = err_say(ENOENT,
			     "damage: no description of a preserved page table is in memory");
	return rc;
}
