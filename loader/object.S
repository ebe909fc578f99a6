/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object inside the command, so that command and program are always of one build. */
	.section .rodata
	.balign 16
	.global ng_object_xdp
	.hidden ng_object_xdp
ng_object_xdp:
	.incbin NG_OBJECT_XDP
	.global ng_object_xdp_end
	.hidden ng_object_xdp_end
ng_object_xdp_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
