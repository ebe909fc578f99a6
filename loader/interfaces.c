// SPDX-License-Identifier: GPL-2.0-only
/* The interface table: which interface has which number. */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pins.h"

uint32_t ng_netns_here(void)
{
	struct stat here;

	return stat("/proc/self/ns/net", &here) ? 0 : (uint32_t)here.st_ino;
}

int ng_pins_row_write(struct ng_loader *loader, unsigned int index, const struct ng_interface *row)
{
	return bpf_map_update_elem(loader->interfaces, &index, row, BPF_ANY) ? -errno : 0;
}

bool ng_interface_at(struct ng_loader *loader, unsigned int index, struct ng_interface *row)
{
	char name[IF_NAMESIZE];

	if (index >= NG_INTERFACES_MAX || bpf_map_lookup_elem(loader->interfaces, &index, row) || !row->ifindex)
		return false;
	row->name[sizeof(row->name) - 1] = '\0';
	if (row->netns == ng_netns_here() && if_indextoname(row->ifindex, name))
		snprintf(row->name, sizeof(row->name), "%s", name);
	return true;
}

bool ng_interface_is_here(const struct ng_interface *row)
{
	return row->netns == ng_netns_here();
}

/* row: with its present name. */
static bool is_renamed(struct ng_loader *loader, unsigned int index, struct ng_interface *row)
{
	struct ng_interface kept;

	return ng_interface_at(loader, index, row) && !bpf_map_lookup_elem(loader->interfaces, &index, &kept) &&
	       strncmp(row->name, kept.name, sizeof(row->name));
}

bool ng_interfaces_are_renamed(struct ng_loader *loader)
{
	struct ng_interface row;

	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++)
		if (is_renamed(loader, i, &row))
			return true;
	return false;
}

void ng_interfaces_rename(struct ng_loader *loader)
{
	struct ng_interface row;

	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++)
		if (is_renamed(loader, i, &row))
			ng_pins_row_write(loader, i, &row);
}

int ng_row_find(struct ng_loader *loader, const char *name, struct ng_interface *row)
{
	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++)
		if (ng_interface_at(loader, i, row) && row->netns == ng_netns_here() && !strcmp(row->name, name))
			return (int)i;
	return -ENOENT;
}

/* A row whose program is gone, with its interface or without. */
static bool is_stale(const struct ng_interface *row)
{
	struct ng_link link;

	ng_link_read(row, &link);
	return !link.attached;
}

int ng_interfaces_confirm(struct ng_loader *loader)
{
	struct ng_interface row;
	int error = 0;

	for (unsigned int i = 0; i < NG_INTERFACES_MAX && !error; i++) {
		if (!ng_interface_at(loader, i, &row) || !(row.flags & NG_INTERFACE_UNCONFIRMED))
			continue;
		row.flags &= ~(uint32_t)NG_INTERFACE_UNCONFIRMED;
		error = ng_pins_row_write(loader, i, &row);
	}
	return error;
}

unsigned int ng_rows_repair(struct ng_loader *loader)
{
	static const struct ng_interface none;
	struct ng_interface row;
	unsigned int repaired = 0;

	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++) {
		if (!ng_interface_at(loader, i, &row) || !is_stale(&row))
			continue;
		if (row.netns == ng_netns_here())
			ng_egress_detach(&row);
		if (ng_pins_row_write(loader, i, &none))
			continue;
		ng_dispatcher_forget(row.program_id);
		repaired++;
	}
	return repaired;
}

int ng_row_free(struct ng_loader *loader)
{
	struct ng_interface row;

	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++)
		if (!ng_interface_at(loader, i, &row))
			return (int)i;
	return -ENOSPC;
}
