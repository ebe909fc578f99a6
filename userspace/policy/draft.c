// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ntp_wire.h"
#include "policy.h"

const char *const ng_set_labels[NG_SETS] = {
	[NG_SET_ALLOW] = "allow",     [NG_SET_DENY] = "deny",	  [NG_SET_CONTROL] = "control",
	[NG_SET_PRIVATE] = "private", [NG_SET_SERVER] = "server", [NG_SET_PEER] = "peer",
};

const char *const ng_default_labels[] = {
	[NG_DEFAULT_DROP] = "drop", [NG_DEFAULT_PASS] = "pass", [NG_DEFAULT_LIMIT] = "limit"
};

void ng_draft_init(struct ng_draft *draft)
{
	memset(draft, 0, sizeof(*draft));
	draft->port = NTP_PORT;
	draft->regulars = true;
}

void ng_draft_free(struct ng_draft *draft)
{
	free(draft->entries);
	free(draft->text);
	ng_draft_init(draft);
}

/* Makes room for one more of `count` elements in an array that doubles. */
static int grow(void **array, size_t *room, size_t needed, size_t element)
{
	size_t larger = *room ? *room : 64;
	void *grown;

	while (larger < needed)
		larger *= 2;
	if (*array && larger == *room)
		return 0;
	grown = realloc(*array, larger * element);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = larger;
	return 0;
}

/* The offset of a copy of the string in the draft's text; 0 for none. */
static int add_text(struct ng_draft *draft, const char *string, uint32_t *offset)
{
	size_t used = draft->text_size ? draft->text_size : 1, length;

	*offset = 0;
	if (!string || !*string)
		return 0;
	length = strlen(string) + 1;
	if (grow((void **)&draft->text, &draft->text_room, used + length, 1))
		return -ENOMEM;
	draft->text[0] = '\0';
	memcpy(draft->text + used, string, length);
	/* one line for good: `save` must not make directives of what stands behind a line's end */
	for (char *at = draft->text + used; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	*offset = (uint32_t)used;
	draft->text_size = used + length;
	return 0;
}

static int add_file(struct ng_draft *draft, const char *file)
{
	if (!strcmp(file ? file : "", ng_draft_text(draft, draft->last_file)))
		return 0;
	return add_text(draft, file, &draft->last_file);
}

int ng_draft_add(struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix, const char *file,
		 unsigned int line, uint64_t expires, const char *comment)
{
	struct ng_entry *entry;
	uint32_t offset;

	if (grow((void **)&draft->entries, &draft->entry_room, draft->entry_count + 1, sizeof(*entry)))
		return -ENOMEM;
	if (add_text(draft, comment, &offset) || add_file(draft, file))
		return -ENOMEM;
	entry = &draft->entries[draft->entry_count++];
	*entry = (struct ng_entry){ .expires = expires,
				    .comment = offset,
				    .line = line,
				    .family = prefix->family,
				    .length = prefix->length,
				    .set = (uint8_t)set,
				    .file = draft->last_file };
	memcpy(entry->address, prefix->address, sizeof(entry->address));
	return 0;
}

int ng_draft_add_flags(struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix, const char *file,
		       unsigned int line, const char *comment, uint8_t flags)
{
	int error = ng_draft_add(draft, set, prefix, file, line, 0, comment);

	if (!error)
		draft->entries[draft->entry_count - 1].flags = flags;
	return error;
}

static bool is_entry(const struct ng_entry *entry, enum ng_set set, const struct ng_prefix *prefix)
{
	return entry->set == set && entry->family == prefix->family && entry->length == prefix->length &&
	       !memcmp(entry->address, prefix->address, sizeof(entry->address));
}

size_t ng_draft_remove(struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix)
{
	size_t kept = 0, before = draft->entry_count;

	for (size_t i = 0; i < before; i++)
		if (!is_entry(&draft->entries[i], set, prefix))
			draft->entries[kept++] = draft->entries[i];
	draft->entry_count = kept;
	return before - kept;
}

bool ng_draft_has(const struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix)
{
	for (size_t i = 0; i < draft->entry_count; i++)
		if (is_entry(&draft->entries[i], set, prefix))
			return true;
	return false;
}

const char *ng_draft_text(const struct ng_draft *draft, uint32_t offset)
{
	return offset < draft->text_size ? draft->text + offset : "";
}

static void take_rules(struct ng_draft *draft, const struct ng_policy *image)
{
	draft->default_action = image->default_action;
	draft->default_line = (int)image->default_line;
	draft->symmetric_as_request = image->symmetric_as_request;
	draft->pass_fragments = image->root.flags & NG_ROOT_FRAGMENTS;
	draft->ntpv5 = image->root.flags & NG_ROOT_NTPV5;
	draft->monitor = image->root.monitor != 0;
	draft->port = ntohs(image->root.port);
	draft->regulars = image->regulars;
	draft->replies = image->replies;
	draft->answers_off = image->answers_off;
	draft->limits = image->limits;
	memcpy(draft->name, image->name, sizeof(draft->name));
	memcpy(draft->file, image->file, sizeof(draft->file));
}

int ng_draft_from_image(struct ng_draft *draft, const struct ng_policy *image)
{
	const char *base = (const char *)image;

	ng_draft_init(draft);
	take_rules(draft, image);
	if (grow((void **)&draft->entries, &draft->entry_room, image->entry_count + 1, sizeof(*draft->entries)) ||
	    grow((void **)&draft->text, &draft->text_room, image->text_size + 1, 1)) {
		ng_draft_free(draft);
		return -ENOMEM;
	}
	memcpy(draft->entries, base + image->entries, image->entry_count * sizeof(*draft->entries));
	memcpy(draft->text, base + image->text, image->text_size);
	draft->entry_count = image->entry_count;
	draft->text_size = image->text_size;
	return 0;
}

static bool covers(const struct ng_entry *entry, const struct ng_prefix *address)
{
	struct ng_prefix prefix = ng_prefix_of(entry);

	return ng_prefix_contains(&prefix, address);
}

const struct ng_entry *ng_draft_access(const struct ng_draft *draft, const struct ng_prefix *address)
{
	const struct ng_entry *best = NULL;

	for (size_t i = 0; i < draft->entry_count; i++) {
		const struct ng_entry *entry = &draft->entries[i];

		if ((entry->set != NG_SET_ALLOW && entry->set != NG_SET_DENY) || !covers(entry, address))
			continue;
		if (!best || entry->flags & NG_ENTRY_ALL ||
		    ng_prefix_level(entry->length) >= ng_prefix_level(best->length))
			best = entry;
	}
	return best;
}

const struct ng_entry *ng_draft_match(const struct ng_draft *draft, enum ng_set set, const struct ng_prefix *address)
{
	const struct ng_entry *best = NULL;

	for (size_t i = 0; i < draft->entry_count; i++) {
		const struct ng_entry *entry = &draft->entries[i];

		if (entry->set == set && covers(entry, address) && (!best || entry->length >= best->length))
			best = entry;
	}
	return best;
}
