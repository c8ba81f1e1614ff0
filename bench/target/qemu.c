// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/protocol.h"
#include "target/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "common/error.h"
#include "run/host.h"
#include "sample/idle.h"
#include "sample/sample.h"
#include "target/dut.h"
#include "target/observer.h"
#include "target/snapshot.h"

#define MIB (1LL << 20)
#define GIB (1LL << 30)

/* A first boot with firmware takes seconds, on a busy host minutes; with -icount more. */
#define BOOT_TIMEOUT_S 180
#define BOOT_TIMEOUT_ICOUNT_S 600
#define PREALLOC_S_PER_GIB 10
/* An accelerator that works boots the kernel in a second or two. */
#define PROBE_TIMEOUT_S 20
#define MAX_FAILED_STARTS 3
/*
 * Uptime in seconds at which a machine whose clock counts instructions begins its sample: by then the
 * kernel has done what it does every few seconds after a boot (it gives back the pages that each CPU
 * kept). How much idle time passes until a request comes depends on this host.
 */
#define START_S 30
#define VERSION_TIMEOUT_S 20
#define POWEROFF_MS 2000
/* The agent looks for leaks before it switches the machine off, when the kernel can. */
#define LEAK_SCAN_MS 120000

/**
 * struct target
 * @pid: the running QEMU, 0 for none.
 * @machine: how it was started.
 * @used: it has been kexec'd.
 * @snapshot: state of the machine @saved after its boot, -1 for none.
 * @no_snapshot: this QEMU cannot save the machine; every sample boots one.
 * @console_from: where the log of this start begins in @console.
 * @accelerator: the one that worked.
 * @kvm_trouble: why KVM was not taken; told once.
 * @told_perf: why something is not counted has been told.
 * @hello: what the agent said at the first start: the DUT does not change within a run.
 * @failed_starts: in a row.
 */
struct target {
	const struct qemu_arch *arch;
	const struct target_config *config;
	char *emulator;
	char *console;
	long console_from;
	char *log;
	char *talk;
	const char *accelerator;
	json_t *hello;
	json_t *kernel_info;
	char *kvm_trouble;
	bool told_perf;
	char *cmdline;
	struct qemu_machine machine;
	bool used;
	int snapshot;
	struct qemu_machine saved;
	bool no_snapshot;
	pid_t pid;
	int proto_fd;
	int outside_fd;
	int qmp_fd;
	struct dut *dut;
	struct observer *observer;
	int failed_starts;
	int64_t next_id;
};

void arguments_addf(struct arguments *args, const char *fmt, ...)
{
	char **bigger = reallocarray(args->v, args->n + 2, sizeof(*bigger));
	va_list ap;

	if (!bigger) {
		args->failed = true;
		return;
	}
	args->v = bigger;
	va_start(ap, fmt);
	if (vasprintf(&args->v[args->n], fmt, ap) < 0)
		args->failed = true;
	else
		args->n++;
	va_end(ap);
	args->v[args->n] = NULL;
}

void arguments_add(struct arguments *args, ...)
{
	const char *word;
	va_list ap;

	va_start(ap, args);
	while ((word = va_arg(ap, const char *)))
		arguments_addf(args, "%s", word);
	va_end(ap);
}

void arguments_release(struct arguments *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->v[i]);
	free(args->v);
	*args = (struct arguments){ 0 };
}

/* The devices to pass through. */
static void add_devices(const struct qemu_machine *m, struct arguments *args)
{
	for (int64_t i = 0; i < m->devices; i++) {
		arguments_add(args, "-device", NULL);
		/*
		 * A slot and so an IOMMU group each. The VFs of an igb take the two slots that are 16
		 * slots on, so every other slot up to 13 is used. Nothing boots of them.
		 */
		arguments_addf(args, "igb,addr=%#x,romfile=", (unsigned int)(1 + 2 * i));
	}
}

static long file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (long)st.st_size;
}

/* The last line since @from that tells of trouble, malloc()ed; NULL when there is none. */
static char *console_trouble(const char *path, long from)
{
	static const char *const signs[] = { "Kernel panic", "BUG:", "Oops:", "lubench-agent:" };
	char *line = NULL, *found = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return NULL;
	while (!fseek(f, from, SEEK_SET) && getline(&line, &size, f) > 0) {
		char *at = NULL;

		from = ftell(f);
		for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]) && !at; i++)
			at = strstr(line, signs[i]);
		if (!at)
			continue;
		at[strcspn(at, "\r\n")] = '\0';
		free(found);
		found = strdup(at);
	}
	free(line);
	fclose(f);
	return found;
}

/* Wait for the end of QEMU, at most so long. Return: whether it ended. */
static bool reap(struct target *t, int64_t ms)
{
	const struct timespec nap = { .tv_nsec = 10000000 };

	for (; t->pid; ms -= 10) {
		pid_t pid = waitpid(t->pid, NULL, WNOHANG);

		if (pid == t->pid || (pid < 0 && errno == ECHILD))
			t->pid = 0;
		else if (ms <= 0)
			return false;
		else
			nanosleep(&nap, NULL);
	}
	return true;
}

static void stop(struct target *t)
{
	if (t->pid && !reap(t, 0)) {
		kill(-t->pid, SIGKILL);
		while (!reap(t, 1000))
			kill(t->pid, SIGKILL);
	}
	observer_stop(t->observer);
	t->observer = NULL;
	dut_free(t->dut);
	t->dut = NULL;
	if (t->proto_fd >= 0)
		close(t->proto_fd);
	if (t->outside_fd >= 0)
		close(t->outside_fd);
	if (t->qmp_fd >= 0)
		close(t->qmp_fd);
	t->proto_fd = -1;
	t->outside_fd = -1;
	t->qmp_fd = -1;
}

void arguments_add_icount(struct arguments *args)
{
	/* Everything that could differ between two runs is fixed: CPU speed, dates, randomness. */
	arguments_add(args, "-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm",
		      "-seed", "1", NULL);
}

void arguments_add_data_folders(const struct target_config *config, struct arguments *args)
{
	const char *data = config->emulator_data;

	while (data && *data) {
		size_t len = strcspn(data, ":");

		arguments_add(args, "-L", NULL);
		arguments_addf(args, "%.*s", (int)len, data);
		data += len + (data[len] == ':');
	}
}

/* In QEMU's options a comma inside of a value is written twice. */
static void add_console(const struct target *t, struct arguments *args)
{
	char *path = malloc(2 * strlen(t->console) + 1), *to = path;

	if (!path) {
		args->failed = true;
		return;
	}
	for (const char *from = t->console; *from; from++) {
		*to++ = *from;
		if (*from == ',')
			*to++ = ',';
	}
	*to = '\0';
	arguments_add(args, "-chardev", NULL);
	arguments_addf(args, "file,id=console,path=%s,append=on", path);
	free(path);
}

static const char *info(const struct target *t, const char *key)
{
	return json_string_value(json_object_get(t->kernel_info, key));
}

static int make_cmdline(struct target *t, const struct qemu_machine *m)
{
	const char *wanted = info(t, "cmdline");
	char *more = t->arch->cmdline(m);

	free(t->cmdline);
	t->cmdline = NULL;
	/*
	 * panic=-1 with -no-reboot: a kernel that panics ends QEMU, and we notice at once. Addresses
	 * that differ from boot to boot would move page faults from one phase to another.
	 */
	if (more &&
	    asprintf(&t->cmdline,
		     "console=%s kho=on%s liveupdate=on%s lubench.proto=%s quiet panic=-1%s%s%s",
		     t->arch->console, t->arch->kho, more, t->arch->port,
		     m->icount ? " nokaslr norandmaps" : "", wanted && *wanted ? " " : "",
		     wanted ? wanted : "") < 0)
		t->cmdline = NULL;
	free(more);
	return t->cmdline ? 0 : -ENOMEM;
}

/* QEMU's end of each channel to it. */
enum channel { CHANNEL_PROTO, CHANNEL_OUTSIDE, CHANNEL_QMP, NR_CHANNELS };

/* @snapshot: the state to start from, -1 to boot. */
static int make_arguments(struct target *t, const struct qemu_machine *m, const int *channel,
			  int snapshot, struct arguments *args)
{
	const struct workload *w = t->config->workload;

	if (make_cmdline(t, m))
		return -ENOMEM;
	arguments_add(args, t->emulator, NULL);
	arguments_add_data_folders(t->config, args);
	arguments_add(args, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		      "-accel", m->accelerator, NULL);
	arguments_add(args, "-m", NULL);
	arguments_addf(args, "%lldM", (long long)(w->dut.memory / MIB));
	/*
	 * Else the first sample that touches a page waits for this host to find one: seconds of the
	 * blackout of a guest of 4 GiB. Instructions do not wait.
	 */
	if (!m->icount)
		arguments_add(args, "-mem-prealloc", NULL);
	arguments_add(args, "-smp", NULL);
	arguments_addf(args, "%d", (int)w->dut.cpus);
	add_console(t, args);
	arguments_add(args, "-chardev", NULL);
	arguments_addf(args, "socket,id=proto,fd=%d", channel[CHANNEL_PROTO]);
	arguments_add(args, "-chardev", NULL);
	arguments_addf(args, "socket,id=outside,fd=%d", channel[CHANNEL_OUTSIDE]);
	arguments_add(args, "-chardev", NULL);
	arguments_addf(args, "socket,id=qmp,fd=%d", channel[CHANNEL_QMP]);
	arguments_add(args, "-mon", "chardev=qmp,mode=control", NULL);
	arguments_add(args, "-serial", "chardev:console", "-serial", "chardev:proto", NULL);
	t->arch->arguments(m, args);
	add_devices(m, args);
	if (m->icount)
		arguments_add_icount(args);
	arguments_add(args, "-kernel", t->config->kernel, "-initrd", t->config->initrd, "-append",
		      t->cmdline, NULL);
	if (snapshot >= 0) {
		char *source = snapshot_source(snapshot);

		if (!source)
			return -ENOMEM;
		arguments_add(args, "-incoming", source, NULL);
		free(source);
	}
	return args->failed ? -ENOMEM : 0;
}

/* In the child: become QEMU. Only calls that are safe after fork() in a program with threads. */
__attribute__((noreturn)) static void become(const struct arguments *args, pid_t parent, int log_fd,
					     const int *keep)
{
	setpgid(0, 0);
	/* Dies with us, however we die. The check closes the gap before the call. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(126);
	for (int i = 0; i < NR_CHANNELS; i++)
		fcntl(keep[i], F_SETFD, 0);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(log_fd, STDOUT_FILENO);
	dup2(log_fd, STDERR_FILENO);
	execvp(args->v[0], args->v);
	_exit(127);
}

static int spawn(struct target *t, const struct qemu_machine *m, int snapshot, char **err)
{
	int *const ours[NR_CHANNELS] = { &t->proto_fd, &t->outside_fd, &t->qmp_fd };
	int theirs[NR_CHANNELS] = { -1, -1, -1 }, log_fd, ret = 0;
	struct arguments args = { 0 };
	pid_t parent = getpid();

	for (int i = 0; i < NR_CHANNELS && !ret; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
			ret = lu_fail(err, -errno, "socketpair: %s", strerror(errno));
			break;
		}
		*ours[i] = pair[0];
		theirs[i] = pair[1];
	}
	log_fd = open(t->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (!ret) {
		ret = make_arguments(t, m, theirs, snapshot, &args);
		if (ret)
			lu_fail(err, ret, "out of memory");
	}
	if (!ret) {
		t->pid = fork();
		if (!t->pid)
			become(&args, parent, log_fd, theirs);
		if (t->pid < 0) {
			ret = lu_fail(err, -errno, "fork: %s", strerror(errno));
			t->pid = 0;
		} else {
			setpgid(t->pid, t->pid);
		}
	}
	arguments_release(&args);
	if (log_fd >= 0)
		close(log_fd);
	for (int i = 0; i < NR_CHANNELS; i++)
		if (theirs[i] >= 0)
			close(theirs[i]);
	if (!ret)
		fcntl(t->outside_fd, F_SETFL, O_NONBLOCK);
	return ret;
}

static void tell(const struct target *t, const char *step)
{
	const struct target_progress p = { .step = step };

	if (t->config->progress)
		t->config->progress(t->config->progress_data, &p);
}

/* The reason QEMU itself gave, in one line. */
static void add_reason(struct target *t, int ret, char **err)
{
	char *trouble = NULL, *text = NULL, *line = NULL;
	size_t size = 0;
	FILE *f;

	if (!err || !*err || ret == -EINTR)
		return;
	trouble = console_trouble(t->console, t->console_from);
	f = fopen(t->log, "re");
	while (!trouble && f && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!strstr(line, "warning:")) {
			free(text);
			text = strdup(line);
		}
	}
	if (f)
		fclose(f);
	free(line);
	if (trouble || text) {
		char *joined;

		if (asprintf(&joined, "%s; it said: %s", *err, trouble ? trouble : text) >= 0) {
			free(*err);
			*err = joined;
		}
	}
	free(trouble);
	free(text);
}

/* Start the process and what listens to it. @snapshot: the state to start from, -1 to boot. */
static int power_on(struct target *t, const struct qemu_machine *m, int snapshot, char **err)
{
	int ret;

	unlink(t->log);
	t->console_from = file_size(t->console);
	/* Every machine is asked in the same words. */
	t->next_id = 0;
	ret = spawn(t, m, snapshot, err);
	if (ret)
		return ret;
	t->dut = dut_new(t->proto_fd, t->config->cancel_fd, t->talk);
	t->observer = observer_start(t->outside_fd, t->pid);
	return t->dut && t->observer ? 0 : lu_fail(err, -ENOMEM, "out of memory or threads");
}

static int not_started(struct target *t, int ret, char **err)
{
	stop(t);
	add_reason(t, ret, err);
	return ret;
}

static int start(struct target *t, const struct qemu_machine *m, int timeout_s, char **err)
{
	json_t *hello = NULL;
	int ret;

	tell(t, "boot");
	ret = power_on(t, m, -1, err);
	if (!ret)
		ret = dut_hello(t->dut, timeout_s, &hello, err);
	if (ret)
		return not_started(t, ret, err);
	t->machine = *m;
	t->used = false;
	json_decref(t->hello);
	t->hello = hello;
	return 0;
}

static bool same_machine(const struct qemu_machine *a, const struct qemu_machine *b)
{
	return a->first_stage == b->first_stage && a->devices == b->devices;
}

/* Keep the state of the machine that has just booted, once per kind; every sample then starts from it. */
static int take_snapshot(struct target *t, char **err)
{
	char *why = NULL;
	int fd = snapshot_save(t->qmp_fd, t->config->cancel_fd, &why);

	stop(t);
	if (t->snapshot >= 0)
		close(t->snapshot);
	t->snapshot = fd < 0 ? -1 : fd;
	t->saved = t->machine;
	if (fd == -EINTR) {
		lu_fail(err, fd, "%s", why);
		free(why);
		return fd;
	}
	/* Slower, not wrong. */
	t->no_snapshot = fd < 0;
	free(why);
	return 0;
}

static int start_saved(struct target *t, char **err)
{
	int ret;

	tell(t, "resume");
	ret = power_on(t, &t->saved, t->snapshot, err);
	if (!ret)
		ret = snapshot_resume(t->qmp_fd, t->config->cancel_fd, err);
	if (ret)
		return not_started(t, ret, err);
	t->machine = t->saved;
	t->used = false;
	return 0;
}

char *qemu_find(const char *name)
{
	char *path, *copy, *rest, *dir, *full = NULL;

	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : strdup(name);
	path = getenv("PATH");
	copy = strdup(path ? path : "/usr/bin");
	rest = copy;
	while (copy && (dir = strsep(&rest, ":"))) {
		if (asprintf(&full, "%s/%s", dir, name) < 0)
			full = NULL;
		if (full && !access(full, X_OK))
			break;
		free(full);
		full = NULL;
	}
	free(copy);
	return full;
}

static const char *emulator_name(const struct qemu_arch *arch, const struct target_config *config)
{
	return config->emulator ? config->emulator : arch->emulator;
}

/* In the child: say the version and be gone. */
__attribute__((noreturn)) static void become_version(const char *emulator, pid_t parent, int out)
{
	/* The stop signals are ours to handle; a handler does not survive exec, a group of our own does. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(126);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execl(emulator, emulator, "--version", NULL);
	_exit(127);
}

/* The first line that comes out of @fd, in @buf. Return: 0, -ETIMEDOUT, -EINTR or -errno. */
static int first_line(int fd, int cancel_fd, char *buf, size_t size)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN },
			      { .fd = cancel_fd, .events = POLLIN } };
	size_t len = 0;

	buf[0] = '\0';
	while (len + 1 < size && !strchr(buf, '\n')) {
		int ready = poll(p, 2, VERSION_TIMEOUT_S * 1000);
		ssize_t n;

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (!ready)
			return -ETIMEDOUT;
		if (p[1].revents)
			return -EINTR;
		if (ready < 0 || !p[0].revents)
			continue;
		n = read(fd, buf + len, size - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		buf[len] = '\0';
	}
	buf[strcspn(buf, "\r\n")] = '\0';
	return 0;
}

static int find_version(const char *emulator, int cancel_fd, char **version, char **err)
{
	pid_t parent = getpid(), pid;
	char buf[256];
	int fds[2], ret;

	if (pipe2(fds, O_CLOEXEC))
		return lu_fail(err, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid)
		become_version(emulator, parent, fds[1]);
	close(fds[1]);
	ret = pid < 0 ? lu_fail(err, -errno, "fork: %s", strerror(errno)) :
			first_line(fds[0], cancel_fd, buf, sizeof(buf));
	close(fds[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (ret == -ETIMEDOUT)
		lu_fail(err, ret, "%s --version: no answer in %d s", emulator, VERSION_TIMEOUT_S);
	else if (ret)
		lu_fail(err, ret, "%s --version: %s", emulator, strerror(-ret));
	else if (*buf && !(*version = strdup(buf)))
		ret = lu_fail(err, -ENOMEM, "out of memory");
	return ret;
}

int qemu_identify(const char *name, int cancel_fd, struct target_identity *id, char **err)
{
	char *emulator = qemu_find(name);
	int ret;

	if (!emulator)
		return lu_fail(err, -ENOENT,
			       "%s: not found: install it, or name it with --emulator", name);
	ret = target_hash_file(emulator, "--emulator", id->emulator_sha256, err);
	if (!ret)
		ret = find_version(emulator, cancel_fd, &id->emulator_version, err);
	free(emulator);
	return ret;
}

static int check_host_memory(const struct workload *w, char **err)
{
	int64_t available = host_available_memory();

	if (available == LU_NULL || available > w->dut.memory)
		return 0;
	return lu_fail(
		err, -ENOMEM,
		"the DUT needs %lld MiB and %lld MiB are free: close other programs, or take "
		"a smaller workload",
		(long long)(w->dut.memory / MIB), (long long)(available / MIB));
}

int qemu_identify_all(const struct qemu_arch *arch, const struct target_config *config,
		      struct target_identity *id, char **err)
{
	json_t *info = NULL;
	int ret;

	if (!config->kernel)
		return lu_fail(err, -ENOENT,
			       "no kernel given: run `make kernel`, or pass --kernel FILE");
	if (!config->initrd)
		return lu_fail(
			err, -ENOENT,
			"no initramfs with the agent given: run `make`, or pass --initrd FILE");
	ret = target_hash_file(config->kernel, "--kernel", id->kernel_sha256, err);
	if (!ret)
		ret = target_hash_file(config->initrd, "--initrd", id->initramfs_sha256, err);
	if (!ret)
		ret = target_kernel_info(config->kernel, &info, err);
	json_decref(info);
	if (!ret)
		ret = qemu_identify(emulator_name(arch, config), config->cancel_fd, id, err);
	return ret ? ret : check_host_memory(config->workload, err);
}

static struct qemu_machine machine_for(const struct target *t, const char *accelerator,
				       bool first_stage, int64_t devices)
{
	return (struct qemu_machine){
		.workload = t->config->workload,
		.accelerator = accelerator,
		.icount = !strcmp(t->config->workload->target.clock, "icount"),
		.first_stage = first_stage,
		.devices = devices,
		.console = t->console,
	};
}

/* With the time that this host takes to find the memory. */
static int boot_timeout_s(const struct target *t, const struct qemu_machine *m)
{
	if (m->icount)
		return BOOT_TIMEOUT_ICOUNT_S;
	return BOOT_TIMEOUT_S + (int)(t->config->workload->dut.memory / GIB * PREALLOC_S_PER_GIB);
}

/*
 * /dev/kvm may be there and still not run an ordinary kernel, so an accelerator is chosen by
 * booting with it. The machine that answers stays for the first sample.
 */
static int choose_accelerator(struct target *t, char **err)
{
	const struct workload *w = t->config->workload;
	const char *wish = w->target.accelerator;
	struct qemu_machine m;
	char *why = NULL;
	int ret;

	if (!strcmp(wish, "kvm") ||
	    (!strcmp(wish, "auto") && t->arch->native && strcmp(w->target.clock, "icount") != 0 &&
	     !access("/dev/kvm", R_OK | W_OK))) {
		m = machine_for(t, "kvm", false, 1);
		ret = start(t, &m, PROBE_TIMEOUT_S, &why);
		if (!ret || ret == -EINTR || !strcmp(wish, "kvm")) {
			t->accelerator = "kvm";
			if (ret)
				lu_fail(err, ret, "accelerator kvm: %s", why ? why : "stopped");
			free(why);
			return ret;
		}
		t->kvm_trouble = why;
	}
	t->accelerator = "tcg";
	m = machine_for(t, "tcg", false, 1);
	return start(t, &m, boot_timeout_s(t, &m), err);
}

/* The first worker's logs have plain names, those of the others a number. */
static int log_name(const struct target *t, const char *what, char **path)
{
	char number[16] = "";

	if (t->config->worker)
		snprintf(number, sizeof(number), "-%d", t->config->worker + 1);
	return asprintf(path, "%s/%s%s.log", t->config->dir, what, number) < 0 ? -ENOMEM : 0;
}

int qemu_prepare(const struct qemu_arch *arch, const struct target_config *config,
		 struct target **out, char **err)
{
	struct target *t = calloc(1, sizeof(*t));
	int ret;

	*out = NULL;
	if (err)
		*err = NULL;
	if (!t)
		return lu_fail(err, -ENOMEM, "out of memory");
	t->arch = arch;
	t->config = config;
	t->proto_fd = -1;
	t->outside_fd = -1;
	t->qmp_fd = -1;
	t->snapshot = -1;
	t->emulator = qemu_find(emulator_name(arch, config));
	if (!t->emulator)
		ret = lu_fail(err, -ENOENT, "%s: not found", emulator_name(arch, config));
	else
		ret = target_kernel_info(config->kernel, &t->kernel_info, err);
	if (!ret && (log_name(t, "console", &t->console) || log_name(t, "qemu", &t->log) ||
		     log_name(t, "protocol", &t->talk)))
		ret = lu_fail(err, -ENOMEM, "out of memory");
	/* Only TCG counts instructions, and only then there are several workers. */
	if (config->worker)
		t->accelerator = "tcg";
	else if (!ret)
		ret = choose_accelerator(t, err);
	if (ret) {
		qemu_release(t);
		return ret;
	}
	*out = t;
	return 0;
}

static int keep(char **to, const char *text)
{
	free(*to);
	*to = text ? strdup(text) : NULL;
	return text && !*to ? -ENOMEM : 0;
}

/* What the agent said of itself; NULL when nothing. */
static const char *said(const struct target *t, const char *key)
{
	return json_string_value(json_object_get(t->hello, key));
}

static int describe_iommu(const struct target *t, struct run *run)
{
	const json_t *iommu = json_object_get(t->hello, PROTO_IOMMU), *v;
	const char *kind = json_string_value(json_object_get(iommu, PROTO_IOMMU_KIND)), *key;

	if (keep(&run->host.iommu.kind, kind ? kind : "none"))
		return -ENOMEM;
	json_object_foreach((json_t *)iommu, key, v) {
		int64_t n = json_is_integer(v) ? json_integer_value(v) : json_is_true(v);
		char name[60];

		sample_clean_name(key, name, sizeof(name));
		if (*name && (json_is_integer(v) || json_is_boolean(v)) &&
		    lu_values_set(&run->host.iommu.caps, name, n))
			return -ENOMEM;
	}
	return t->arch->caps(t->config->workload, &run->host.iommu.caps);
}

/* The frequency that the host knows, else the one that the DUT found. */
static int64_t clock_hz(const struct target *t, const json_t *dut_hz)
{
	int64_t hz = t->arch->clock_hz(&t->machine);

	return hz ? hz : json_integer_value(dut_hz);
}

static int tell_kvm_trouble(struct target *t, struct run *run)
{
	char *note;
	int ret;

	if (!t->kvm_trouble)
		return 0;
	if (asprintf(&note, "accelerator kvm was tried and left: %s", t->kvm_trouble) < 0)
		return -ENOMEM;
	for (unsigned char *p = (unsigned char *)note; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			*p = '?';
	ret = lu_strings_add(&run->notes, note);
	free(note);
	free(t->kvm_trouble);
	t->kvm_trouble = NULL;
	return ret;
}

/* Why cycles or instructions are not counted. */
static int tell_perf_trouble(struct target *t, struct run *run)
{
	const char *why = said(t, PROTO_PERF);
	char *note;
	int ret;

	if (!why || t->told_perf)
		return 0;
	if (asprintf(&note, "not counted: %s", why) < 0)
		return -ENOMEM;
	ret = lu_strings_add(&run->notes, note);
	free(note);
	t->told_perf = !ret;
	return ret;
}

static int64_t warmup_of(const struct target *t)
{
	const struct workload *w = t->config->workload;

	return w->target.warmup < 0 ? strcmp(w->target.clock, "icount") != 0 : w->target.warmup;
}

/* What has to be the same for two runs to be of the same thing. */
static int describe_identity(const struct target *t, struct run *run)
{
	const struct target_config *c = t->config;
	const struct target_identity *id = c->identity;
	int ret;

	run->target.warmup = warmup_of(t);
	ret = keep(&run->target.emulator_sha256, id->emulator_sha256) ||
	      keep(&run->kernel.image_sha256, id->kernel_sha256) ||
	      keep(&run->dut.initramfs_sha256, id->initramfs_sha256) ||
	      keep(&run->dut.agent_sha256, said(t, PROTO_AGENT_SHA256)) ||
	      keep(&run->target.ioas, said(t, PROTO_IOAS)) || keep(&run->target.delay, NULL);
	if (!ret && c->delay_phase)
		ret = asprintf(&run->target.delay, "%s:%lld", c->delay_phase,
			       (long long)c->delay_permille) < 0;
	return ret ? -ENOMEM : 0;
}

int qemu_describe(struct target *t, struct run *run)
{
	bool icount = !strcmp(t->config->workload->target.clock, "icount");
	const char *release = said(t, PROTO_KERNEL);
	int64_t hz = clock_hz(t, json_object_get(t->hello, PROTO_CLOCK_HZ));
	const json_t *mark = json_object_get(t->hello, PROTO_MARK_NS);
	double mark_ns = json_number_value(json_object_get(mark, PROTO_MARK_NS_AGENT));

	run->target.emulated = true;
	run->target.clock_hz = hz > 0 ? hz : LU_NULL;
	run->target.cpus = t->config->workload->dut.cpus;
	run->target.memory = t->config->workload->dut.memory;
	run->target.mark_ns = mark_ns > 0 ? (int64_t)mark_ns + 1 : LU_NULL;
	if (keep(&run->target.accelerator, t->accelerator) ||
	    keep(&run->target.clock, icount ? "icount" : t->arch->clock) ||
	    keep(&run->target.unit, icount ? "instructions" : "ns") || describe_identity(t, run) ||
	    keep(&run->target.version, t->config->identity->emulator_version) ||
	    keep(&run->kernel.release, release ? release : info(t, "release")) ||
	    keep(&run->kernel.source_sha256, info(t, "source_sha256")) ||
	    keep(&run->kernel.patches_sha256, info(t, "patches_sha256")) ||
	    keep(&run->kernel.config_sha256, info(t, "config_sha256")) ||
	    keep(&run->kernel.cmdline, t->cmdline) || tell_kvm_trouble(t, run) ||
	    tell_perf_trouble(t, run))
		return -ENOMEM;
	return describe_iommu(t, run);
}

static json_t *request_of(struct target *t, const struct plan_item *item, const struct sample *s)
{
	json_t *r = json_pack(
		"{s:s,s:I,s:s,s:I,s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:s,s:s,s:s?,s:s?,s:I}", PROTO_CMD,
		PROTO_CMD_SAMPLE, PROTO_ID, (json_int_t)t->next_id++, PROTO_DESIGN, item->design,
		PROTO_GUEST_BYTES, (json_int_t)item->guest_bytes, PROTO_PAGE_BYTES,
		(json_int_t)item->page_bytes, PROTO_LAYOUT, item->layout, PROTO_BACKING,
		item->backing, PROTO_BACKING_BYTES, (json_int_t)item->backing_bytes, PROTO_DEVICES,
		(json_int_t)item->devices, PROTO_ITERATION, (json_int_t)item->iteration, PROTO_SEED,
		(json_int_t)item->seed, PROTO_STAGE, s->stage, PROTO_REDRIVE, s->redrive,
		PROTO_ATTACK, item->attack, PROTO_DIE_AT, t->config->die_at, PROTO_START_S,
		(json_int_t)(t->machine.icount ? START_S : 0));

	if (r && t->config->delay_phase &&
	    (json_object_set_new(r, PROTO_DELAY_PHASE, json_string(t->config->delay_phase)) ||
	     json_object_set_new(r, PROTO_DELAY_PERMILLE,
				 json_integer(t->config->delay_permille)))) {
		json_decref(r);
		return NULL;
	}
	return r;
}

/*
 * The first kexec after switching on is unlike all that follow: with TCG on x86-64 its handoff takes
 * 10 ms, those of the others 300. A small guest goes ahead, whose sample is thrown away; not of what
 * is no measurement anyway.
 */
static int warm_up(struct target *t, const struct plan_item *item, const struct sample *s,
		   char **err)
{
	const struct sample plain = { .stage = s->stage, .redrive = (char[]){ "same" } };
	struct plan_item small = *item;
	int ret = 0;

	if (item->attack || t->config->die_at)
		return 0;
	small.design = "rebuild";
	small.guest_bytes = small.backing_bytes = 16 * item->page_bytes;
	small.layout = "contig";
	small.backing = "real";
	small.devices = 1;
	for (int64_t n = warmup_of(t); n > 0 && !ret; n--) {
		json_t *request = request_of(t, &small, &plain), *result = NULL;
		const char *why;

		tell(t, "warm-up");
		if (!request)
			return lu_fail(err, -ENOMEM, "out of memory");
		t->used = true;
		ret = dut_sample(t->dut, request, (int)t->config->workload->target.timeout_s,
				 t->config, &result, err);
		json_decref(request);
		why = json_string_value(json_object_get(result, PROTO_ERROR));
		if (!ret && why)
			ret = lu_fail(err, -EREMOTEIO, "%s", why);
		json_decref(result);
	}
	return ret ? lu_fail_prefix(err, ret, "warm-up: ") : 0;
}

/*
 * A machine that has just booted, or, where its clock counts instructions, one with the state that it
 * had then. What ran before a sample changes it (memory that others left scattered, for one).
 */
static int fresh_machine(struct target *t, const struct qemu_machine *m, char **err)
{
	int timeout_s = boot_timeout_s(t, m), ret = 0;

	if (m->icount && t->snapshot >= 0 && same_machine(&t->saved, m)) {
		stop(t);
		return start_saved(t, err);
	}
	if (!t->pid || reap(t, 0) || t->used || !same_machine(&t->machine, m)) {
		stop(t);
		ret = start(t, m, timeout_s, err);
	}
	if (ret || !m->icount || t->no_snapshot)
		return ret;
	ret = take_snapshot(t, err);
	if (ret)
		return ret;
	return t->no_snapshot ? start(t, m, timeout_s, err) : start_saved(t, err);
}

/* The machine that this sample needs. An attack is no measurement and takes any. */
static int ensure_machine(struct target *t, const struct plan_item *item, char **err)
{
	bool first = item->stage && !strcmp(item->stage, "first");
	struct qemu_machine m = machine_for(t, t->accelerator, first, item->devices);

	if ((item->attack || t->config->same_machine) && t->pid && !reap(t, 0) &&
	    same_machine(&t->machine, &m))
		return 0;
	return fresh_machine(t, &m, err);
}

static int failed(struct target *t, struct sample *s, int ret, char *why)
{
	stop(t);
	if (ret != -EINTR) {
		ret = sample_fail(s, "%s", why ? why : strerror(-ret));
	}
	free(why);
	return ret;
}

int qemu_take(struct target *t, const struct plan_item *item, struct sample *s, char **err)
{
	int64_t outside_ns, resolution_ns, waited_ns;
	json_t *request, *result = NULL;
	char *why = NULL;
	int ret;

	if (err)
		*err = NULL;
	if ((!s->stage && !(s->stage = strdup("second"))) ||
	    (!s->redrive && !(s->redrive = strdup("same"))))
		return lu_fail(err, -ENOMEM, "out of memory");
	ret = ensure_machine(t, item, &why);
	if (ret) {
		if (ret != -EINTR && ++t->failed_starts >= MAX_FAILED_STARTS) {
			lu_fail(err, ret, "the DUT does not start any more: %s",
				why ? why : strerror(-ret));
			free(why);
			return ret;
		}
		return failed(t, s, ret, why);
	}
	t->failed_starts = 0;
	ret = t->used ? 0 : warm_up(t, item, s, &why);
	if (ret)
		return failed(t, s, ret, why);
	request = request_of(t, item, s);
	if (!request)
		return lu_fail(err, -ENOMEM, "out of memory");
	t->used = true;
	observer_reset(t->observer);
	ret = dut_sample(t->dut, request, (int)t->config->workload->target.timeout_s, t->config,
			 &result, &why);
	json_decref(request);
	if (ret) {
		if (ret != -EREMOTEIO)
			add_reason(t, ret, &why);
		return failed(t, s, ret, why);
	}
	json_object_set_new(result, PROTO_CLOCK_HZ,
			    json_integer(clock_hz(t, json_object_get(result, PROTO_CLOCK_HZ))));
	ret = sample_take_idle(result, t->machine.icount);
	if (!ret)
		ret = sample_convert(s, result);
	json_decref(result);
	observer_blackout(t->observer, &outside_ns, &resolution_ns);
	waited_ns = observer_waited(t->observer);
	if (!ret && !t->machine.icount && waited_ns != LU_NULL)
		ret = lu_values_set(&s->counters, "emulator_wait_ns", waited_ns);
	/*
	 * Where the clock counts instructions and skips idle time, our clock says nothing about it;
	 * and an attack is no measurement.
	 */
	if (!ret && !t->machine.icount && !item->attack)
		ret = sample_check_outside(s, outside_ns, resolution_ns, true);
	/* Whatever failed may have left something behind. */
	if (s->error)
		stop(t);
	return ret;
}

static bool is_cancelled(const struct target *t)
{
	struct pollfd p = { .fd = t->config->cancel_fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static void switch_off(struct target *t)
{
	bool scans = json_is_true(json_object_get(t->hello, PROTO_KMEMLEAK));
	int64_t left = scans ? LEAK_SCAN_MS : POWEROFF_MS;

	if (!t->dut || dut_poweroff(t->dut))
		return;
	for (; left > 0 && !reap(t, POWEROFF_MS); left -= POWEROFF_MS)
		if (is_cancelled(t))
			return;
}

void qemu_release(struct target *t)
{
	if (!t)
		return;
	switch_off(t);
	stop(t);
	if (t->snapshot >= 0)
		close(t->snapshot);
	json_decref(t->hello);
	json_decref(t->kernel_info);
	free(t->emulator);
	free(t->console);
	free(t->log);
	free(t->talk);
	free(t->kvm_trouble);
	free(t->cmdline);
	free(t);
}
