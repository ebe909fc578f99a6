// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

int ng_live_publish(struct ng_loader *loader, const struct ng_draft *draft, uint64_t *generation,
		    struct ng_fault *fault)
{
	struct ng_policy *image = ng_compile(draft);
	int error = errno;

	if (!image) {
		if (error == E2BIG) {
			ng_fault(fault, NG_EXIT_FULL, error, "the policy has %zu entries, more than fit",
				 draft->entry_count);
			ng_fault_hint(fault, "merge prefixes that lie side by side");
		} else {
			ng_fault(fault, NG_EXIT_KERNEL, error, "compiling the policy: %s", strerror(error));
		}
		ng_fault_unchanged(fault, "policy not applied; the one before is still in force");
		return -error;
	}
	error = ng_swap_publish(loader, image, generation, fault);
	free(image);
	return error;
}

int ng_live_draft(struct ng_loader *loader, struct ng_draft *draft, struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);
	int error = current ? ng_draft_from_image(draft, current) : -ENOENT;

	if (error == -ENOENT) {
		ng_fault(fault, NG_EXIT_NOT_LOADED, ENOENT, "no policy is in force");
		ng_fault_hint(fault, "load one with: ntpguard load INTERFACE --policy NAME");
	} else if (error) {
		ng_fault(fault, NG_EXIT_KERNEL, -error, "reading the policy in force: %s", strerror(-error));
	}
	return error;
}
