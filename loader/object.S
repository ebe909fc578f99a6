/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF objects inside the command, so that command and programs are always of one build. */
	.macro object name, file
	.balign 16
	.global \name
	.hidden \name
\name:
	.incbin "\file"
	.global \name\()_end
	.hidden \name\()_end
\name\()_end:
	.byte 0
	.endm

	.section .rodata
	object ng_object_xdp, NG_OBJECT_XDP
	object ng_object_tc, NG_OBJECT_TC
	.section .note.GNU-stack, "", %progbits
