// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a chrony.conf: no crash, and no error either, for an import must not stop a guard
 * from being loaded. Every file that it includes is itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

struct file {
	const uint8_t *data;
	size_t size;
	unsigned int reads; /* a file that includes itself twice at every depth would go on for ever */
};

static int read_file(void *context, const char *path, char **data, size_t *size)
{
	struct file *file = context;

	(void)path;
	if (file->reads++ > 15)
		return -ENOENT;
	*data = calloc(1, file->size + 1);
	if (!*data)
		return -ENOMEM;
	memcpy(*data, file->data, file->size);
	*size = file->size;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char policy[] = "import chrony chrony.conf\n";
	struct file file = { .data = data, .size = size };
	struct ng_environment environment = { .read = read_file, .context = &file };
	struct ng_findings findings;
	struct ng_draft draft;

	ng_draft_init(&draft);
	if (ng_policy_parse(&draft, "fuzz.policy", policy, sizeof(policy) - 1, &environment, &findings))
		abort();
	ng_findings_free(&findings);
	ng_draft_free(&draft);
	return 0;
}
