// SPDX-License-Identifier: GPL-2.0-only
#include "control.h"
#include "command.h"
#include "snapshot.h"

int ng_report_read(const struct ng_command *command, struct ng_snapshot *snapshot, struct ng_fault *fault)
{
	struct ng_loader *loader = NULL;
	int error = ng_loader_open(&loader, command->bpffs, NG_READ, fault);

	if (error)
		return fault->exit == NG_EXIT_PERMISSION ? ng_control_snapshot(snapshot, fault) : error;
	error = ng_snapshot_read(loader, snapshot, fault);
	if (!error)
		error = ng_snapshot_limits(loader, snapshot, fault);
	ng_loader_close(loader);
	return error;
}

int ng_report(const struct ng_command *command,
	      void (*print)(const struct ng_command *command, const struct ng_snapshot *snapshot))
{
	static struct ng_snapshot snapshot;
	struct ng_fault fault;

	if (ng_report_read(command, &snapshot, &fault))
		return ng_fail(command, &fault);
	print(command, &snapshot);
	return NG_EXIT_OK;
}
