// SPDX-License-Identifier: GPL-2.0-only
/* Unattached instances of the program, for test runs. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <unistd.h>

#include "pins.h"

int ng_program_open(struct ng_loader *loader, enum ng_direction direction, unsigned int index, struct ng_fault *fault)
{
	struct bpf_object *object = ng_pins_object(loader, direction, index, false);
	int error, program;

	if (!object)
		return ng_pins_fault(fault, errno, "opening the BPF object");
	error = bpf_object__load(object);
	if (error) {
		bpf_object__close(object);
		return ng_pins_fault(fault, -error, "loading the program");
	}
	program = fcntl(bpf_program__fd(bpf_object__next_program(object, NULL)), F_DUPFD_CLOEXEC, 0);
	bpf_object__close(object);
	return program < 0 ? ng_pins_fault(fault, errno, "loading the program") : program;
}

int ng_program_run(int program, enum ng_direction direction, const void *frame, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = (uint32_t)size, .repeat = 1);

	if (bpf_prog_test_run_opts(program, &run))
		return -errno;
	if (direction == NG_IN)
		return run.retval == XDP_PASS ? 1 : run.retval == XDP_DROP ? 0 : -EPROTO;
	return run.retval == (uint32_t)TC_ACT_UNSPEC ? 1 : run.retval == TC_ACT_SHOT ? 0 : -EPROTO;
}

int ng_program_monitor(struct ng_loader *loader, unsigned int index, bool monitor)
{
	if (index >= NG_INTERFACES_MAX)
		return -EINVAL;
	ng_swap_monitor(loader, index, monitor);
	return 0;
}
