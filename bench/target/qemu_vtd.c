// SPDX-License-Identifier: GPL-2.0-or-later
/* The target qemu-vtd: x86-64 on q35 behind an emulated Intel VT-d. */
#include "target/qemu.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "common/error.h"
#include "target/designs.h"

static void vtd_arguments(const struct qemu_machine *m, struct arguments *args)
{
	const struct workload *w = m->workload;
	bool kvm = !strcmp(m->accelerator, "kvm");

	/* Interrupt remapping wants the irqchip split between KVM and QEMU. */
	arguments_addf(args, "-machine");
	arguments_addf(args, "q35,vmport=off,smbus=off%s", kvm ? ",kernel-irqchip=split" : "");
	/* TCG runs string instructions byte by byte: keep the kernel from preferring them. */
	arguments_add(args, "-cpu",
		      kvm ? "host,+invtsc,migratable=off" :
			    "max,la57=off,erms=off,fsrm=off,fzrm=off,fsrs=off,fsrc=off",
		      NULL);
	arguments_add(args, "-device", NULL);
	arguments_addf(args, "intel-iommu,intremap=on,caching-mode=%s,aw-bits=%d%s%s",
		       w->iommu.caching_mode ? "on" : "off", (int)w->iommu.aw_bits,
		       w->iommu.scalable ? ",x-scalable-mode=on" : "",
		       m->first_stage ? ",x-flts=on" : "");
	arguments_add(args, "-device", "isa-debugcon,iobase=0x402,chardev=outside", NULL);
}

#if defined(__x86_64__)
/* The host's TSC, measured against its clock; 0 when the two do not fit together. */
static int64_t host_tsc_hz(void)
{
	static int64_t hz;
	const struct timespec wait = { .tv_nsec = 100000000 };
	uint64_t tsc[2] = { 0 }, ns[2] = { 0 };

	for (int side = 0; side < 2 && !hz; side++) {
		uint64_t best = UINT64_MAX;

		/* The tightest of some readings: nothing came between the two clocks. */
		for (int i = 0; i < 50; i++) {
			uint64_t before = __rdtsc(), after;
			struct timespec ts;

			clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
			after = __rdtsc();
			if (after - before >= best)
				continue;
			best = after - before;
			tsc[side] = before + best / 2;
			ns[side] = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
		}
		if (!side)
			nanosleep(&wait, NULL);
	}
	if (!hz)
		hz = (int64_t)((double)(tsc[1] - tsc[0]) * 1e9 / (double)(ns[1] - ns[0]));
	return hz;
}
#else
static int64_t host_tsc_hz(void)
{
	return 0;
}
#endif

/* TCG gives the guest the host's counter as TSC, with -icount shift=0 one tick an instruction. */
static int64_t vtd_clock_hz(const struct qemu_machine *m)
{
	if (m->icount)
		return 1000000000;
	return !strcmp(m->accelerator, "tcg") ? host_tsc_hz() : 0;
}

static char *vtd_cmdline(const struct qemu_machine *m)
{
	int64_t hz = vtd_clock_hz(m);
	char *text, tsc[64] = "";

	/* Neither timer checks nor clock calibration mean anything on a busy host. */
	if (hz)
		snprintf(tsc, sizeof(tsc), " no_timer_check tsc_early_khz=%lld",
			 (long long)(hz / 1000));
	if (asprintf(&text, " intel_iommu=on%s%s", m->workload->iommu.scalable ? ",sm_on" : "",
		     tsc) < 0)
		return NULL;
	return text;
}

static int vtd_caps(const struct workload *w, struct lu_values *caps)
{
	return lu_values_set(caps, "aw_bits", w->iommu.aw_bits) ||
			       lu_values_set(caps, "scalable", w->iommu.scalable) ||
			       lu_values_set(caps, "caching_mode", w->iommu.caching_mode) ?
		       -ENOMEM :
		       0;
}

static const struct qemu_arch x86_64 = {
	.emulator = "qemu-system-x86_64",
	.console = "ttyS0",
	/*
	 * The scratch areas are CMA memory. With the default, twice what the kernel has reserved, so much
	 * of the machine is CMA that guests get it first and are moved, in order, when they are pinned.
	 */
	.kho = " kho_scratch=50%",
	.port = "/dev/ttyS1",
	.clock = "tsc",
#if defined(__x86_64__)
	.native = true,
#endif
	.arguments = vtd_arguments,
	.clock_hz = vtd_clock_hz,
	.cmdline = vtd_cmdline,
	.caps = vtd_caps,
};

static int vtd_check(const struct workload *w, char **err)
{
	if (err)
		*err = NULL;
	for (size_t i = 0; i < w->nr_matrix; i++)
		for (size_t k = 0; k < w->matrix[i].stage.n; k++)
			if (!strcmp(w->matrix[i].stage.v[k], "first") && w->iommu.aw_bits != 48)
				return lu_fail(err, -EINVAL,
					       "%s:%d: stage = first with aw_bits = %lld: QEMU has "
					       "first-stage tables of 48 bits only",
					       w->path, matrix_line(&w->matrix[i], "stage"),
					       (long long)w->iommu.aw_bits);
	return qemu_check(w, err);
}

static int vtd_identify(const struct target_config *config, struct target_identity *id, char **err)
{
	return qemu_identify_all(&x86_64, config, id, err);
}

static int vtd_prepare(const struct target_config *config, struct target **out, char **err)
{
	return qemu_prepare(&x86_64, config, out, err);
}

static const char *const iommus[] = { "intel", NULL };
/* Of a memfd; it has no larger ones. */
static const int64_t page_sizes[] = { 4 << 10, 2 << 20, 0 };

const struct target_ops qemu_vtd_target = {
	.name = "qemu-vtd",
	.what = "patched x86-64 kernel on QEMU q35 with intel-iommu",
	.good_for = "the whole path with a real kexec; runs anywhere",
	.designs = designs_with_kexec,
	.iommus = iommus,
	.page_sizes = page_sizes,
	.tables = "second stage; with scalable = yes first stage and parents of nested tables, too",
	.counts = "pages; cycles and instructions where the CPU has counters, which TCG's has not",
	.parallel = true,
	.check = vtd_check,
	.identify = vtd_identify,
	.prepare = vtd_prepare,
	.describe = qemu_describe,
	.take = qemu_take,
	.release = qemu_release,
};
