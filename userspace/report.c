// SPDX-License-Identifier: GPL-2.0-only
#include "command.h"
#include "snapshot.h"

int ng_report(const struct ng_command *command,
	      void (*print)(const struct ng_command *command, const struct ng_snapshot *snapshot))
{
	static struct ng_snapshot snapshot;
	struct ng_loader *loader;
	struct ng_fault fault;
	int error = ng_loader_open(&loader, command->bpffs, NG_READ, &fault);

	if (error)
		return ng_fail(command, &fault);
	error = ng_snapshot_read(loader, &snapshot, &fault);
	if (!error)
		error = ng_snapshot_limits(loader, &snapshot, &fault);
	if (!error)
		print(command, &snapshot);
	ng_loader_close(loader);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}
