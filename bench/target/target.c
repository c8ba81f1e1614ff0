// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"

extern const struct target_ops qemu_vtd_target;
extern const struct target_ops qemu_smmuv3_target;
extern const struct target_ops micro_target;

const struct target_ops *const targets[] = { &qemu_vtd_target, &qemu_smmuv3_target, &micro_target,
					     NULL };

const struct target_ops *target_find(const char *name)
{
	for (size_t i = 0; targets[i]; i++)
		if (!strcmp(targets[i]->name, name))
			return targets[i];
	return NULL;
}

static int check_page_sizes(const struct target_ops *ops, const struct workload *w,
			    const struct matrix *m, char **err)
{
	for (size_t p = 0; p < m->page_size.n; p++) {
		const int64_t *size = ops->page_sizes;
		char all[128] = "", text[32];
		size_t used = 0;

		for (; *size && *size != m->page_size.v[p]; size++)
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
						 used ? ", " : "",
						 size_text(*size, text, sizeof(text)));
		if (!*size)
			return lu_fail(
				err, -EINVAL,
				"%s:%d: '%s' is not a value for page_size: allowed here are %s",
				w->path, matrix_line(m, "page_size"),
				size_text(m->page_size.v[p], text, sizeof(text)), all);
	}
	return 0;
}

int target_check(const struct target_ops *ops, const struct workload *w, char **err)
{
	if (err)
		*err = NULL;
	for (size_t i = 0; i < w->nr_matrix; i++) {
		int ret = check_page_sizes(ops, w, &w->matrix[i], err);

		if (ret)
			return ret;
	}
	return ops->check(w, err);
}
