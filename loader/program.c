// SPDX-License-Identifier: GPL-2.0-only
/* Unattached instances of the program, for test runs. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "pins.h"

int ng_program_open(struct ng_loader *loader, unsigned int index, struct ng_fault *fault)
{
	struct bpf_object *object = ng_pins_object(loader, index);
	int error, program;

	if (!object)
		return ng_pins_fault(fault, errno, "opening the BPF object");
	error = bpf_object__load(object);
	if (error) {
		bpf_object__close(object);
		return ng_pins_fault(fault, -error, "loading the program");
	}
	program = bpf_program__fd(bpf_object__find_program_by_name(object, NG_PROGRAM));
	program = fcntl(program, F_DUPFD_CLOEXEC, 0);
	bpf_object__close(object);
	return program < 0 ? ng_pins_fault(fault, errno, "loading the program") : program;
}

int ng_program_run(int program, const void *frame, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = (uint32_t)size, .repeat = 1);

	return bpf_prog_test_run_opts(program, &run) ? -errno : (int)run.retval;
}

int ng_program_monitor(struct ng_loader *loader, unsigned int index, bool monitor)
{
	if (index >= NG_INTERFACES_MAX)
		return -EINVAL;
	ng_swap_monitor(loader, index, monitor);
	return 0;
}
