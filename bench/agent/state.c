// SPDX-License-Identifier: GPL-2.0-only
#include "agent/state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/err.h"

static int state_map(int fd, struct state **state)
{
	void *addr;

	addr = mmap(NULL, sizeof(**state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		    0);
	if (addr == MAP_FAILED)
		return err_set(errno, "state: mmap");
	*state = addr;
	return 0;
}

int state_create(struct state **state, int *fd)
{
	int rc;

	*fd = memfd_create("lubench-state", MFD_CLOEXEC);
	if (*fd < 0)
		return err_set(errno, "state: memfd_create");
	if (ftruncate(*fd, sizeof(**state))) {
		rc = err_set(errno, "state: ftruncate");
		goto err_close;
	}
	rc = state_map(*fd, state);
	if (rc)
		goto err_close;
	(*state)->magic = STATE_MAGIC;
	(*state)->size = sizeof(**state);
	(*state)->phys_extents = COUNTER_NONE;
	(*state)->scatter = COUNTER_NONE;
	(*state)->tables_bytes = COUNTER_NONE;
	(*state)->serialised_bytes = COUNTER_NONE;
	return 0;

err_close:
	close(*fd);
	*fd = -1;
	return rc;
}

int state_open(int fd, struct state **state)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st))
		return err_set(errno, "state: fstat");
	if ((size_t)st.st_size != sizeof(**state))
		return err_set(EUCLEAN, "state: %lld bytes came, not %zu: another agent's",
			       (long long)st.st_size, sizeof(**state));
	rc = state_map(fd, state);
	if (rc)
		return rc;
	if ((*state)->magic != STATE_MAGIC || (*state)->size != sizeof(**state) ||
	    !memchr((*state)->request, 0, sizeof((*state)->request)) ||
	    !memchr((*state)->cmdline, 0, sizeof((*state)->cmdline))) {
		state_close(*state);
		*state = NULL;
		return err_set(EUCLEAN, "state: what came is not the agent's");
	}
	return 0;
}

void state_close(struct state *state)
{
	if (state)
		munmap(state, sizeof(*state));
}
