// SPDX-License-Identifier: GPL-2.0-only
/* The program on the way in: through libxdp, alone on the interface or under its dispatcher. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "log.h"
#include "pins.h"

/* The id of a program of ours, but for `other`, among those of a dispatcher, or alone; 0: there is none. */
static uint32_t find_program(const struct xdp_multiprog *on, uint32_t other)
{
	bool alone = xdp_multiprog__is_legacy(on);
	struct xdp_program *program = NULL;

	while ((program = alone ? xdp_multiprog__main_prog(on) : xdp_multiprog__next_prog(program, on))) {
		if (!strcmp(xdp_program__name(program), NG_PROGRAM) && xdp_program__id(program) != other)
			return xdp_program__id(program);
		if (alone)
			break;
	}
	return 0;
}

/* The programs of an interface, which the caller closes; NULL: none. */
static struct xdp_multiprog *open_programs(uint32_t ifindex)
{
	struct xdp_multiprog *on = xdp_multiprog__get_from_ifindex((int)ifindex);

	return libxdp_get_error(on) ? NULL : on;
}

void ng_ingress_read(uint32_t ifindex, struct ng_link *link, uint32_t *foreign)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct xdp_multiprog *on;

	memset(link, 0, sizeof(*link));
	*foreign = 0;
	if (!ifindex || bpf_xdp_query((int)ifindex, 0, &query) || !query.prog_id)
		return;
	link->mode = query.attach_mode == XDP_ATTACHED_SKB ? NG_MODE_GENERIC : NG_MODE_NATIVE;
	*foreign = query.prog_id;
	on = open_programs(ifindex);
	if (!on)
		return;
	link->dispatcher = !xdp_multiprog__is_legacy(on);
	link->program_id = find_program(on, 0);
	link->attached = link->program_id != 0;
	if (link->attached)
		*foreign = 0;
	xdp_multiprog__close(on);
}

static enum xdp_attach_mode libxdp_mode(enum ng_mode mode)
{
	return mode == NG_MODE_GENERIC ? XDP_MODE_SKB : XDP_MODE_NATIVE;
}

int ng_ingress_attach(struct ng_loader *loader, unsigned int index, const struct ng_interface *row, enum ng_mode mode,
		      uint32_t *id)
{
	struct bpf_object *object = ng_pins_object(loader, NG_IN, index, row->flags & NG_INTERFACE_NO_EGRESS);
	struct xdp_program *program;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .obj = object, .prog_name = NG_PROGRAM);
	int error;

	if (!object)
		return -errno;
	ng_log_forget();
	program = xdp_program__create(&opts);
	error = (int)libxdp_get_error(program);
	if (error) {
		bpf_object__close(object);
		return error;
	}
	error = xdp_program__attach(program, (int)row->ifindex, libxdp_mode(mode), 0);
	*id = error ? 0 : xdp_program__id(program);
	xdp_program__close(program); /* closes the object too */
	return error;
}

static int detach(uint32_t ifindex, enum ng_mode mode, uint32_t id)
{
	struct xdp_program *program = xdp_program__from_id(id);
	int error = (int)libxdp_get_error(program);

	if (error)
		return error;
	ng_log_forget();
	error = xdp_program__detach(program, (int)ifindex, libxdp_mode(mode), 0);
	xdp_program__close(program);
	return error;
}

int ng_ingress_detach(const struct ng_interface *row, enum ng_mode mode, uint32_t other)
{
	struct xdp_multiprog *on;
	uint32_t id = 0;
	int error = 0;

	do {
		on = open_programs(row->ifindex);
		id = on ? find_program(on, other) : 0;
		xdp_multiprog__close(on);
		if (id)
			error = detach(row->ifindex, mode, id);
	} while (id && !error);
	return error;
}

/* One step of the kernel's. */
static int replace_alone(const struct ng_interface *row, const struct ng_link *link, int program)
{
	int before = bpf_prog_get_fd_by_id(link->program_id), error;
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = before);
	uint32_t mode = link->mode == NG_MODE_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;

	if (before < 0)
		return -errno;
	error = bpf_xdp_attach((int)row->ifindex, program, XDP_FLAGS_REPLACE | mode, &opts);
	close(before);
	return error;
}

/* libxdp swaps dispatchers in one step, but knows only how to add and how to remove: for a moment both programs are
 * there, the older first, and judge one after the other. */
static int replace_shared(struct ng_loader *loader, unsigned int index, const struct ng_interface *row,
			  enum ng_mode mode)
{
	uint32_t id;
	int error = ng_ingress_attach(loader, index, row, mode, &id);

	return error ? error : ng_ingress_detach(row, mode, id);
}

int ng_ingress_replace(struct ng_loader *loader, unsigned int index, const struct ng_interface *row,
		       const struct ng_link *link)
{
	struct bpf_object *object = NULL;
	int program, error;

	if (link->dispatcher)
		return replace_shared(loader, index, row, link->mode);
	ng_log_forget();
	program = ng_pins_program(loader, NG_IN, index, row->flags & NG_INTERFACE_NO_EGRESS, &object);
	error = program < 0 ? program : replace_alone(row, link, program);
	bpf_object__close(object);
	return error;
}
