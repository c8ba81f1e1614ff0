// SPDX-License-Identifier: GPL-2.0-or-later
/* The target qemu-smmuv3: arm64 on virt behind an emulated Arm SMMUv3. */
#include "target/qemu.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "target/designs.h"

static void smmuv3_arguments(const struct qemu_machine *m, struct arguments *args)
{
	bool kvm = !strcmp(m->accelerator, "kvm");

	/* The last version of virt that leaves the stages to us: later ones always offer both. */
	arguments_add(args, "-machine", NULL);
	arguments_addf(args, "virt-9.1,iommu=smmuv3,gic-version=%s", kvm ? "host" : "3");
	arguments_add(args, "-global", NULL);
	arguments_addf(args, "arm-smmuv3.stage=%s", m->workload->iommu.scalable ? "nested" : "2");
	/* TCG computes authentication codes bit by bit, and vectors only make contexts larger. */
	arguments_add(args, "-cpu", kvm ? "host" : "max,pauth=off,sve=off,sme=off", NULL);
	/* No driver has it: the agent writes its transmit register. */
	arguments_add(args, "-device", "pci-serial,addr=0x1f,chardev=outside", NULL);
}

/* CNTFRQ_EL0 says it exactly. */
static int64_t smmuv3_clock_hz(const struct qemu_machine *m)
{
	(void)m;
	return 0;
}

static char *smmuv3_cmdline(const struct qemu_machine *m)
{
	(void)m;
	return strdup("");
}

static int smmuv3_caps(const struct workload *w, struct lu_values *caps)
{
	return lu_values_set(caps, "stage_1", w->iommu.scalable) ||
			       lu_values_set(caps, "stage_2", true) ?
		       -ENOMEM :
		       0;
}

static const struct qemu_arch arm64 = {
	.emulator = "qemu-system-aarch64",
	.console = "ttyAMA0",
	/* Little is reserved here: half of it would have no room for the next kernel. */
	.kho = "",
	.port = "/dev/ttyAMA1",
	.clock = "cntvct",
#if defined(__aarch64__)
	.native = true,
#endif
	.arguments = smmuv3_arguments,
	.clock_hz = smmuv3_clock_hz,
	.cmdline = smmuv3_cmdline,
	.caps = smmuv3_caps,
};

static int smmuv3_check(const struct workload *w, char **err)
{
	if (err)
		*err = NULL;
	if (w->iommu.aw_bits != 48)
		return lu_fail(err, -EINVAL, "%s: aw_bits is %lld: allowed here is 48", w->path,
			       (long long)w->iommu.aw_bits);
	if (w->iommu.caching_mode)
		return lu_fail(err, -EINVAL,
			       "%s: caching_mode = yes: an SMMUv3 has none, allowed here is no",
			       w->path);
	return qemu_check(w, err);
}

static int smmuv3_identify(const struct target_config *config, struct target_identity *id,
			   char **err)
{
	return qemu_identify_all(&arm64, config, id, err);
}

static int smmuv3_prepare(const struct target_config *config, struct target **out, char **err)
{
	return qemu_prepare(&arm64, config, out, err);
}

static const char *const iommus[] = { "smmuv3", NULL };
/* Of a memfd; it has no larger ones. The smallest is that of the kernel, which has one of three. */
static const int64_t page_sizes[] = { 4 << 10, 16 << 10, 64 << 10, 2 << 20, 0 };

const struct target_ops qemu_smmuv3_target = {
	.name = "qemu-smmuv3",
	.what = "patched arm64 kernel on QEMU virt with SMMUv3",
	.good_for = "the same on Arm; runs anywhere",
	.designs = designs_with_kexec,
	.iommus = iommus,
	.page_sizes = page_sizes,
	.tables = "stage 2; with scalable = yes stage 1 and parents of nested tables, too",
	.counts = "pages; cycles; instructions with clock = icount",
	.parallel = true,
	.check = smmuv3_check,
	.identify = smmuv3_identify,
	.prepare = smmuv3_prepare,
	.describe = qemu_describe,
	.take = qemu_take,
	.release = qemu_release,
};
