// SPDX-License-Identifier: GPL-2.0-only
/* The program on the way out: by tcx where the kernel has it (Linux 6.6), which needs no qdisc and shares
 * the interface by design, or else as a filter of a clsact qdisc. libbpf 1.1 knows tcx's numbers not yet. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "pins.h"

#define TCX_INGRESS ((enum bpf_attach_type)46) /* BPF_TCX_INGRESS of linux/bpf.h */
#define TCX_EGRESS ((enum bpf_attach_type)47) /* BPF_TCX_EGRESS */
#define TCX_BEFORE (1u << 3) /* BPF_F_BEFORE: with nothing named, before all others */
#define TCX_PROGRAMS 64 /* the kernel's limit on one hook */

#define FILTER_PRIORITY 1 /* first, because another's verdict may be final */
#define FILTER_HANDLE 0x6e74 /* "nt" */
#define EGRESS_PARENT TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define INGRESS_PARENT TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)

static bool is_ours(uint32_t id)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int program = bpf_prog_get_fd_by_id(id);
	bool ours;

	if (program < 0)
		return false;
	ours = !bpf_obj_get_info_by_fd(program, &info, &size) && !strcmp(info.name, NG_PROGRAM_EGRESS);
	close(program);
	return ours;
}

/* ---- tcx ---- */

static int tcx_attach(int program, uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = TCX_BEFORE);

	return bpf_prog_attach_opts(program, (int)ifindex, TCX_EGRESS, &opts) ? -errno : 0;
}

static int tcx_replace(int program, uint32_t ifindex, uint32_t id)
{
	int before = bpf_prog_get_fd_by_id(id), error;
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = BPF_F_REPLACE, .replace_prog_fd = before);

	if (before < 0)
		return -errno;
	error = bpf_prog_attach_opts(program, (int)ifindex, TCX_EGRESS, &opts) ? -errno : 0;
	close(before);
	return error;
}

/* Fills the ids of the programs there (of TCX_PROGRAMS); how many. */
static uint32_t tcx_query(uint32_t ifindex, enum bpf_attach_type hook, uint32_t *ids)
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids, .prog_cnt = TCX_PROGRAMS);

	if (bpf_prog_query_opts((int)ifindex, hook, &opts))
		return 0;
	return opts.prog_cnt < TCX_PROGRAMS ? opts.prog_cnt : TCX_PROGRAMS;
}

static uint32_t tcx_program(uint32_t ifindex)
{
	uint32_t ids[TCX_PROGRAMS] = { 0 }, count = tcx_query(ifindex, TCX_EGRESS, ids);

	for (uint32_t i = 0; i < count; i++)
		if (is_ours(ids[i]))
			return ids[i];
	return 0;
}

static int tcx_detach(uint32_t ifindex, uint32_t id)
{
	int program = bpf_prog_get_fd_by_id(id), error;

	if (program < 0)
		return -errno;
	error = bpf_prog_detach2(program, (int)ifindex, TCX_EGRESS) ? -errno : 0;
	close(program);
	return error;
}

/* ---- clsact ---- */

/* Asks the kernel for all of a kind (RTM_GETQDISC, RTM_GETTFILTER) below this parent of the interface. */
static int dump(uint16_t type, uint32_t ifindex, uint32_t parent, mnl_cb_t each, void *context)
{
	char buffer[32768]; /* what one datagram of the kernel's may hold */
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(request, sizeof(*tc));
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);
	ssize_t size;
	int more = MNL_CB_ERROR;

	if (!socket)
		return -errno;
	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	tc->tcm_ifindex = (int)ifindex;
	tc->tcm_parent = parent;
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(socket, request, request->nlmsg_len) > 0)
		do {
			size = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
			more = size < 0 ? MNL_CB_ERROR : mnl_cb_run(buffer, (size_t)size, 0, 0, each, context);
		} while (more > MNL_CB_STOP);
	mnl_socket_close(socket);
	return more == MNL_CB_ERROR ? -errno : 0;
}

struct found {
	uint32_t ifindex, parent;
	unsigned int count, others; /* others: that are not ours */
	uint32_t program, priority, handle; /* of our filter; 0: not there */
};

static int take_id(const struct nlattr *option, void *id)
{
	if (mnl_attr_get_type(option) == TCA_BPF_ID && !mnl_attr_validate(option, MNL_TYPE_U32))
		*(uint32_t *)id = mnl_attr_get_u32(option);
	return MNL_CB_OK;
}

static int take_options(const struct nlattr *attribute, void *id)
{
	return mnl_attr_get_type(attribute) == TCA_OPTIONS ? mnl_attr_parse_nested(attribute, take_id, id) : MNL_CB_OK;
}

/* The id of the program of a bpf filter; 0: another filter. */
static uint32_t filter_program(const struct nlmsghdr *message)
{
	uint32_t id = 0;

	mnl_attr_parse(message, sizeof(struct tcmsg), take_options, &id);
	return id;
}

static int note_filter(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(message);
	struct found *found = context;
	uint32_t id = filter_program(message);

	found->count++;
	if (tc->tcm_handle && id && is_ours(id)) {
		found->program = id;
		found->handle = tc->tcm_handle;
		found->priority = TC_H_MAJ(tc->tcm_info) >> 16;
	} else {
		found->others += tc->tcm_handle != 0; /* a priority is listed once for itself, with no handle */
	}
	return MNL_CB_OK;
}

static int note_qdisc(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(message);
	struct found *found = context;

	found->count += tc->tcm_ifindex == (int)found->ifindex && tc->tcm_parent == TC_H_CLSACT;
	return MNL_CB_OK;
}

static struct found find_filters(uint32_t ifindex, uint32_t parent)
{
	struct found found = { 0 };

	dump(RTM_GETTFILTER, ifindex, parent, note_filter, &found);
	return found;
}

static bool has_clsact(uint32_t ifindex)
{
	struct found found = { .ifindex = ifindex };

	dump(RTM_GETQDISC, ifindex, 0, note_qdisc, &found);
	return found.count;
}

/* Where priority 1 is another kind of filter's, the kernel chooses one. */
static int clsact_attach(struct ng_loader *loader, unsigned int index, struct ng_interface *row, int program)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)row->ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, first, .prog_fd = program, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);
	LIBBPF_OPTS(bpf_tc_opts, any, .prog_fd = program, .handle = FILTER_HANDLE);
	int error = 0;

	if (!has_clsact(row->ifindex)) {
		row->flags |= NG_INTERFACE_CLSACT;
		error = ng_pins_row_write(loader, index, row);
	}
	if (!error)
		error = bpf_tc_hook_create(&hook);
	if (error && error != -EEXIST)
		return error;
	error = bpf_tc_attach(&hook, &first);
	return error == -EINVAL || error == -EEXIST ? bpf_tc_attach(&hook, &any) : error;
}

static int clsact_detach(const struct ng_interface *row, const struct found *ours)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)row->ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = ours->handle, .priority = ours->priority);
	int error = ours->program ? bpf_tc_detach(&hook, &opts) : 0;

	if (error || !(row->flags & NG_INTERFACE_CLSACT))
		return error;
	if (find_filters(row->ifindex, EGRESS_PARENT).count || find_filters(row->ifindex, INGRESS_PARENT).count)
		return 0; /* others have come to use it */
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	error = bpf_tc_hook_destroy(&hook);
	return error == -ENOENT || error == -EINVAL || error == -ENODEV ? 0 : error; /* it is gone already */
}

/* ---- either ---- */

int ng_egress_attach(struct ng_loader *loader, unsigned int index, struct ng_interface *row)
{
	struct bpf_object *object = NULL;
	int error = ng_egress_detach(row), program;

	if (error)
		return error;
	ng_log_forget();
	program = ng_pins_program(loader, NG_OUT, index, false, &object);
	error = program < 0 ? program : tcx_attach(program, row->ifindex);
	if (program >= 0 && error == -EINVAL)
		error = clsact_attach(loader, index, row, program);
	bpf_object__close(object);
	return error;
}

/* The kernel swaps both kinds in one step. */
static int replace(const struct ng_interface *row, int program)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)row->ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program, .flags = BPF_TC_F_REPLACE);
	uint32_t id = tcx_program(row->ifindex);
	struct found ours;

	if (id)
		return tcx_replace(program, row->ifindex, id);
	ours = find_filters(row->ifindex, EGRESS_PARENT);
	filter.handle = ours.handle;
	filter.priority = ours.priority;
	return ours.program ? bpf_tc_attach(&hook, &filter) : -ENOENT;
}

int ng_egress_replace(struct ng_loader *loader, unsigned int index, const struct ng_interface *row)
{
	struct bpf_object *object = NULL;
	int program, error;

	ng_log_forget();
	program = ng_pins_program(loader, NG_OUT, index, false, &object);
	error = program < 0 ? program : replace(row, program);
	bpf_object__close(object);
	return error;
}

uint32_t ng_egress_program(const struct ng_interface *row)
{
	uint32_t id = tcx_program(row->ifindex);

	return id ? id : find_filters(row->ifindex, EGRESS_PARENT).program;
}

int ng_egress_detach(const struct ng_interface *row)
{
	uint32_t id = tcx_program(row->ifindex);
	struct found ours;

	if (id)
		return tcx_detach(row->ifindex, id);
	ours = find_filters(row->ifindex, EGRESS_PARENT);
	return clsact_detach(row, &ours);
}

unsigned int ng_link_others(uint32_t ifindex)
{
	uint32_t in[TCX_PROGRAMS], out[TCX_PROGRAMS], on_way_out = tcx_query(ifindex, TCX_EGRESS, out);
	unsigned int count = tcx_query(ifindex, TCX_INGRESS, in);

	for (uint32_t i = 0; i < on_way_out; i++)
		count += !is_ours(out[i]);
	return count + find_filters(ifindex, INGRESS_PARENT).others + find_filters(ifindex, EGRESS_PARENT).others;
}
