// SPDX-License-Identifier: GPL-2.0-only
/* Putting the programs on interfaces, both or neither, and taking them off. */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "pins.h"

/* In another network namespace, of which the kernel tells no more than that our program is still there. */
static void link_read_elsewhere(const struct ng_interface *interface, struct ng_link *link)
{
	int program = bpf_prog_get_fd_by_id(interface->program_id);

	link->attached = program >= 0 || errno != ENOENT;
	link->mode = NG_MODE_AUTO;
	link->program_id = link->attached ? interface->program_id : 0;
	link->egress = link->attached && !(interface->flags & NG_INTERFACE_NO_EGRESS);
	if (program >= 0)
		close(program);
}

void ng_link_read(const struct ng_interface *interface, struct ng_link *link)
{
	uint32_t foreign;

	memset(link, 0, sizeof(*link));
	if (interface->netns != ng_netns_here()) {
		link_read_elsewhere(interface, link);
		return;
	}
	ng_ingress_read(interface->ifindex, link, &foreign);
	if (interface->program_id && interface->program_id != link->program_id)
		link->attached = false;
	link->egress = ng_egress_program(interface) != 0;
}

#define MTU_HINT "lower the MTU (ip link set %s mtu 1500) and try again; or load with --mode generic"
#define MODE_HINT "try --mode generic (works on every interface, slower); on %s native is not offered"

/* Faults that another attach mode would not mend. */
static bool is_final(int error)
{
	return error == -EPERM || error == -EACCES || error == -EBUSY || error == -EEXIST || error == -ENODEV ||
	       error == -ENOMEM || error == -E2BIG;
}

static int attach_fault(const char *name, int error, struct ng_fault *fault)
{
	const char *words = ng_log_kernel_words()[0] ? ng_log_kernel_words() : strerror(-error);

	if (error == -EBUSY || error == -EEXIST) {
		ng_fault(fault, NG_EXIT_CONFLICT, -error, "%s has another XDP program, which cannot be shared with: %s",
			 name, words);
		ng_fault_hint(fault, "see it with: ip link show %s; programs of libxdp (xdp-loader) can share", name);
	} else if (error == -EPERM || error == -EACCES || error == -ENOMEM || error == -E2BIG) {
		ng_pins_fault(fault, -error, name);
	} else if (error == -ENODEV) {
		ng_fault(fault, NG_EXIT_INTERFACE, ENODEV, "%s went away", name);
	} else {
		ng_fault(fault, NG_EXIT_INTERFACE, -error, "%s refuses the program: %s", name, words);
		ng_fault_hint(fault, strstr(words, "MTU") ? MTU_HINT : MODE_HINT, name);
	}
	ng_fault_unchanged(fault, "%s is as it was", name);
	return error;
}

/* Tries what was asked for; in auto mode, what the driver offers. */
static int attach_any(struct ng_loader *loader, unsigned int index, struct ng_interface *row, enum ng_mode mode,
		      char *note, size_t note_size, struct ng_fault *fault)
{
	int error = -EOPNOTSUPP;

	note[0] = '\0';
	if (mode != NG_MODE_GENERIC) {
		error = ng_ingress_attach(loader, index, row, NG_MODE_NATIVE, &row->program_id);
		if (!error || is_final(error) || mode == NG_MODE_NATIVE)
			return error ? attach_fault(row->name, error, fault) : 0;
		snprintf(note, note_size, "%s: generic mode, slower, because its driver refuses native mode: %s",
			 row->name, ng_log_kernel_words()[0] ? ng_log_kernel_words() : strerror(-error));
	}
	error = ng_ingress_attach(loader, index, row, NG_MODE_GENERIC, &row->program_id);
	return error ? attach_fault(row->name, error, fault) : 0;
}

static int egress_fault(const char *name, int error, struct ng_fault *fault)
{
	const char *words = ng_log_kernel_words()[0] ? ng_log_kernel_words() : strerror(-error);

	if (is_final(error))
		return attach_fault(name, error, fault);
	ng_fault(fault, NG_EXIT_INTERFACE, -error, "%s refuses the program on the way out: %s", name, words);
	ng_fault_hint(fault, "--no-egress does without it: replies then pass unasked, and answers of any size");
	ng_fault_unchanged(fault, "%s is as it was", name);
	return error;
}

/* Both or neither: on the way out first, so that the first query after loading is noted. */
static int attach_both(struct ng_loader *loader, unsigned int index, struct ng_interface *row, enum ng_mode mode,
		       char *note, size_t note_size, struct ng_fault *fault)
{
	bool egress = !(row->flags & NG_INTERFACE_NO_EGRESS);
	int error = egress ? ng_egress_attach(loader, index, row) : 0;

	if (error) {
		ng_egress_detach(row); /* a qdisc of ours may be there */
		return egress_fault(row->name, error, fault);
	}
	error = attach_any(loader, index, row, mode, note, note_size, fault);
	if (error && egress)
		ng_egress_detach(row);
	return error;
}

static int set_monitor(struct ng_loader *loader, unsigned int index, struct ng_interface *row, bool monitor)
{
	row->flags &= ~(uint32_t)NG_INTERFACE_MONITOR;
	row->flags |= monitor ? NG_INTERFACE_MONITOR : 0;
	ng_swap_monitor(loader, index, monitor);
	return ng_pins_row_write(loader, index, row);
}

/* Eight digits are enough for people. */
static unsigned int build_word(uint64_t build)
{
	return (unsigned int)(build >> 32 ^ build);
}

/* Another build's programs are replaced under way; counters, limits and outstanding queries are in the maps, which
 * stay. Until the row says so, the interface has whichever of the two: whoever is interrupted here is told by status,
 * and the next load ends it. */
static int upgrade(struct ng_loader *loader, unsigned int index, struct ng_interface *row, const struct ng_link *link,
		   char *note, size_t note_size, struct ng_fault *fault)
{
	bool egress = !(row->flags & NG_INTERFACE_NO_EGRESS) && link->egress;
	struct ng_interface before = *row;
	struct ng_link now;
	int error;

	row->program_id = 0;
	error = ng_pins_row_write(loader, index, row);
	if (!error && egress)
		error = ng_egress_replace(loader, index, row);
	if (!error)
		error = ng_ingress_replace(loader, index, row, link);
	if (error) {
		ng_pins_row_write(loader, index, &before);
		attach_fault(row->name, error, fault);
		ng_fault_unchanged(fault, "%s is guarded by ntpguard %s as before", row->name, before.version);
		return error;
	}
	ng_link_read(row, &now);
	row->program_id = now.program_id;
	ng_build_stamp(row);
	snprintf(note, note_size, "%s: from ntpguard %s (build %08x) to %s (build %08x); counters and limits go on",
		 row->name, before.version, build_word(before.build), row->version, build_word(row->build));
	return ng_pins_row_write(loader, index, row);
}

/* An interface that has our programs already. One on the way out that was taken off is put back. */
static int keep(struct ng_loader *loader, unsigned int index, struct ng_interface *row, const struct ng_link *link,
		const struct ng_attach_options *options, enum ng_attached *result, char *note, size_t note_size,
		struct ng_fault *fault)
{
	bool egress = !(row->flags & NG_INTERFACE_NO_EGRESS);
	int error;

	*result = NG_UNCHANGED;
	if (options->no_egress == egress)
		snprintf(note, note_size, "%s: still %s --no-egress; unload it first to change that", row->name,
			 egress ? "without" : "with");
	if (!ng_interface_is_current(row)) {
		*result = NG_UPGRADED;
		error = upgrade(loader, index, row, link, note, note_size, fault);
		if (error)
			return error;
	}
	if (egress && !ng_egress_program(row)) {
		error = ng_egress_attach(loader, index, row);
		if (error)
			return egress_fault(row->name, error, fault);
		snprintf(note, note_size, "%s: the program on the way out was gone; it is back", row->name);
	}
	if (!options->monitor_given || !!(row->flags & NG_INTERFACE_MONITOR) == options->monitor)
		return 0;
	*result = *result == NG_UPGRADED ? NG_UPGRADED : NG_MONITOR_CHANGED;
	return set_monitor(loader, index, row, options->monitor);
}

static int refuse_foreign(const char *name, const struct ng_link *link, uint32_t foreign, struct ng_fault *fault)
{
	if (link->attached) {
		ng_fault(fault, NG_EXIT_CONFLICT, EEXIST, "%s has an ntpguard program (id %u) of other pins", name,
			 link->program_id);
		ng_fault_hint(
			fault,
			"unload it with the --bpffs that loaded it; if those pins are gone: ip link set %s xdp off",
			name);
	} else {
		ng_fault(fault, NG_EXIT_CONFLICT, EBUSY,
			 "%s has another XDP program (id %u), which cannot be shared with", name, foreign);
		ng_fault_hint(fault, "see it with: ip link show %s; programs of libxdp (xdp-loader) can share", name);
	}
	ng_fault_unchanged(fault, "%s is as it was", name);
	return link->attached ? -EEXIST : -EBUSY;
}

/* Claims a row before attaching, so that no other interface can be given its number. */
static int attach_new(struct ng_loader *loader, const char *name, int ifindex, const struct ng_attach_options *options,
		      char *note, size_t note_size, struct ng_fault *fault)
{
	struct ng_interface none = { 0 }, row = { .ifindex = (uint32_t)ifindex, .netns = ng_netns_here() };
	struct ng_link link;
	uint32_t foreign;
	int index = ng_row_free(loader), error;

	snprintf(row.name, sizeof(row.name), "%s", name);
	if (index < 0) {
		ng_fault(fault, NG_EXIT_FULL, ENOSPC, "%d interfaces are loaded already, which is the limit",
			 NG_INTERFACES_MAX);
		ng_fault_unchanged(fault, "%s is as it was", name);
		return index;
	}
	row.loaded = (uint64_t)time(NULL);
	row.flags = (options->unconfirmed ? NG_INTERFACE_UNCONFIRMED : 0u) |
		    (options->no_egress ? NG_INTERFACE_NO_EGRESS : 0u);
	error = ng_counters_clear(loader, (unsigned int)index);
	if (!error)
		error = set_monitor(loader, (unsigned int)index, &row, options->monitor);
	if (error)
		return ng_pins_fault(fault, -error, "preparing the counters");
	error = attach_both(loader, (unsigned int)index, &row, options->mode, note, note_size, fault);
	if (error) {
		ng_pins_row_write(loader, (unsigned int)index, &none);
		return error;
	}
	ng_ingress_read((uint32_t)ifindex, &link, &foreign);
	ng_build_stamp(&row);
	if (!link.dispatcher && !note[0])
		snprintf(note, note_size,
			 "%s: alone on the interface, because this kernel has no program dispatcher (freplace)", name);
	return ng_pins_row_write(loader, (unsigned int)index, &row);
}

/* Tunnels such as WireGuard's and tun's carry bare IP packets, which the program would take for frames. */
static bool has_ethernet(const char *name)
{
	struct ifreq request = { 0 };
	int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool unknown;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	unknown = socket_fd < 0 || ioctl(socket_fd, SIOCGIFHWADDR, &request);
	if (socket_fd >= 0)
		close(socket_fd);
	return unknown || request.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	       request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
}

int ng_attach(struct ng_loader *loader, const char *name, const struct ng_attach_options *options,
	      enum ng_attached *result, char *note, size_t note_size, struct ng_fault *fault)
{
	int ifindex = (int)if_nametoindex(name), index;
	struct ng_interface row;
	struct ng_link link;
	uint32_t foreign;

	note[0] = '\0';
	if (!ifindex) {
		ng_fault(fault, NG_EXIT_INTERFACE, ENODEV, "no interface is called %s", name);
		ng_fault_hint(fault, "list them with: ip -brief link");
		return -ENODEV;
	}
	if (!has_ethernet(name)) {
		ng_fault(fault, NG_EXIT_INTERFACE, EOPNOTSUPP, "%s carries no Ethernet frames", name);
		ng_fault_hint(fault, "load it on the interface below, where the packets come in and leave");
		ng_fault_unchanged(fault, "%s is as it was", name);
		return -EOPNOTSUPP;
	}
	ng_rows_repair(loader);
	ng_ingress_read((uint32_t)ifindex, &link, &foreign);
	index = ng_row_find(loader, name, &row);
	if (index >= 0)
		return keep(loader, (unsigned int)index, &row, &link, options, result, note, note_size, fault);
	if (link.attached || (foreign && !link.dispatcher))
		return refuse_foreign(name, &link, foreign, fault);
	*result = NG_ATTACHED;
	return attach_new(loader, name, ifindex, options, note, note_size, fault);
}

int ng_detach(struct ng_loader *loader, const char *name, struct ng_fault *fault)
{
	static const struct ng_interface none;
	struct ng_interface row;
	struct ng_link link;
	int index = ng_row_find(loader, name, &row), error;

	if (index < 0) {
		ng_fault(fault, NG_EXIT_NOT_LOADED, ENOENT, "ntpguard is not loaded on %s", name);
		ng_fault_hint(fault, "see where it is with: ntpguard status");
		return index;
	}
	ng_link_read(&row, &link);
	error = link.attached ? ng_ingress_detach(&row, link.mode, 0) : 0;
	if (!error)
		error = ng_egress_detach(&row);
	if (!error && !link.attached)
		ng_dispatcher_forget(row.program_id);
	if (!error)
		error = ng_pins_row_write(loader, (unsigned int)index, &none);
	if (error) {
		ng_pins_fault(fault, -error, name);
		if (strstr(ng_log_kernel_words(), "MTU")) /* some drivers want a small one even then */
			ng_fault_hint(fault, MTU_HINT, name);
		ng_fault_unchanged(fault, "%s is still guarded", name);
	}
	return error;
}
