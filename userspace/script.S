/* SPDX-License-Identifier: GPL-2.0-only */
/* The shells' scripts inside the command, each a string. */
	.macro script name, file
	.global \name
	.hidden \name
\name:
	.incbin "\file"
	.byte 0
	.endm

	.section .rodata
	script ng_completion_bash, "userspace/completion.bash"
	script ng_completion_zsh, "userspace/completion.zsh"
	.section .note.GNU-stack, "", %progbits
