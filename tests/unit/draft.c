// SPDX-License-Identifier: GPL-2.0-only
/* Drafts: adding, taking out, matching, printing, and the way through an image and back. */
#include "ntp_wire.h"
#include "unit.h"

static void add(struct ng_draft *draft, enum ng_set set, const char *text, const char *file, const char *comment)
{
	struct ng_prefix prefix = unit_prefix(text);

	assert_int_equal(ng_draft_add(draft, set, &prefix, file, 7, 0, comment), 0);
}

static void test_init(void **state)
{
	struct ng_draft draft;

	(void)state;
	memset(&draft, 0xff, sizeof(draft));
	ng_draft_init(&draft);
	assert_int_equal(draft.default_action, NG_DEFAULT_DROP);
	assert_int_equal(draft.port, NTP_PORT);
	assert_int_equal(draft.entry_count, 0);
	assert_false(draft.monitor || draft.ntpv5 || draft.pass_fragments || draft.symmetric_as_request);
	assert_string_equal(ng_draft_text(&draft, 0), "");
	ng_draft_free(&draft);
	ng_draft_free(&draft); /* freed is as good as new */
}

static void test_add(void **state)
{
	struct ng_prefix prefix = unit_prefix("192.0.2.0/24");
	const struct ng_entry *entry;
	struct ng_draft draft;

	(void)state;
	ng_draft_init(&draft);
	assert_int_equal(ng_draft_add(&draft, NG_SET_DENY, &prefix, "some.conf", 12, 1700000000, "a scanner"), 0);
	assert_int_equal(draft.entry_count, 1);
	entry = &draft.entries[0];
	assert_int_equal(entry->set, NG_SET_DENY);
	assert_int_equal(entry->family, NG_IPV4);
	assert_int_equal(entry->length, 24);
	assert_int_equal(entry->line, 12);
	assert_int_equal(entry->expires, 1700000000);
	assert_memory_equal(entry->address, prefix.address, sizeof(entry->address));
	assert_string_equal(ng_draft_text(&draft, entry->comment), "a scanner");
	assert_string_equal(ng_draft_text(&draft, entry->file), "some.conf");
	ng_draft_free(&draft);
}

/* Without text there is no text; a file's name is kept once for all that follow in a row. */
static void test_texts(void **state)
{
	struct ng_draft draft;

	(void)state;
	ng_draft_init(&draft);
	add(&draft, NG_SET_ALLOW, "10", NULL, NULL);
	add(&draft, NG_SET_ALLOW, "11", "", "");
	assert_int_equal(draft.text_size, 0);
	add(&draft, NG_SET_ALLOW, "12", "a.conf", NULL);
	add(&draft, NG_SET_ALLOW, "13", "a.conf", "comment");
	add(&draft, NG_SET_ALLOW, "14", NULL, NULL);
	add(&draft, NG_SET_ALLOW, "15", "b.conf", NULL);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(draft.entries[i].file | draft.entries[i].comment, 0);
	assert_int_equal(draft.entries[2].file, draft.entries[3].file);
	assert_string_equal(ng_draft_text(&draft, draft.entries[3].comment), "comment");
	assert_int_equal(draft.entries[4].file, 0);
	assert_string_equal(ng_draft_text(&draft, draft.entries[5].file), "b.conf");
	assert_string_equal(ng_draft_text(&draft, (uint32_t)draft.text_size), "");
	assert_string_equal(ng_draft_text(&draft, UINT32_MAX), "");
	ng_draft_free(&draft);
}

static void test_grows(void **state)
{
	struct ng_prefix prefix = unit_prefix("0.0.0.0");
	struct ng_draft draft;
	char comment[16];

	(void)state;
	ng_draft_init(&draft);
	for (unsigned int i = 0; i < 5000; i++) {
		prefix.address[2] = (uint8_t)(i >> 8);
		prefix.address[3] = (uint8_t)i;
		snprintf(comment, sizeof(comment), "number %u", i);
		assert_int_equal(ng_draft_add(&draft, NG_SET_ALLOW, &prefix, i & 1 ? "odd" : NULL, i, i, comment), 0);
	}
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(comment, sizeof(comment), "number %u", i);
		assert_string_equal(ng_draft_text(&draft, draft.entries[i].comment), comment);
		assert_string_equal(ng_draft_text(&draft, draft.entries[i].file), i & 1 ? "odd" : "");
		assert_int_equal(draft.entries[i].address[3], i & 255);
	}
	ng_draft_free(&draft);
}

static void test_remove(void **state)
{
	struct ng_prefix wide = unit_prefix("10"), narrow = unit_prefix("10.0.0.0/9"), six = unit_prefix("a00::/8");
	struct ng_draft draft;

	(void)state;
	ng_draft_init(&draft);
	add(&draft, NG_SET_ALLOW, "10", NULL, NULL);
	add(&draft, NG_SET_DENY, "10", NULL, NULL);
	add(&draft, NG_SET_ALLOW, "10.0.0.0/9", NULL, NULL);
	add(&draft, NG_SET_ALLOW, "10", NULL, "once more");
	add(&draft, NG_SET_ALLOW, "192.0.2.1", NULL, NULL);
	assert_false(ng_draft_has(&draft, NG_SET_ALLOW, &six)); /* the same first bytes */
	assert_int_equal(ng_draft_remove(&draft, NG_SET_ALLOW, &six), 0);
	assert_int_equal(ng_draft_remove(&draft, NG_SET_CONTROL, &wide), 0);
	assert_true(ng_draft_has(&draft, NG_SET_ALLOW, &wide));
	assert_int_equal(ng_draft_remove(&draft, NG_SET_ALLOW, &wide), 2);
	assert_false(ng_draft_has(&draft, NG_SET_ALLOW, &wide));
	assert_true(ng_draft_has(&draft, NG_SET_DENY, &wide));
	assert_true(ng_draft_has(&draft, NG_SET_ALLOW, &narrow));
	/* the order of the others stays: it decides among equals */
	assert_int_equal(draft.entry_count, 3);
	assert_int_equal(draft.entries[0].set, NG_SET_DENY);
	assert_int_equal(draft.entries[1].length, 9);
	assert_int_equal(draft.entries[2].length, 32);
	ng_draft_free(&draft);
}

#define ACCESS NG_SETS /* the question that allow and deny answer together */

struct match {
	const char *address;
	enum ng_set set;
	int entry; /* -1: none */
};

static void test_match(void **state)
{
	static const char policy[] = "allow 10\n" /* 0 */
				     "deny 10.1\n"
				     "allow 10.1.2\n" /* 2 */
				     "deny 192.0.2.0/24\n"
				     "allow 192.0.2.0/24\n" /* 4: the later of equals */
				     "control 10.1.2.3\n"
				     "deny ::/0\n" /* 6 */
				     "allow 2001:db8::/32\n"
				     "peer 10.1.2.3\n" /* 8 */
				     "deny 172.16.0.0/12\n"
				     "allow 172.0.0.0/9\n"; /* 10 */
	static const struct match matches[] = {
		{ "10.0.0.0", ACCESS, 0 },	    { "10.255.255.255", ACCESS, 0 },   { "9.255.255.255", ACCESS, -1 },
		{ "11.0.0.0", ACCESS, -1 },	    { "10.1.0.0", ACCESS, 1 },	       { "10.1.2.0", ACCESS, 2 },
		{ "10.1.2.255", ACCESS, 2 },	    { "10.1.3.0", ACCESS, 1 },	       { "10.1.2.3", ACCESS, 2 },
		{ "10.1.2.3", NG_SET_PEER, 8 },	    { "10.1.2.3", NG_SET_CONTROL, 5 }, { "10.1.2.3", NG_SET_DENY, 1 },
		{ "10.1.2.4", NG_SET_CONTROL, -1 }, { "192.0.2.9", ACCESS, 4 },	       { "192.0.2.9", NG_SET_DENY, 3 },
		{ "2001:db8::1", ACCESS, 7 },	    { "2001:db9::1", ACCESS, 6 },      { "::ffff:10.0.0.0", ACCESS, 6 },
		{ "::", NG_SET_ALLOW, -1 },	    { "172.16.0.1", ACCESS, 10 }, /* chrony: the later of one 4-bit
										     level */
	};
	struct ng_draft draft;

	(void)state;
	unit_draft(&draft, policy);
	for (size_t i = 0; i < UNIT_COUNT(matches); i++) {
		struct ng_prefix address = unit_prefix(matches[i].address);
		const struct ng_entry *entry = matches[i].set == ACCESS
						       ? ng_draft_access(&draft, &address)
						       : ng_draft_match(&draft, matches[i].set, &address);
		int got = entry ? (int)(entry - draft.entries) : -1;

		if (got != matches[i].entry)
			fail_msg("%s, set %d: entry %d, want %d", matches[i].address, (int)matches[i].set, got,
				 matches[i].entry);
	}
	ng_draft_free(&draft);
}

static void fill_everything(struct ng_draft *draft)
{
	struct ng_prefix prefix = unit_prefix("203.0.113.0/24");

	unit_draft(draft,
		   "default pass\nregulars on\nreplies solicited\nanswers guard\nport 1123\nsymmetric limit\nntpv5 "
		   "allow\nfragments pass\nmonitor\n"
		   "allow 192.0.2.1\ndeny 10\ncontrol ::1\nprivate 127.0.0.1\nserver 192.0.2.3\npeer 192.0.2.4\n");
	assert_int_equal(ng_draft_add(draft, NG_SET_DENY, &prefix, "other.conf", 3, 99, "with a comment"), 0);
}

static void assert_same_entries(const struct ng_draft *a, const struct ng_draft *b)
{
	assert_int_equal(a->entry_count, b->entry_count);
	assert_memory_equal(a->entries, b->entries, a->entry_count * sizeof(*a->entries));
	assert_int_equal(a->text_size, b->text_size);
	if (a->text_size)
		assert_memory_equal(a->text, b->text, a->text_size);
}

static void test_image_and_back(void **state)
{
	struct ng_draft draft, again;
	struct ng_policy *image, *second;

	(void)state;
	fill_everything(&draft);
	image = ng_compile(&draft);
	assert_non_null(image);
	assert_int_equal(ng_draft_from_image(&again, image), 0);
	assert_same_entries(&draft, &again);
	assert_string_equal(again.name, "unit");
	assert_string_equal(again.file, "unit.policy");
	assert_int_equal(again.default_action, NG_DEFAULT_PASS);
	assert_int_equal(again.default_line, 1);
	assert_int_equal(again.port, 1123);
	assert_true(again.symmetric_as_request && again.ntpv5 && again.pass_fragments && again.monitor);
	second = ng_compile(&again);
	assert_non_null(second);
	assert_int_equal(second->size, image->size);
	assert_memory_equal(second, image, image->size);
	free(second);
	free(image);
	ng_draft_free(&draft);
	ng_draft_free(&again);
}

static void test_empty_image_and_back(void **state)
{
	struct ng_prefix prefix = unit_prefix("192.0.2.1");
	struct ng_draft draft, again;
	struct ng_policy *image;

	(void)state;
	ng_draft_init(&draft);
	image = ng_compile(&draft);
	assert_non_null(image);
	assert_int_equal(ng_draft_from_image(&again, image), 0);
	assert_int_equal(again.entry_count, 0);
	assert_false(again.symmetric_as_request || again.ntpv5 || again.pass_fragments || again.monitor);
	assert_int_equal(again.port, NTP_PORT);
	/* and it can be edited on */
	assert_int_equal(ng_draft_add(&again, NG_SET_ALLOW, &prefix, "f", 1, 0, "c"), 0);
	assert_string_equal(ng_draft_text(&again, again.entries[0].comment), "c");
	assert_string_equal(ng_draft_text(&again, again.entries[0].file), "f");
	free(image);
	ng_draft_free(&again);
}

/* A file name that comes after an image must not be taken for one that came before it. */
static void test_edit_after_image(void **state)
{
	struct ng_draft draft, again;
	struct ng_policy *image;

	(void)state;
	fill_everything(&draft);
	image = ng_compile(&draft);
	assert_non_null(image);
	assert_int_equal(ng_draft_from_image(&again, image), 0);
	add(&again, NG_SET_ALLOW, "198.51.100.1", "command line", NULL);
	add(&again, NG_SET_ALLOW, "198.51.100.2", NULL, NULL);
	assert_string_equal(ng_draft_text(&again, again.entries[draft.entry_count].file), "command line");
	assert_int_equal(again.entries[draft.entry_count + 1].file, 0);
	assert_string_equal(ng_draft_text(&again, again.entries[draft.entry_count - 1].comment), "with a comment");
	assert_string_equal(ng_draft_text(&again, again.entries[draft.entry_count - 1].file), "other.conf");
	free(image);
	ng_draft_free(&draft);
	ng_draft_free(&again);
}

static void test_print(void **state)
{
	struct ng_draft draft;
	char *text;

	(void)state;
	fill_everything(&draft);
	text = unit_canonical(&draft);
	assert_string_equal(text, "default pass\nregulars on\nreplies solicited\nanswers guard\nport 1123\nsymmetric "
				  "limit\nntpv5 allow\nfragments pass\nmonitor\n"
				  "allow 192.0.2.1\ndeny 10.0.0.0/8\ncontrol ::1\nprivate 127.0.0.1\n"
				  "server 192.0.2.3\npeer 192.0.2.4\ndeny 203.0.113.0/24 # with a comment\n");
	free(text);
	ng_draft_free(&draft);
}

/* policy.h: "canonical text, which the parser reads back to the same policy". */
static void assert_reads_back(const struct ng_draft *draft)
{
	char *text = unit_canonical(draft), *second;
	struct ng_draft again;

	unit_draft(&again, text);
	second = unit_canonical(&again);
	assert_string_equal(second, text);
	ng_draft_free(&again);
	free(second);
	free(text);
}

static void test_print_reads_back(void **state)
{
	struct ng_draft draft;

	(void)state;
	unit_draft(&draft, "default pass\nallow\ndeny 10\nallow ::1\ncontrol 127.0.0.1\n");
	assert_reads_back(&draft);
	ng_draft_free(&draft);
}

static void test_comment_reads_back(void **state)
{
	struct ng_draft draft;

	(void)state;
	ng_draft_init(&draft);
	add(&draft, NG_SET_ALLOW, "192.0.2.1", NULL, "the other server");
	assert_reads_back(&draft);
	ng_draft_free(&draft);
}

/* --comment takes any text, and `save` must not turn it into directives. */
static void test_comment_stays_in_its_line(void **state)
{
	struct ng_draft draft, again;
	char *text;

	(void)state;
	ng_draft_init(&draft);
	add(&draft, NG_SET_ALLOW, "192.0.2.1", NULL, "first\nallow 0/0");
	text = unit_canonical(&draft);
	unit_draft(&again, text);
	assert_int_equal(again.entry_count, 1);
	free(text);
	ng_draft_free(&again);
	ng_draft_free(&draft);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_image_and_back),
		cmocka_unit_test(test_empty_image_and_back),
		cmocka_unit_test(test_edit_after_image),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_reads_back),
		cmocka_unit_test(test_comment_reads_back),
		cmocka_unit_test(test_comment_stays_in_its_line),
	};

	return cmocka_run_group_tests_name("draft", tests, NULL, NULL);
}
