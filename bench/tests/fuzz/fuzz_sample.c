// SPDX-License-Identifier: GPL-2.0-or-later
/* Decoding the marks in an agent's message: whatever it says, a sample comes out that can be kept. */
#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

#include "sample/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct plan_item item = {
		.design = "rebuild",
		.iommu = "intel",
		.layout = "contig",
		.backing = "real",
		.guest_bytes = 1 << 28,
		.page_bytes = 4096,
		.backing_bytes = 1 << 28,
		.devices = 1,
	};
	json_t *msg = json_loadb((const char *)data, size, 0, NULL);
	struct sample s, back;
	char *text;

	if (!msg)
		return 0;
	sample_init(&s);
	if (sample_from_plan(&s, &item) || sample_convert(&s, msg))
		abort();
	text = sample_to_text(&s, NULL);
	if (!text || sample_from_text(text, __builtin_strlen(text), "fuzz", &back, NULL))
		abort();
	free(text);
	sample_release(&back);
	sample_release(&s);
	json_decref(msg);
	return 0;
}
