// SPDX-License-Identifier: GPL-2.0-only
/*
 * lubench-agent: the init of the machine whose kernel is exchanged. Takes requests from the
 * controller before a kexec and answers them after it; see README.md of the project.
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/err.h"
#include "agent/ioas.h"
#include "agent/kexec.h"
#include "agent/kmemleak.h"
#include "agent/marks.h"
#include "agent/proto.h"
#include "agent/sample.h"
#include "agent/session.h"
#include "common/protocol.h"
#include "common/sha256.h"
#include "version.h"

static int mount_one(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		return err_set(errno, "mount %s on %s", type, dir);
	return 0;
}

static int mount_all(void)
{
	int rc;

	rc = mount_one("devtmpfs", "/dev");
	if (!rc)
		rc = mount_one("proc", "/proc");
	if (!rc)
		rc = mount_one("sysfs", "/sys");
	return rc;
}

/* An init that dies takes the kernel with it, without a word: say so and switch off instead. */
static void on_fatal_signal(int sig)
{
	proto_error(-1, sig == SIGBUS  ? "the agent died of SIGBUS: out of memory" :
			sig == SIGSEGV ? "the agent died of SIGSEGV" :
					 "the agent died of a signal");
	proto_drain();
	kexec_poweroff();
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_fatal_signal, .sa_flags = (int)SA_RESETHAND };
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
}

static json_t *devices_json(void)
{
	struct device devices[DEVICE_MAX];
	json_t *list = json_array();
	int nr = device_find(devices);

	for (int i = 0; i < nr; i++)
		json_array_append_new(list, device_json(&devices[i]));
	return list;
}

/* The options of an IOAS as this agent takes it; null when there is no iommufd to ask. */
static json_t *ioas_json(void)
{
	int fd = ioas_open(), huge = -1;
	uint32_t id;

	if (fd >= 0 && !ioas_alloc(fd, &id))
		huge = ioas_huge_pages(fd, id);
	if (fd >= 0)
		close(fd);
	return huge < 0 ? json_null() : json_sprintf("huge_pages=%d", huge);
}

/* What this program is, by content; null when it cannot be read. */
static json_t *agent_sha256(void)
{
	char hex[65];

	return sha256_file("/proc/self/exe", hex) ? json_null() : json_string(hex);
}

static void say_hello(const struct boot *boot)
{
	struct page_counters pages;
	json_t *counters = json_object();
	struct utsname uts;

	uname(&uts);
	counters_pages(&pages);
	counters_pages_json(counters, &pages, "");
	proto_send(json_pack(
		"{s:s, s:i, s:s, s:s, s:s, s:i, s:I, s:s, s:I, s:o, s:o, s:{s:f}, s:o, "
		"s:b, s:b, s:b, s:o, s:o, s:o}",
		PROTO_EV, PROTO_EV_HELLO, PROTO_PROTO, PROTO_VERSION, PROTO_AGENT,
		LUBENCH_VERSION "+" LUBENCH_COMMIT, PROTO_KERNEL, uts.release, PROTO_CMDLINE,
		boot->cmdline, PROTO_CPUS, (int)sysconf(_SC_NPROCESSORS_ONLN), PROTO_MEMORY,
		(json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), PROTO_CLOCK,
		MARKS_CLOCK, PROTO_CLOCK_HZ, (json_int_t)boot->clock_hz, PROTO_IOMMU,
		device_iommu_json(), PROTO_DEVICES, devices_json(), PROTO_MARK_NS,
		PROTO_MARK_NS_AGENT, marks_cost_ns(boot->clock_hz), PROTO_COUNTERS, counters,
		PROTO_LIVEUPDATE, !access("/dev/liveupdate", F_OK), PROTO_KERNEL_MARKS,
		!access("/dev/liveupdate_marks", F_OK), PROTO_KMEMLEAK, kmemleak_is_there(),
		PROTO_PERF, *boot->perf.why ? json_string(boot->perf.why) : json_true(), PROTO_IOAS,
		ioas_json(), PROTO_AGENT_SHA256, agent_sha256()));
}

static void serve(const struct boot *boot)
{
	json_t *obj;

	while ((obj = proto_read())) {
		const char *cmd = json_string_value(json_object_get(obj, PROTO_CMD));

		if (cmd && !strcmp(cmd, PROTO_CMD_SAMPLE))
			sample_old(obj, boot);
		else if (cmd && !strcmp(cmd, PROTO_CMD_POWEROFF))
			break;
		else
			proto_error(-1, "protocol: " PROTO_CMD " must be " PROTO_CMD_SAMPLE
					" or " PROTO_CMD_POWEROFF);
		json_decref(obj);
	}
}

static int usage(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("lubench-agent " LUBENCH_VERSION " (" LUBENCH_COMMIT ")");
		return 0;
	}
	fputs("lubench-agent is the init of a machine under test; it does nothing elsewhere.\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct boot boot = { 0 };
	int session;

	marks_take(LU_AGENT_START);
	marks_take(LU_RETRIEVE_BEGIN);
	if (getpid() != 1)
		return usage(argc, argv);
	catch_signals();
	if (mount_all()) {
		fprintf(stderr, "lubench-agent: %s\n", err_text());
		kexec_poweroff();
	}
	marks_open();
	session = session_retrieve();
	if (session >= 0) {
		sample_new(session, &boot);
	} else {
		marks_bind(NULL);
		if (kexec_cmdline(boot.cmdline, sizeof(boot.cmdline)))
			proto_error(-1, err_text());
		boot.clock_hz = marks_clock_hz();
		counters_perf_find(&boot.perf);
		marks_outside_open();
		say_hello(&boot);
	}
	serve(&boot);
	kmemleak_tell();
	proto_drain();
	kexec_poweroff();
}
