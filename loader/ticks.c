// SPDX-License-Identifier: GPL-2.0-only
/* The data path's clock, read from outside. No system call tells it: it is the kernel's tick counter, which
 * starts at five minutes before its first half wraps and drifts against every clock of user space. So the
 * kernel is asked by a program of three instructions. */
#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "pins.h"

/* The upper (shift 32) or lower half of jiffies. Negative errno. */
static int64_t half_of_jiffies(int shift)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_jiffies64 },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = shift },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	unsigned char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = 1);
	int program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ntpguard_ticks", "GPL", code,
				    sizeof(code) / sizeof(code[0]), NULL);
	int64_t result;

	if (program < 0)
		return -errno;
	result = bpf_prog_test_run_opts(program, &run) ? -errno : (int64_t)run.retval;
	close(program);
	return result;
}

int ng_ticks_now(uint64_t *now_ns)
{
	int64_t upper, lower, again;

	do {
		upper = half_of_jiffies(32);
		lower = half_of_jiffies(0);
		again = half_of_jiffies(32);
		if (upper < 0 || lower < 0 || again < 0)
			return (int)(upper < 0 ? upper : lower < 0 ? lower : again);
	} while (upper != again);
	*now_ns = ((uint64_t)upper << 32 | (uint64_t)lower) * ng_jiffy_ns();
	return 0;
}
