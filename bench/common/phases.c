// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/phases.h"

#include <string.h>

const struct lu_mark_info lu_marks[LU_NR_MARKS] = {
	[LU_BROWNOUT_BEGIN] = { "brownout_begin", "old agent", "work for the update starts" },
	[LU_PRESERVE_BEGIN] = { "preserve_begin", "old agent", "handing files to LUO starts" },
	[LU_PRESERVE_END] = { "preserve_end", "old agent", "every file is preserved" },
	[LU_VM_PAUSE] = { "vm_pause", "old agent", "the guest stops" },
	[LU_FREEZE_BEGIN] = { "freeze_begin", "old kernel", "LUO freezes what it preserves" },
	[LU_FREEZE_END] = { "freeze_end", "old kernel", "everything preserved is frozen" },
	[LU_REBOOT_ENTER] = { "reboot_enter", "old kernel", "kernel_kexec goes on" },
	[LU_DEVICES_DOWN] = { "devices_down", "old kernel", "devices are shut down" },
	[LU_JUMP] = { "jump", "old kernel", "last instructions of the old kernel" },
	[LU_ENTRY] = { "entry", "new kernel", "first place that can read the clock" },
	[LU_START_KERNEL] = { "start_kernel", "new kernel", "start_kernel is entered" },
	[LU_KHO_RESTORED] = { "kho_restored", "new kernel", "preserved memory is known" },
	[LU_INITCALLS_DONE] = { "initcalls_done", "new kernel", "all initcalls have run" },
	[LU_INIT_EXEC] = { "init_exec", "new kernel", "the kernel runs /init" },
	[LU_AGENT_START] = { "agent_start", "new agent", "first line of the agent" },
	[LU_RETRIEVE_BEGIN] = { "retrieve_begin", "new agent", "taking files from LUO starts" },
	[LU_RETRIEVE_END] = { "retrieve_end", "new agent", "every file is there again" },
	[LU_REDRIVE_BEGIN] = { "redrive_begin", "new agent", "the ioctls start again" },
	[LU_REDRIVE_END] = { "redrive_end", "new agent", "the IOAS is as it was" },
	[LU_RESTORE_BEGIN] = { "restore_begin", "new kernel",
			       "making a domain of the tree starts" },
	[LU_RESTORE_END] = { "restore_end", "new kernel", "the tree is in a domain" },
	[LU_VERIFY_BEGIN] = { "verify_begin", "new kernel", "verifying the tree starts" },
	[LU_VERIFY_END] = { "verify_end", "new kernel", "the tree is verified" },
	[LU_ADOPT_BEGIN] = { "adopt_begin", "new kernel", "adopting the tree starts" },
	[LU_ADOPT_END] = { "adopt_end", "new kernel", "the tree belongs to the IOAS" },
	[LU_ATTACH_END] = { "attach_end", "new agent", "the device is attached" },
	[LU_VM_RESUME] = { "vm_resume", "new agent", "the guest runs again" },
	[LU_DMA_VERIFIED] = { "dma_verified", "new agent", "DMA and memory are checked" },
	[LU_TAIL_END] = { "tail_end", "new agent", "the system is as before" },
};

#define FROM(...)                       \
	{                               \
		__VA_ARGS__, LU_NO_MARK \
	}

const struct lu_phase lu_phases[] = {
	{ "quiesce", FROM(LU_VM_PAUSE), LU_FREEZE_BEGIN, 0, "stop the guest, call reboot" },
	{ "freeze", FROM(LU_FREEZE_BEGIN), LU_FREEZE_END, 0, "freeze what is preserved" },
	{ "reboot", FROM(LU_FREEZE_END), LU_REBOOT_ENTER, 0, "enter the reboot path" },
	{ "devices", FROM(LU_REBOOT_ENTER), LU_DEVICES_DOWN, 0, "shut devices down" },
	{ "shutdown", FROM(LU_DEVICES_DOWN), LU_JUMP, 0, "stop CPUs, finish KHO, leave" },
	{ "handoff", FROM(LU_JUMP), LU_ENTRY, 0, "relocate and jump" },
	{ "unpack", FROM(LU_ENTRY), LU_START_KERNEL, 0, "decompress the new kernel" },
	{ "kho", FROM(LU_START_KERNEL), LU_KHO_RESTORED, 0, "take preserved memory back" },
	{ "initcalls", FROM(LU_KHO_RESTORED), LU_INITCALLS_DONE, 0, "bring the kernel up" },
	{ "init", FROM(LU_INITCALLS_DONE), LU_INIT_EXEC, 0, "unpack and find /init" },
	{ "exec", FROM(LU_INIT_EXEC), LU_AGENT_START, 0, "start the agent" },
	{ "retrieve", FROM(LU_RETRIEVE_BEGIN), LU_RETRIEVE_END, 0, "take files back from LUO" },
	{ "redrive", FROM(LU_REDRIVE_BEGIN), LU_REDRIVE_END, 0, "issue the ioctls again" },
	{ "restore", FROM(LU_RESTORE_BEGIN), LU_RESTORE_END, 1, "put the kept tree into a domain" },
	{ "verify", FROM(LU_VERIFY_BEGIN), LU_VERIFY_END, 1, "pin memory, compare the tree" },
	{ "adopt", FROM(LU_ADOPT_BEGIN), LU_ADOPT_END, 1, "make the tree the HWPT" },
	{ "attach", FROM(LU_ADOPT_END, LU_REDRIVE_END), LU_ATTACH_END, 0,
	  "attach the device; rebuild: pin and map before" },
	{ "resume", FROM(LU_ATTACH_END), LU_VM_RESUME, 0, "let the guest run" },
};

const size_t lu_nr_phases = sizeof(lu_phases) / sizeof(lu_phases[0]);

enum lu_mark lu_mark_by_name(const char *name)
{
	for (int i = 0; i < LU_NR_MARKS; i++)
		if (!strcmp(lu_marks[i].name, name))
			return (enum lu_mark)i;
	return LU_NO_MARK;
}

const char *lu_phase_end_name(const char *name)
{
	const struct lu_phase *phase = lu_phase_by_name(name);

	if (phase)
		return lu_marks[phase->end].name;
	/* From restoring the tree to freeing what was needed for verifying it, in runs of /1. */
	return strcmp(name, "compare") ? NULL : "compare_end";
}

const struct lu_sum lu_sums[LU_NR_SUMS] = {
	[LU_SUM_PIN] = { "pin", "pin_ns", "pin memory and read where it is" },
	[LU_SUM_MAP] = { "map", "map_ns", "map it into an I/O page table" },
	[LU_SUM_COMPARE] = { "compare", "compare_ns", "compare the tree with it" },
	[LU_SUM_CLAIM] = { "claim", "claim_ns", "take the pages of the tree from KHO" },
	[LU_SUM_FREE] = { "free", "free_ns", "free the tree that was compared with" },
};

const struct lu_phase *lu_phase_by_name(const char *name)
{
	for (size_t i = 0; i < lu_nr_phases; i++)
		if (!strcmp(lu_phases[i].name, name))
			return &lu_phases[i];
	return NULL;
}
