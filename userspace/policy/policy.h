/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy language: text to draft to image. Pure: no sockets, no DNS, no exit, no libbpf; files
 * are read through the environment that the caller gives. */
#ifndef NTPGUARD_POLICY_TEXT_H
#define NTPGUARD_POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ntpguard.h"

/* ---- prefixes (prefix.c) ---- */

struct ng_prefix {
	uint8_t address[16]; /* network order, IPv4 in the first four bytes, host bits zero */
	uint8_t family; /* enum ng_family */
	uint8_t length;
};

#define NG_PREFIX_TEXT 64

/* An address, a prefix, or chrony's short form (10, 192.168, 172.16/12); host bits are cleared. On
 * failure -EINVAL and `why` (a static string) tells what is legal. Never resolves a name. */
int ng_prefix_parse(const char *text, struct ng_prefix *prefix, const char **why);

/* The level of chrony's tree of four bits a level that prefixes of this length are set in. */
uint8_t ng_prefix_level(uint8_t length);

/* Canonical text, into at least NG_PREFIX_TEXT bytes; a lone address carries no length. */
const char *ng_prefix_format(const struct ng_prefix *prefix, char *text);
bool ng_prefix_contains(const struct ng_prefix *outer, const struct ng_prefix *inner);
int ng_prefix_compare(const struct ng_prefix *a, const struct ng_prefix *b);
struct ng_prefix ng_prefix_of(const struct ng_entry *entry);
extern const uint8_t ng_prefix_bits[NG_FAMILIES]; /* 32, 128 */

/* ---- a policy being made (draft.c) ---- */

struct ng_draft {
	char name[NG_NAME_MAX];
	char file[NG_FILE_MAX];
	enum ng_default default_action;
	int default_line; /* where it was written; 0: built in */
	int limit_line; /* of a limit in the policy itself; 0: there is none */
	bool symmetric_as_request, pass_fragments, ntpv5, monitor, regulars, answers_off;
	enum ng_replies replies;
	struct ng_limits limits;
	uint16_t port; /* host order */
	struct ng_entry *entries; /* in the order of their directives */
	size_t entry_count, entry_room;
	char *text; /* comments and file names, each terminated; offset 0 is the empty string */
	size_t text_size, text_room;
	uint64_t confirm_by; /* as in struct ng_policy; 0: at once for good */
	uint32_t last_file; /* the file name that was added last: most often the next one's too */
};

/* The built-in defaults: drop, NTP_PORT, no entry. */
void ng_draft_init(struct ng_draft *draft);
void ng_draft_free(struct ng_draft *draft);

/* Appends one entry. file and comment may be NULL. -ENOMEM. */
int ng_draft_add(struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix, const char *file,
		 unsigned int line, uint64_t expires, const char *comment);

/* The same with NG_ENTRY_* flags, for good. */
int ng_draft_add_flags(struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix, const char *file,
		       unsigned int line, const char *comment, uint8_t flags);

/* Takes out the entries of this set and exactly this prefix; how many. */
size_t ng_draft_remove(struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix);
bool ng_draft_has(const struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix);
const char *ng_draft_text(const struct ng_draft *draft, uint32_t offset);

/* The draft that an image was compiled from. -ENOMEM. */
int ng_draft_from_image(struct ng_draft *draft, const struct ng_policy *image);

/* The allow or deny directive that decides for this address as chrony has it: the deepest level,
 * within a level the last, and `all` overrides what is inside and was before it. NULL: none. */
const struct ng_entry *ng_draft_access(const struct ng_draft *draft, const struct ng_prefix *address);

/* The longest prefix of another set that contains the address. NULL: none. */
const struct ng_entry *ng_draft_match(const struct ng_draft *draft, enum ng_set set, const struct ng_prefix *address);

extern const char *const ng_set_labels[NG_SETS]; /* the directive's word */
extern const char *const ng_default_labels[3]; /* by enum ng_default */

/* ---- compiling (compile.c) ---- */

/* The image that the kernel takes, one allocation of image->size bytes; the caller frees it.
 * NULL: errno; E2BIG when it does not fit a slot. */
struct ng_policy *ng_compile(const struct ng_draft *draft);

/* The class that the image's tables give the address: NG_CLASS_*, as the data path finds it. */
uint32_t ng_image_class(const struct ng_policy *image, const struct ng_prefix *address);

/* ---- parsing (parse.c, chrony_conf.c) ---- */

#define NG_INCLUDE_DEPTH 10 /* chrony's */
#define NG_INCLUDE_FILES 1000 /* in all: a file that includes itself twice would be read 2^10 times */

struct ng_environment {
	const struct ng_prefix *own; /* the host's addresses, for `allowself` */
	size_t own_count;
	/* Reads a whole file into a fresh, terminated buffer that the caller frees. Negative errno. */
	int (*read)(void *context, const char *path, char **data, size_t *size);
	/* The paths that a shell pattern stands for, sorted, or the pattern itself where it has no
	 * special character; the caller frees each and the list. How many, or a negative errno. */
	int (*expand)(void *context, const char *pattern, char ***paths);
	void *context;
};

#define NG_FINDINGS_MAX 20

struct ng_finding {
	bool is_error; /* else a note that the user should hear */
	unsigned int line, column; /* from 1 on; 0: of the whole file */
	char file[NG_FILE_MAX];
	char message[256];
	char text[256]; /* the line it speaks of */
};

struct ng_findings {
	struct ng_finding list[NG_FINDINGS_MAX];
	size_t count; /* in list */
	size_t errors; /* in all, also those that found no room */
	unsigned int files; /* read by include and import */
	char *skipped; /* FILE:LINE: TEXT of each imported line that is not the firewall's business */
	size_t skipped_size, skipped_count;
};

void ng_findings_free(struct ng_findings *findings);

/* Reads policy text into a draft that was initialised; goes on after errors. 0, or -EINVAL when
 * findings->errors is not 0; the draft is then good for nothing. The caller frees draft and findings. */
int ng_policy_parse(struct ng_draft *draft, const char *file, const char *data, size_t size,
		    const struct ng_environment *environment, struct ng_findings *findings);

/* The same for a chrony.conf alone, which a policy would import. */
int ng_chrony_draft(struct ng_draft *draft, const char *path, const struct ng_environment *environment,
		    struct ng_findings *findings);

/* FILE:LINE:COL: message, the line, and a caret. */
void ng_findings_print(const struct ng_findings *findings, FILE *to);

/* ---- limits (paces.c) ---- */

/* As the data path computes with them. */
void ng_paces_make(const struct ng_limits *limits, struct ng_paces *paces);

/* ---- printing (print.c) ---- */

/* The policy as canonical text, which the parser reads back to the same policy. */
void ng_draft_print(const struct ng_draft *draft, FILE *to);

#endif
