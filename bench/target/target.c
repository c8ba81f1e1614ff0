// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/sha256.h"

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

void target_identity_release(struct target_identity *id)
{
	free(id->emulator_version);
	*id = (struct target_identity){ 0 };
}

int target_hash_file(const char *path, const char *what, char hex[65], char **err)
{
	int ret = sha256_file(path, hex);

	return ret ? lu_fail(err, ret, "%s %s: %s", what, path, strerror(-ret)) : 0;
}

static bool is_sha256(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static int check_kernel_info(const char *path, const json_t *info, char **err)
{
	static const char *const hashes[] = { "source_sha256", "patches_sha256", "config_sha256" };
	static const char *const words[] = { "release", "cmdline" };

	if (!json_is_object(info))
		return lu_fail(err, -EINVAL, "%s: not a JSON object", path);
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		const json_t *v = json_object_get(info, hashes[i]);

		if (v && !json_is_null(v) &&
		    (!json_is_string(v) || !is_sha256(json_string_value(v))))
			return lu_fail(err, -EINVAL, "%s: %s is not a SHA-256", path, hashes[i]);
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const json_t *v = json_object_get(info, words[i]);

		if (v && !json_is_null(v) && !json_is_string(v))
			return lu_fail(err, -EINVAL, "%s: %s is not a string", path, words[i]);
	}
	return 0;
}

int target_kernel_info(const char *kernel, json_t **out, char **err)
{
	char *copy = strdup(kernel), *path = NULL;
	json_error_t why;
	int ret = 0;

	*out = NULL;
	if (!copy || asprintf(&path, "%s/kernel.json", dirname(copy)) < 0) {
		free(copy);
		return lu_fail(err, -ENOMEM, "out of memory");
	}
	free(copy);
	if (!access(path, F_OK)) {
		*out = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
		if (*out)
			ret = check_kernel_info(path, *out, err);
		else
			ret = lu_fail(err, -EINVAL, "%s: %s", path, why.text);
	}
	if (ret) {
		json_decref(*out);
		*out = NULL;
	}
	free(path);
	return ret;
}
