// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a policy: no crash; what is taken prints to text that is taken, and prints the same
 * again; and the compiled tables agree with the policy's own account. Files that it includes or
 * imports are the bytes behind the first 0xff. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

struct tail {
	const char *data;
	size_t size;
	unsigned int reads; /* enough to nest, too few to make a run long */
};

static int read_tail(void *context, const char *path, char **data, size_t *size)
{
	struct tail *tail = context;

	(void)path;
	if (!tail->data || tail->reads++ > 15)
		return -ENOENT;
	*data = calloc(1, tail->size + 1);
	if (!*data)
		return -ENOMEM;
	memcpy(*data, tail->data, tail->size);
	*size = tail->size;
	return 0;
}

static int parse(struct ng_draft *draft, const char *data, size_t size, struct tail *tail)
{
	struct ng_environment environment = { .read = read_tail, .context = tail };
	struct ng_findings findings;
	int error;

	ng_draft_init(draft);
	error = ng_policy_parse(draft, "fuzz.policy", data, size, &environment, &findings);
	if (!error != !findings.errors)
		abort();
	ng_findings_free(&findings);
	return error;
}

static char *print(const struct ng_draft *draft, size_t *size)
{
	char *text;
	FILE *to = open_memstream(&text, size);

	ng_draft_print(draft, to);
	fclose(to);
	return text;
}

static void check_fixpoint(const struct ng_draft *draft)
{
	struct tail nothing = { 0 };
	size_t size, again_size;
	char *text = print(draft, &size), *again;
	struct ng_draft second;

	if (parse(&second, text, size, &nothing))
		abort();
	again = print(&second, &again_size);
	if (size != again_size || memcmp(text, again, size))
		abort();
	ng_draft_free(&second);
	free(text);
	free(again);
}

/* The edges of every prefix: does the table say what the directives say? */
static void check_tables(const struct ng_draft *draft)
{
	struct ng_policy *image = ng_compile(draft);

	for (size_t i = 0; image && i < draft->entry_count && i < 64; i++) {
		struct ng_prefix address = ng_prefix_of(&draft->entries[i]);
		const struct ng_entry *entry;

		address.length = ng_prefix_bits[address.family];
		for (int last = 0; last < 2; last++) {
			for (unsigned int bit = draft->entries[i].length; last && bit < address.length; bit++)
				address.address[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
			entry = ng_draft_access(draft, &address);
			if (!!(ng_image_class(image, &address) & NG_CLASS_ALLOW) !=
			    (entry && entry->set == NG_SET_ALLOW))
				abort();
		}
	}
	free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = size ? memchr(data, 0xff, size) : NULL;
	struct tail tail = { 0 };
	struct ng_draft draft;

	if (cut) {
		tail.data = (const char *)cut + 1;
		tail.size = size - (size_t)(cut + 1 - data);
		size = (size_t)(cut - data);
	}
	if (!parse(&draft, (const char *)data, size, &tail)) {
		check_fixpoint(&draft);
		check_tables(&draft);
	}
	ng_draft_free(&draft);
	return 0;
}
