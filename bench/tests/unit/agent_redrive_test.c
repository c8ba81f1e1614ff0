// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent's userspace: every way to re-drive gives the old kernel's translation, every attack
 * another one, in exactly the pages it means to. iommufd is a list of mappings here.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* The agent is a program of its own; what is tested of it is compiled in. */
#include "agent/err.c"
#include "agent/guest.c"
#include "agent/redrive.c"
#include "agent/request.c"

#define PAGE 4096ULL
#define SEEDS 40
#define MAPS_MAX 2048

/* The IOAS: what is mapped, in no order. */
static struct piece maps[MAPS_MAX];
static size_t nr_maps;
/* The call of IOMMU_IOAS_MAP_FILE, of IOMMU_IOAS_UNMAP that fails, counted from 1; 0 for none. */
static size_t fail_map, fail_unmap;

int ioas_alloc(int iommufd, uint32_t *ioas_id)
{
	(void)iommufd;
	*ioas_id = 1;
	return 0;
}

int ioas_destroy(int iommufd, uint32_t id)
{
	(void)iommufd;
	(void)id;
	return 0;
}

/* As the kernel: refuses what overlaps. */
int ioas_map_file(int iommufd, uint32_t ioas_id, const struct piece *piece)
{
	(void)iommufd;
	(void)ioas_id;
	if (fail_map && !--fail_map)
		return err_set(ENOSPC, "map");
	assert_true(piece->bytes && piece->bytes % PAGE == 0 && piece->iova % PAGE == 0 &&
		    piece->offset % PAGE == 0);
	for (size_t i = 0; i < nr_maps; i++)
		assert_true(piece->iova >= maps[i].iova + maps[i].bytes ||
			    maps[i].iova >= piece->iova + piece->bytes);
	assert_true(nr_maps < MAPS_MAX);
	maps[nr_maps++] = *piece;
	return 0;
}

/* As the kernel: unmaps whole mappings only. */
int ioas_unmap(int iommufd, uint32_t ioas_id, uint64_t iova, uint64_t bytes)
{
	(void)iommufd;
	(void)ioas_id;
	if (fail_unmap && !--fail_unmap)
		return err_set(ENOENT, "unmap");
	for (size_t i = 0; i < nr_maps; i++) {
		if (maps[i].iova != iova || maps[i].bytes != bytes)
			continue;
		maps[i] = maps[--nr_maps];
		return 0;
	}
	fail_msg("unmap of what is not mapped");
	return -ENOENT;
}

/* What one page translates to: 0 for nothing. */
static uint64_t translate(uint64_t iova, int guest_fd)
{
	for (size_t i = 0; i < nr_maps; i++)
		if (iova - maps[i].iova < maps[i].bytes)
			return (maps[i].offset + (iova - maps[i].iova)) << 2 | 1 |
			       (uint64_t)maps[i].readonly << 1 |
			       (uint64_t)(maps[i].fd != guest_fd) << 63;
	return 0;
}

struct table {
	uint64_t *pages;
	size_t nr;
};

static struct table snapshot(const struct guest *guest)
{
	struct table t = { .nr = (guest->last_iova + 1 - GUEST_IOVA_BASE) / PAGE + 16 };

	t.pages = calloc(t.nr, sizeof(*t.pages));
	assert_non_null(t.pages);
	for (size_t i = 0; i < t.nr; i++)
		t.pages[i] = translate(GUEST_IOVA_BASE + i * PAGE, guest->fd);
	return t;
}

static size_t differences(const struct table *a, const struct table *b)
{
	size_t nr = 0;

	assert_int_equal(a->nr, b->nr);
	for (size_t i = 0; i < a->nr; i++)
		nr += a->pages[i] != b->pages[i];
	return nr;
}

static struct request a_request(enum layout layout, bool aliased, uint64_t seed)
{
	return (struct request){ .guest_bytes = 512 * PAGE,
				 .backing_bytes = aliased ? 128 * PAGE : 512 * PAGE,
				 .page_bytes = PAGE,
				 .aliased = aliased,
				 .layout = layout,
				 .seed = seed };
}

static void open_guest(struct guest *guest, const struct request *req)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)req->backing_bytes), 0);
	assert_int_equal(guest_open(guest, req, fd), 0);
}

static struct table old_table(const struct guest *guest, const struct request *req)
{
	uint32_t id;

	nr_maps = 0;
	assert_int_equal(redrive_old(3, guest, req, &id), 0);
	return snapshot(guest);
}

static struct table new_table(const struct guest *guest, const struct request *req,
			      enum attack attack)
{
	uint32_t id;

	nr_maps = 0;
	assert_int_equal(redrive_new(3, guest, req, attack, &id), 0);
	return snapshot(guest);
}

static void for_each_guest(void (*test)(const struct guest *guest, struct request *req))
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		for (int kind = 0; kind < 8; kind++) {
			struct request req = a_request((enum layout)(kind % 4), kind / 4, seed);
			struct guest guest;

			open_guest(&guest, &req);
			test(&guest, &req);
			guest_close(&guest);
		}
	}
}

static void ranges_are_sound(const struct guest *guest, struct request *req)
{
	uint64_t bytes = 0, free_from = GUEST_IOVA_BASE;

	for (size_t i = 0; i < guest->nr_ranges; i++) {
		const struct range *r = &guest->ranges[i];

		assert_true(r->bytes && r->bytes % PAGE == 0);
		assert_true(r->iova >= free_from);
		assert_true(r->offset + r->bytes <= req->backing_bytes);
		free_from = r->iova + r->bytes;
		bytes += r->bytes;
	}
	assert_int_equal(bytes, req->guest_bytes);
	assert_int_equal(guest->last_iova, free_from - 1);
	if (req->layout == LAYOUT_HOLES)
		assert_true(free_from - GUEST_IOVA_BASE > req->guest_bytes);
}

static void ranges_cover_the_guest(void **state)
{
	(void)state;
	for_each_guest(ranges_are_sound);
}

static void redrive_is_the_same(const struct guest *guest, struct request *req)
{
	for (int how = REDRIVE_SAME; how <= REDRIVE_IDS; how++) {
		struct table before, after;

		req->redrive = (enum redrive)how;
		before = old_table(guest, req);
		after = new_table(guest, req, ATTACK_NONE);
		assert_int_equal(differences(&before, &after), 0);
		free(before.pages);
		free(after.pages);
	}
}

static void every_redrive_translates_alike(void **state)
{
	(void)state;
	for_each_guest(redrive_is_the_same);
}

/* Whichever call fails, the re-drive does. */
static void each_failure_is_seen(const struct guest *guest, struct request *req)
{
	uint32_t id;

	for (int how = REDRIVE_SAME; how <= REDRIVE_IDS; how++) {
		size_t maps_seen, unmaps_seen;

		req->redrive = (enum redrive)how;
		nr_maps = 0;
		fail_map = SIZE_MAX;
		fail_unmap = SIZE_MAX;
		assert_int_equal(redrive_new(3, guest, req, ATTACK_NONE, &id), 0);
		maps_seen = SIZE_MAX - fail_map;
		unmaps_seen = SIZE_MAX - fail_unmap;
		fail_unmap = 0;
		for (size_t i = 1; i <= maps_seen; i += 1 + maps_seen / 8) {
			nr_maps = 0;
			fail_map = i;
			assert_int_equal(redrive_new(3, guest, req, ATTACK_NONE, &id), -ENOSPC);
			assert_int_equal(fail_map, 0);
		}
		for (size_t i = 1; i <= unmaps_seen; i += 1 + unmaps_seen / 8) {
			nr_maps = 0;
			fail_unmap = i;
			assert_int_equal(redrive_new(3, guest, req, ATTACK_NONE, &id), -ENOENT);
		}
		nr_maps = 0;
		fail_map = 1;
		assert_int_equal(redrive_old(3, guest, req, &id), -ENOSPC);
	}
}

static void no_failed_call_is_lost(void **state)
{
	(void)state;
	for_each_guest(each_failure_is_seen);
}

static void attack_is_another(const struct guest *guest, struct request *req)
{
	static const struct {
		enum attack attack;
		size_t pages;
	} attacks[] = {
		{ ATTACK_SHIFT, 1 }, { ATTACK_SWAP, 2 },     { ATTACK_MISSING, 1 },
		{ ATTACK_EXTRA, 1 }, { ATTACK_READONLY, 1 }, { ATTACK_OTHER_FILE, 1 },
	};
	struct table before = old_table(guest, req);

	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		struct table after = new_table(guest, req, attacks[i].attack);

		assert_int_equal(differences(&before, &after), attacks[i].pages);
		free(after.pages);
	}
	free(before.pages);
}

static void every_attack_changes_what_it_says(void **state)
{
	(void)state;
	for_each_guest(attack_is_another);
}

static void other_size_drops_the_end(void **state)
{
	struct request req = a_request(LAYOUT_CONTIG, false, 1);
	struct table before, after;
	struct guest guest;

	(void)state;
	open_guest(&guest, &req);
	before = old_table(&guest, &req);
	after = new_table(&guest, &req, ATTACK_OTHER_SIZE);
	assert_int_equal(differences(&before, &after), 256);
	free(before.pages);
	free(after.pages);
	guest_close(&guest);
}

static void no_progress(const char *step, uint64_t done, uint64_t total)
{
	assert_non_null(step);
	assert_true(done <= total);
}

static void pattern_tells_every_page_apart(void **state)
{
	struct request req = a_request(LAYOUT_FRAGMENTED, false, 99);
	struct guest guest;

	(void)state;
	open_guest(&guest, &req);
	assert_int_equal(guest_map(&guest), 0);
	guest_fill(&guest, no_progress);
	assert_int_equal(guest_verify(&guest, no_progress), 0);
	for (uint64_t page = 0; page < req.backing_bytes; page += PAGE) {
		uint8_t saved[PAGE];
		uint64_t other = (page + 7 * PAGE) % req.backing_bytes;

		memcpy(saved, guest.mem + page, PAGE);
		memcpy(guest.mem + page, guest.mem + other, PAGE);
		assert_int_equal(guest_verify(&guest, no_progress), -EUCLEAN);
		memcpy(guest.mem + page, saved, PAGE);
	}
	assert_int_equal(guest_verify(&guest, no_progress), 0);
	guest_close(&guest);
}

static void memory_of_another_size_is_refused(void **state)
{
	struct request req = a_request(LAYOUT_CONTIG, false, 1);
	int fd = memfd_create("guest", MFD_CLOEXEC);
	struct guest guest;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(req.backing_bytes - PAGE)), 0);
	assert_int_equal(guest_open(&guest, &req, fd), -EUCLEAN);
}

/* Runs in the order of addresses, whatever the order in which their pages are seen. */
static void runs_of_physical_memory(void **state)
{
	static const uint64_t pfn[] = { 70, 1, 64, 63, 0, 65, 500000, 62, 128, 127, 3, 191, 192 };
	struct bitmap map = { 0 };

	(void)state;
	assert_int_equal(bitmap_runs(&map), 0);
	for (size_t i = 0; i < sizeof(pfn) / sizeof(pfn[0]); i++)
		assert_int_equal(bitmap_set(&map, pfn[i]), 0);
	/* 0-1, 3, 62-65, 70, 127-128, 191-192, 500000 */
	assert_int_equal(bitmap_runs(&map), 7);
	assert_int_equal(bitmap_set(&map, 2), 0);
	assert_int_equal(bitmap_runs(&map), 6);
	free(map.word);
}

static void contiguous_means_contiguous(void **state)
{
	struct guest_scatter as_booted = { .pages = 65536, .extents = 65, .runs = 3 };
	struct guest_scatter worn = { .pages = 65536, .extents = 560, .runs = 500 };
	struct guest_scatter shuffled = { .pages = 262144, .extents = 259269, .runs = 10 };
	struct guest_scatter moved = { .pages = 262144, .extents = 61222, .runs = 13 };
	struct guest_scatter small = { .pages = 16, .extents = 16, .runs = 16 };
	struct guest_scatter cut = { .pages = 65536, .extents = 129, .runs = 129, .split = 1 };
	struct request req = a_request(LAYOUT_CONTIG, false, 1);

	(void)state;
	assert_int_equal(guest_check_scatter(&as_booted, &req), 0);
	assert_int_equal(guest_check_scatter(&small, &req), 0);
	assert_int_equal(guest_check_scatter(&worn, &req), -ENOMEM);
	assert_non_null(strstr(err_text(), "memory too scattered: 65536 pages are in 560 physical "
					   "runs, a contiguous guest has at most 144"));
	req.layout = LAYOUT_HOLES;
	assert_int_equal(guest_check_scatter(&worn, &req), -ENOMEM);
	req.layout = LAYOUT_FRAGMENTED;
	assert_int_equal(guest_check_scatter(&shuffled, &req), 0);
	assert_int_equal(guest_check_scatter(&small, &req), 0);
	assert_int_equal(guest_check_scatter(&moved, &req), -ENOMEM);
	assert_non_null(strstr(err_text(), "memory not scattered enough: 262144 pages of 4096"));
	req.page_bytes = LARGE_PAGE;
	assert_int_equal(guest_check_scatter(&worn, &req), 0);
	assert_int_equal(guest_check_scatter(&cut, &req), -ENOMEM);
	assert_non_null(
		strstr(err_text(), "memory too scattered: 1 of the guest's pages of 2097152"));
	req.layout = LAYOUT_MIXED;
	assert_int_equal(guest_check_scatter(&cut, &req), 0);
}

static int parse(const char *text, struct request *req)
{
	json_t *obj = json_loads(text, 0, NULL);
	int rc;

	assert_non_null(obj);
	rc = request_parse(obj, req);
	json_decref(obj);
	return rc;
}

static void request_is_read(void **state)
{
	struct request req;

	(void)state;
	assert_int_equal(parse("{\"cmd\":\"sample\",\"id\":7,\"design\":\"verify-ioas\","
			       "\"guest_bytes\":1099511627776,\"page_bytes\":2097152,"
			       "\"layout\":\"mixed\",\"backing\":\"aliased\","
			       "\"backing_bytes\":268435456,\"devices\":2,\"seed\":9,"
			       "\"stage\":\"first\",\"redrive\":\"remap\",\"attack\":\"swap\","
			       "\"delay_permille\":50,\"delay_phase\":\"redrive\"}",
			       &req),
			 0);
	assert_int_equal(req.id, 7);
	assert_string_equal(req.design, "verify-ioas");
	assert_int_equal(req.guest_bytes, 1ULL << 40);
	assert_int_equal(req.page_bytes, 2 << 20);
	assert_int_equal(req.backing_bytes, 256 << 20);
	assert_int_equal(req.layout, LAYOUT_MIXED);
	assert_int_equal(req.redrive, REDRIVE_REMAP);
	assert_int_equal(req.attack, ATTACK_SWAP);
	assert_string_equal(attack_names[req.attack], "swap");
	assert_true(req.first_stage);
	assert_int_equal(req.devices, 2);
	assert_int_equal(req.delay_phase->end, LU_REDRIVE_END);
	assert_int_equal(parse("{\"design\":\"rebuild\",\"guest_bytes\":8192,\"attack\":null,"
			       "\"backing_bytes\":4096,\"delay_permille\":0}",
			       &req),
			 0);
	assert_int_equal(req.backing_bytes, 8192);
	assert_int_equal(req.attack, ATTACK_NONE);
	assert_null(req.delay_phase);
	assert_int_equal(req.die_at, LU_NO_MARK);
}

static void wrong_request_is_named(void **state)
{
	static const struct {
		const char *text, *key;
	} wrong[] = {
		{ "{\"guest_bytes\":4096}", "design" },
		{ "{\"design\":\"rebuild\"}", "guest_bytes" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":\"4096\"}", "guest_bytes" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":4097}", "guest_bytes" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"page_bytes\":8192}",
		  "page_bytes" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"layout\":\"odd\"}", "layout" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"attack\":\"odd\"}", "attack" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"redrive\":4}", "redrive" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"devices\":0}", "devices" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"delay_permille\":1,"
		  "\"delay_phase\":\"compare\"}",
		  "delay_phase" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"die_at\":\"jump\"}", "die_at" },
		{ "{\"design\":\"rebuild\",\"guest_bytes\":8192,\"die_at\":\"odd\"}", "die_at" },
	};
	struct request req;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(wrong[i].text, &req), -EINVAL);
		assert_non_null(strstr(err_text(), wrong[i].key));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_cover_the_guest),
		cmocka_unit_test(every_redrive_translates_alike),
		cmocka_unit_test(no_failed_call_is_lost),
		cmocka_unit_test(runs_of_physical_memory),
		cmocka_unit_test(contiguous_means_contiguous),
		cmocka_unit_test(every_attack_changes_what_it_says),
		cmocka_unit_test(other_size_drops_the_end),
		cmocka_unit_test(pattern_tells_every_page_apart),
		cmocka_unit_test(memory_of_another_size_is_refused),
		cmocka_unit_test(request_is_read),
		cmocka_unit_test(wrong_request_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
