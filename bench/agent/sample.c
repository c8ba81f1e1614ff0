// SPDX-License-Identifier: GPL-2.0-only
#include "agent/sample.h"

#include <errno.h>
#include <linux/iommufd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/attack.h"
#include "agent/damage.h"
#include "agent/designs/design.h"
#include "agent/err.h"
#include "agent/kexec.h"
#include "agent/marks.h"
#include "agent/proto.h"
#include "agent/redrive.h"
#include "agent/session.h"
#include "common/protocol.h"

/* Progress goes to the request in hand. */
static int64_t progress_id = -1;

static void progress(const char *step, uint64_t done, uint64_t total)
{
	proto_progress(progress_id, step, done, total);
}

/* The first error of a sample is the one to report. */
static void note_error(struct sample *s)
{
	if (!*s->error)
		snprintf(s->error, sizeof(s->error), "%s", err_text());
}

static void sample_init(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->state_fd = -1;
	s->session = -1;
	s->guest.fd = -1;
	s->iommufd = -1;
	s->token = DESIGN_TREE_TOKEN;
	for (int i = 0; i < DEVICE_MAX; i++)
		s->devices[i].fd = -1;
}

/*
 * iommufd gives memory back page by page, 4 KiB at a time: minutes for a big guest. Beyond this
 * size that is left to the next kexec, unless its memory is needed before.
 */
#define TEARDOWN_MAX_BYTES (16ULL << 30)

/* The iommufd of such a guest, still mapped; no device is bound to it. */
static int leftover = -1;

/* Give a leftover guest back if the next one does not fit beside it. */
static void make_room(const struct request *req)
{
	struct page_counters pages;

	counters_pages(&pages);
	if (leftover < 0 ||
	    pages.pages[PAGES_FREE] * sysconf(_SC_PAGESIZE) >
		    (int64_t)(req->backing_bytes + req->backing_bytes / 8 + (256 << 20)))
		return;
	close(leftover);
	leftover = -1;
}

static void sample_release(struct sample *s)
{
	if (s->iommufd >= 0 && s->req.guest_bytes > TEARDOWN_MAX_BYTES) {
		if (leftover >= 0)
			close(leftover);
		leftover = s->iommufd;
		s->iommufd = -1;
	}
	for (int i = 0; i < DEVICE_MAX; i++)
		device_close(&s->devices[i]);
	if (s->iommufd >= 0)
		close(s->iommufd);
	if (s->session >= 0)
		close(s->session);
	guest_close(&s->guest);
	if (s->state_fd >= 0)
		close(s->state_fd);
}

static int hwpt_flags(const struct sample *s, uint32_t *flags)
{
	enum device_stages stages = device_stages(&s->devices[0], s->iommufd);

	*flags = 0;
	if (s->req.first_stage && stages == STAGES_SECOND)
		return err_set(EOPNOTSUPP,
			       "stage first: the IOMMU has no first-stage tables (VT-d: "
			       "or the kernel needs intel_iommu=sm_on)");
	if (!s->req.first_stage && stages == STAGES_FIRST)
		return err_set(EOPNOTSUPP,
			       "stage second: this IOMMU takes first-stage tables only");
	/* With both, only the parent of nested tables is a second-stage one. */
	if (!s->req.first_stage && stages == STAGES_BOTH)
		*flags = IOMMU_HWPT_ALLOC_NEST_PARENT;
	return 0;
}

int sample_attach(struct sample *s)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < s->req.devices; i++)
		rc = device_attach(&s->devices[i], s->hwpt_id);
	if (rc)
		for (unsigned int i = 0; i < s->req.devices; i++)
			device_detach(&s->devices[i]);
	return rc;
}

static int parse(struct sample *s, const json_t *obj)
{
	int rc = request_parse(obj, &s->req);

	if (rc)
		return rc;
	progress_id = s->req.id;
	marks_die_at(s->req.die_at);
	s->design = design_by_name(s->req.design);
	if (!s->design)
		return err_set(EINVAL, "request: unknown design %s", s->req.design);
	if (s->req.attack && s->design->no_device)
		return err_set(EINVAL, "request: design %s has no page table to attack",
			       s->design->name);
	return 0;
}

static int find_devices(struct sample *s)
{
	int nr = device_find(s->state->devices);

	if (nr < 0)
		return nr;
	if ((unsigned int)nr < s->req.devices)
		return err_set(ENODEV, "request: %u devices asked for, the machine has %d",
			       s->req.devices, nr);
	return 0;
}

static int open_devices(struct sample *s)
{
	int rc = 0;

	memcpy(s->devices, s->state->devices, sizeof(s->devices));
	for (unsigned int i = 0; !rc && i < s->req.devices; i++)
		rc = device_open(&s->devices[i]);
	for (unsigned int i = 0; !rc && i < s->req.devices; i++)
		rc = device_bind(&s->devices[i], s->iommufd);
	return rc;
}

static json_t *number_or_null(int64_t val)
{
	return val == COUNTER_NONE ? json_null() : json_integer(val);
}

/* The answer to the request. @after: page counters when everything has been given back. */
static void answer(const struct sample *s, const struct marks *marks, const struct boot *boot,
		   const struct state *state, int64_t extra_peak, bool verified)
{
	json_t *counters = json_object(), *diff = json_null();
	struct page_counters after;

	counters_pages(&after);
	for (int i = 0; leftover >= 0 && i < NR_PAGE_COUNTERS; i++)
		after.pages[i] = COUNTER_NONE;
	counters_pages_json(counters, &state->before, "_before");
	counters_pages_json(counters, &after, "_after");
	counters_perf_json(counters);
	json_object_set_new(counters, "phys_extents", number_or_null(state->phys_extents));
	counters_leaves_json(counters, s->has_leaves ? s->leaves : NULL);
	json_object_set_new(counters, "dma_copies", json_integer(s->dma.copies));
	json_object_set_new(counters, "dma_faults", json_integer(s->dma.faults));
	if (s->adopt_errno && s->adopted.diff_kind != IOMMU_HWPT_DIFF_NONE)
		diff = json_pack("{s:s, s:I}", PROTO_DIFF_KIND,
				 ioas_diff_name(s->adopted.diff_kind), PROTO_DIFF_IOVA,
				 (json_int_t)s->adopted.diff_iova);
	proto_send(json_pack(
		"{s:s, s:I, s:o, s:o, s:I, s:o, s:{s:o, s:o, s:o}, s:o, s:b, s:o, s:o, s:o, s:I, s:o}",
		PROTO_EV, PROTO_EV_SAMPLE, PROTO_ID, (json_int_t)s->req.id, PROTO_MARKS,
		marks_json(marks), PROTO_IDLE, marks_idle_json(marks), PROTO_CLOCK_HZ,
		(json_int_t)boot->clock_hz, PROTO_SCATTER, number_or_null(state->scatter),
		PROTO_BYTES, PROTO_BYTES_SERIALISED, number_or_null(state->serialised_bytes),
		PROTO_BYTES_TABLES, number_or_null(state->tables_bytes), PROTO_BYTES_EXTRA_PEAK,
		number_or_null(extra_peak), PROTO_COUNTERS, counters, PROTO_VERIFIED, verified,
		PROTO_ERROR, *s->error ? json_string(s->error) : json_null(), PROTO_ERRNO,
		s->adopt_errno ? json_integer(s->adopt_errno) : json_null(), PROTO_DIFF, diff,
		PROTO_GENERATION, (json_int_t)boot->generation, PROTO_SUMS,
		marks_sums_json(&s->sums_before, &s->sums_after)));
}

/* What the layout promises about physical memory is what the guest got. */
static int check_scatter(struct sample *s)
{
	struct guest_scatter scatter;
	int rc = guest_scatter(&s->guest, &scatter);

	/* A kernel that shows no physical addresses leaves this unknown. */
	if (rc)
		return rc == -EOPNOTSUPP ? 0 : rc;
	s->state->phys_extents = (int64_t)scatter.extents;
	s->state->scatter = (int64_t)scatter.runs;
	return guest_check_scatter(&scatter, &s->req);
}

/* Files whose pages are pinned, as long as @session is open. */
struct pinned {
	int session;
	uint64_t files;
};

static int pin_file(void *arg, int fd)
{
	struct pinned *pinned = arg;

	return session_preserve(pinned->session, fd,
				(enum session_token)(SESSION_PLUGS + pinned->files++));
}

/*
 * The guest's memory, the same and in the same way for every design. It is pinned once, by handing it
 * over and taking that back: mapping for a device pins, too, and whoever comes first makes the kernel
 * move what lies where nothing may be pinned. In a guest without a device that would be the live update.
 */
static int allocate_guest(struct sample *s)
{
	struct pinned pinned = { .session = session_create() };
	int rc;

	if (pinned.session < 0)
		return pinned.session;
	rc = guest_create(&s->guest, &s->req, pin_file, &pinned, progress);
	close(pinned.session);
	return rc;
}

/* Memory that is not as the layout promises is asked for once more, of a kernel that has tidied up. */
static int create_guest(struct sample *s)
{
	int rc = 0;

	for (int tries = 0; tries < 2; tries++) {
		if (tries)
			guest_compact();
		rc = allocate_guest(s);
		if (rc)
			return rc;
		rc = check_scatter(s);
		if (rc != -ENOMEM)
			break;
		guest_close(&s->guest);
	}
	if (!rc)
		guest_fill(&s->guest, progress);
	return rc;
}

/* The page table that the old kernel's guest runs with, and the devices that use it. */
static int map_guest(struct sample *s)
{
	struct page_counters before, after;
	int rc;

	progress("map", 0, s->req.guest_bytes);
	s->iommufd = ioas_open();
	if (s->iommufd < 0)
		return s->iommufd;
	rc = find_devices(s);
	if (!rc)
		rc = open_devices(s);
	if (rc)
		return rc;
	rc = hwpt_flags(s, &s->state->hwpt_flags);
	if (rc)
		return rc;
	counters_pages(&before);
	rc = redrive_old(s->iommufd, &s->guest, &s->req, &s->ioas_id);
	if (!rc)
		rc = design_fresh_table(s, s->ioas_id);
	if (!rc)
		rc = sample_attach(s);
	counters_pages(&after);
	if (!rc && after.pages[PAGES_IOMMU] != COUNTER_NONE)
		s->state->tables_bytes = (after.pages[PAGES_IOMMU] - before.pages[PAGES_IOMMU]) *
					 sysconf(_SC_PAGESIZE);
	return rc;
}

/* The guest as it runs before the live update. */
static int start_guest(struct sample *s)
{
	int rc;

	make_room(&s->req);
	rc = create_guest(s);
	if (rc)
		return rc;
	if (s->design->no_device)
		s->state->tables_bytes = 0;
	else
		rc = map_guest(s);
	/* As it is handed over: nothing should have moved since. */
	return rc ? rc : check_scatter(s);
}

/* Everything that goes into the session; the state first, so that later marks are in it. */
static int preserve(struct sample *s)
{
	int rc;

	rc = session_preserve(s->session, s->state_fd, SESSION_STATE);
	if (!rc)
		rc = session_preserve(s->session, s->guest.fd, SESSION_GUEST);
	if (!rc)
		rc = s->design->preserve(s);
	if (!rc && damage_is_meant(s->req.attack))
		rc = damage_handover(s->req.attack);
	return rc;
}

static int live_update(struct sample *s)
{
	int rc;

	progress("preserve", 0, 1);
	progress("kexec", 0, 1);
	proto_drain();
	marks_bind(&s->state->marks);
	marks_take(LU_BROWNOUT_BEGIN);
	rc = kexec_load(s->state->cmdline);
	if (rc)
		return rc;
	s->session = session_create();
	if (s->session < 0)
		return s->session;
	marks_take(LU_PRESERVE_BEGIN);
	rc = preserve(s);
	if (rc)
		return rc;
	marks_take(LU_PRESERVE_END);
	marks_take(LU_VM_PAUSE);
	marks_outside(1);
	return kexec_go();
}

/*
 * Where the clock counts instructions idle time takes none and passes at once; how much of it passes
 * until a request comes depends on the controller's machine. A fixed time to begin at makes the ticks
 * and what the kernel does every few seconds the same for every sample.
 */
static void wait_for_start(int64_t start_s)
{
	const struct timespec start = { .tv_sec = start_s };

	while (start_s && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL) == EINTR)
		;
}

void sample_old(const json_t *obj, const struct boot *boot)
{
	struct state failed = { 0 };
	struct sample s;
	char *text;
	int rc;

	sample_init(&s);
	failed.phys_extents = failed.scatter = failed.tables_bytes = failed.serialised_bytes =
		COUNTER_NONE;
	rc = parse(&s, obj);
	if (!rc)
		wait_for_start(s.req.start_s);
	counters_pages(&failed.before);
	if (!rc)
		rc = state_create(&s.state, &s.state_fd);
	if (!rc) {
		text = json_dumps(obj, JSON_COMPACT);
		if (!text || strlen(text) >= sizeof(s.state->request))
			rc = err_set(EMSGSIZE, "request: longer than %d bytes",
				     STATE_REQUEST_BYTES - 1);
		else
			memcpy(s.state->request, text, strlen(text) + 1);
		free(text);
	}
	if (!rc) {
		s.state->generation = boot->generation;
		s.state->clock_hz = boot->clock_hz;
		s.state->perf = boot->perf;
		memcpy(s.state->cmdline, boot->cmdline, sizeof(boot->cmdline));
		s.state->before = failed.before;
		rc = start_guest(&s);
	}
	/* Comes back only when it failed. */
	if (!rc)
		live_update(&s);
	note_error(&s);
	marks_bind(NULL);
	sample_release(&s);
	state_close(s.state);
	kexec_unload();
	answer(&s, &(struct marks){ 0 }, boot, &failed, COUNTER_NONE, false);
}

/* The state of the kernel before, and with it the request. */
static int take_state(struct sample *s, struct boot *boot)
{
	json_error_t why;
	json_t *obj;
	int rc;

	s->state_fd = session_take(s->session, SESSION_STATE);
	if (s->state_fd < 0)
		return s->state_fd;
	rc = state_open(s->state_fd, &s->state);
	if (rc)
		return rc;
	marks_bind(&s->state->marks);
	boot->generation = s->state->generation + 1;
	boot->clock_hz = s->state->clock_hz;
	boot->perf = s->state->perf;
	memcpy(boot->cmdline, s->state->cmdline, sizeof(boot->cmdline));
	obj = json_loads(s->state->request, 0, &why);
	rc = obj ? parse(s, obj) : err_set(EUCLEAN, "state: request: %s", why.text);
	json_decref(obj);
	return rc;
}

static int take_guest(struct sample *s)
{
	int fd = session_take(s->session, SESSION_GUEST);

	return fd < 0 ? fd : guest_open(&s->guest, &s->req, fd);
}

/* Files and devices back in userspace's hands. */
static int retrieve(struct sample *s)
{
	int rc;

	rc = take_guest(s);
	if (rc)
		return rc;
	rc = s->req.attack ? attack_retrieve(s) : s->design->retrieve(s);
	if (rc) {
		note_error(s);
		s->iommufd = ioas_open();
		s->design = design_by_name("rebuild");
	}
	if (s->design->no_device)
		return 0;
	return s->iommufd < 0 ? s->iommufd : open_devices(s);
}

/* The guest's page table again. A design that fails falls back to building it afresh. */
static int make_table(struct sample *s)
{
	const struct design *design = s->req.attack ? design_by_name("rebuild") : s->design;
	int rc = 0;

	marks_take(LU_REDRIVE_BEGIN);
	if (!design->no_device)
		rc = redrive_new(s->iommufd, &s->guest, &s->req, ATTACK_NONE, &s->ioas_id);
	if (rc)
		return rc;
	marks_end(LU_REDRIVE_END, &s->req);
	counters_perf_phase(LU_REDRIVE_END);
	rc = design->page_table(s, s->ioas_id);
	if (rc) {
		note_error(s);
		rc = design_fresh_table(s, s->ioas_id);
	}
	if (!rc && !design->no_device)
		rc = sample_attach(s);
	if (rc)
		return rc;
	marks_end(LU_ATTACH_END, &s->req);
	counters_perf_phase(LU_ATTACH_END);
	return 0;
}

static int verify(struct sample *s)
{
	int rc;

	rc = guest_map(&s->guest);
	if (!rc)
		rc = guest_verify(&s->guest, progress);
	for (unsigned int i = 0; !rc && !s->design->no_device && i < s->req.devices; i++)
		rc = dma_verify(&s->devices[i], s->iommufd, s->ioas_id, &s->guest, &s->dma);
	return rc;
}

/* The new kernel's side, from the session to the running guest and the proof that it runs well. */
static int resume(struct sample *s, int64_t *extra_peak)
{
	int64_t peak;
	int rc;

	rc = retrieve(s);
	if (rc)
		return rc;
	marks_end(LU_RETRIEVE_END, &s->req);
	counters_perf_phase(LU_RETRIEVE_END);
	if (s->req.attack) {
		rc = s->design->keeps_tree ? attack_run(s) :
					     err_say(EOPNOTSUPP, "attack: design %s adopts nothing",
						     s->design->name);
		if (rc)
			note_error(s);
		/* What its tries took is not what the guest's table takes. */
		marks_sums(&s->sums_before);
	}
	rc = make_table(s);
	if (rc)
		return rc;
	marks_end(LU_VM_RESUME, &s->req);
	marks_outside(2);
	peak = counters_peak_stop(s->state->marks.counter[LU_REDRIVE_END],
				  s->state->marks.counter[LU_ATTACH_END]);
	/* The per-CPU parts of the counter are not folded in: it may seem to have shrunk. */
	if (peak != COUNTER_NONE) {
		*extra_peak = peak - counters_iommu_bytes();
		*extra_peak = *extra_peak < 0 ? 0 : *extra_peak;
	}
	rc = session_finish(s->session);
	if (rc)
		return rc;
	close(s->session);
	s->session = -1;
	marks_take(LU_TAIL_END);
	marks_sums(&s->sums_after);
	s->has_leaves = s->hwpt_id && !ioas_count_leaves(s->iommufd, s->hwpt_id, s->leaves);
	rc = verify(s);
	if (!rc)
		marks_take(LU_DMA_VERIFIED);
	return rc;
}

void sample_new(int session, struct boot *boot)
{
	int64_t extra_peak = COUNTER_NONE;
	struct sample s;
	int rc;

	sample_init(&s);
	s.session = session;
	rc = take_state(&s, boot);
	if (rc) {
		proto_error(-1, err_text());
		session_finish(session);
		marks_bind(NULL);
		sample_release(&s);
		state_close(s.state);
		return;
	}
	counters_perf_open(&boot->perf);
	counters_peak_start();
	rc = resume(&s, &extra_peak);
	counters_peak_stop(0, 0);
	if (rc)
		note_error(&s);
	if (marks_kernel(&s.state->marks) < 0)
		note_error(&s);
	if (s.session >= 0)
		session_finish(s.session);
	marks_bind(NULL);
	sample_release(&s);
	answer(&s, &s.state->marks, boot, s.state, extra_peak, !*s.error);
	state_close(s.state);
}
