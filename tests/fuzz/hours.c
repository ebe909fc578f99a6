// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a file of hourly totals: no crash, and what is taken can be gone on with and is taken again. The head
 * and the checksum are put right first, because no fuzzer guesses them; what the bytes do not reach is zeros. */
#include <stdlib.h>
#include <string.h>

#include "hours.h"

#define HEAD offsetof(struct ng_hours, next)

static void go_on(struct ng_hours *hours)
{
	struct ng_hours_base seen = hours->base[0];
	struct ng_hours_time now = hours->last;

	for (int i = 0; i < 3; i++) {
		now.wall += 1000;
		now.boot += 500;
		seen.totals.packets[NG_IN] += 7;
		ng_hours_add(hours, &seen, 1, now);
	}
	ng_hours_seal(hours);
	if (ng_hours_check(hours, sizeof(*hours)) || hours->bases != 1)
		abort();
	for (unsigned int n = 0; n < NG_HOURS + 2; n++)
		if (ng_hours_at(hours, n) && !ng_hours_at(hours, n)->began)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ng_hours *hours = malloc(sizeof(*hours));
	void *raw = malloc(size + 1);

	if (!hours || !raw)
		abort();
	memcpy(raw, data, size);
	ng_hours_check(raw, size);
	ng_hours_init(hours);
	memcpy((char *)hours + HEAD, data, size < sizeof(*hours) - HEAD ? size : sizeof(*hours) - HEAD);
	ng_hours_seal(hours);
	if (!ng_hours_check(hours, sizeof(*hours)))
		go_on(hours);
	free(raw);
	free(hours);
	return 0;
}
