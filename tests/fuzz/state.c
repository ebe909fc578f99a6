// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a state file: no crash, nothing outside the table is written, and what is taken is written out again
 * as it was read. The checksum and the magic are put right first, because no fuzzer guesses them. */
#include <stdlib.h>
#include <string.h>

#include "state.h"

#define SETS 16u
#define MAGIC "ntpgstat"
#define SUM 64 /* where the checksum stands, in 8 bytes */
#define HEADER 72

static void seal(uint8_t *file, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325u;

	memcpy(file, MAGIC, 8);
	memset(file + SUM, 0, 8);
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ file[i]) * 0x100000001b3u;
	memcpy(file + SUM, &sum, 8);
}

/* As it is read now, so is it read after it was written. */
static void check_again(const struct ng_regular_set *table, const uint64_t secret[4], struct ng_state_time now)
{
	struct ng_regular_set *again = calloc(SETS, sizeof(*again));
	uint64_t secret_again[4];
	size_t size;
	void *file = ng_state_encode(table, SETS, secret, now, &size);

	if (!file || !again || ng_state_decode(file, size, again, SETS, secret_again, now) ||
	    memcmp(again, table, SETS * sizeof(*again)) || memcmp(secret, secret_again, sizeof(secret_again)))
		abort();
	free(file);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ng_regular_set *table = calloc(SETS, sizeof(*table));
	struct ng_state_time now = { .wall = 1800000000, .period = 7 };
	uint8_t *file = malloc(size + 1);
	uint64_t secret[4];

	if (!table || !file)
		abort();
	memcpy(file, data, size);
	if (size >= HEADER)
		seal(file, size);
	if (!ng_state_decode(file, size, table, SETS, secret, now))
		check_again(table, secret, now);
	free(file);
	free(table);
	return 0;
}
