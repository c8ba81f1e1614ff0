// SPDX-License-Identifier: GPL-2.0-or-later
/* The target qemu-vtd: x86-64 on q35 behind an emulated Intel VT-d. */
#include "target/qemu.h"

#include "target/designs.h"

static void vtd_arguments(const struct qemu_machine *m, struct arguments *args)
{
	const struct workload *w = m->workload;
	bool kvm = m->accelerator[0] == 'k';

	/* Interrupt remapping wants the irqchip split between KVM and QEMU. */
	arguments_addf(args, "-machine");
	arguments_addf(args, "q35,vmport=off,smbus=off%s", kvm ? ",kernel-irqchip=split" : "");
	arguments_add(args, "-cpu", kvm ? "host,+invtsc,migratable=off" : "max,la57=off", NULL);
	arguments_add(args, "-device", NULL);
	arguments_addf(args, "intel-iommu,intremap=on,caching-mode=%s,aw-bits=%d%s%s",
		       w->iommu.caching_mode ? "on" : "off", (int)w->iommu.aw_bits,
		       w->iommu.scalable ? ",x-scalable-mode=on" : "",
		       m->first_stage ? ",x-flts=on" : "");
	for (int64_t i = 0; i < m->devices; i++) {
		arguments_add(args, "-device", NULL);
		/* A slot and so an IOMMU group each, low enough for their VFs; nothing boots of them. */
		arguments_addf(args, "igb,addr=%#x,romfile=", (unsigned int)(2 + i));
	}
	arguments_add(args, "-serial", "chardev:console", "-serial", "chardev:proto", NULL);
	arguments_add(args, "-device", "isa-debugcon,iobase=0x402,chardev=outside", NULL);
}

static const char *vtd_cmdline(const struct qemu_machine *m)
{
	return m->workload->iommu.scalable ? " intel_iommu=on,sm_on" : " intel_iommu=on";
}

static const struct qemu_arch x86_64 = {
	.emulator = "qemu-system-x86_64",
	.console = "ttyS0",
	.port = "/dev/ttyS1",
	.clock = "tsc",
	.arguments = vtd_arguments,
	.cmdline = vtd_cmdline,
};

static int vtd_prepare(const struct target_config *config, struct target **out, char **err)
{
	return qemu_prepare(&x86_64, config, out, err);
}

static const char *const iommus[] = { "intel", NULL };

const struct target_ops qemu_vtd_target = {
	.name = "qemu-vtd",
	.what = "patched x86-64 kernel on QEMU q35 with intel-iommu",
	.good_for = "the whole path with a real kexec; runs anywhere",
	.designs = designs_with_kexec,
	.iommus = iommus,
	.check = qemu_check,
	.prepare = vtd_prepare,
	.describe = qemu_describe,
	.take = qemu_take,
	.release = qemu_release,
};
