// SPDX-License-Identifier: GPL-2.0-only
/* Out of memory at every allocation, one after the other: the policy code must say so, must not go on
 * with half of a policy, and must leak nothing. The linker hands its allocations to this file. */
#include <errno.h>

#include "chrony_lint.h"
#include "unit.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned int until_failure = ~0u; /* allocations that still succeed; then one fails */

static bool fails(void)
{
	if (until_failure == ~0u || until_failure--)
		return false;
	until_failure = ~0u;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static bool has_failed(void)
{
	bool failed = until_failure == ~0u;

	until_failure = ~0u;
	return failed;
}

static int read_file(void *context, const char *path, char **data, size_t *size)
{
	(void)path;
	*size = strlen(context);
	*data = malloc(*size + 1);
	if (!*data)
		return -ENOMEM;
	memcpy(*data, context, *size + 1);
	return 0;
}

static char conf[] = "allow 192.0.2.0/24\ndeny\nserver 192.0.2.3\nallow x y\n";

/* Without its last `n` allocations' success: 0, or the parser's error. */
static int parse_with_failure(const char *text, unsigned int allocations, bool *failed, struct ng_draft *draft)
{
	struct ng_prefix own[] = { unit_prefix("127.0.0.1"), unit_prefix("::1") };
	const struct ng_environment host = {
		.own = own, .own_count = UNIT_COUNT(own), .read = read_file, .context = conf
	};
	static struct ng_findings findings;
	int error;

	ng_draft_init(draft);
	until_failure = allocations;
	error = ng_policy_parse(draft, "unit.policy", text, strlen(text), &host, &findings);
	*failed = has_failed();
	assert_true(!error || error == -ENOMEM || (error == -EINVAL && findings.errors));
	return error;
}

static void assert_parser_notices(const char *text)
{
	bool failed = true;

	for (unsigned int allocations = 0; failed; allocations++) {
		struct ng_draft draft;
		int error = parse_with_failure(text, allocations, &failed, &draft);

		if (!error != !failed)
			fail_msg("\"%s\": allocation %u %s, and the parser returns %d", text, allocations + 1,
				 failed ? "fails" : "succeeds", error);
		ng_draft_free(&draft);
	}
}

static void test_parser(void **state)
{
	(void)state;
	assert_parser_notices("default pass\n");
	assert_parser_notices("allow 10\n");
	assert_parser_notices("allow\ndeny\ncontrol 10\nprivate 11\nserver 12\npeer 13\n");
}

static void test_import(void **state)
{
	(void)state;
	assert_parser_notices("import chrony chrony.conf\n");
	assert_parser_notices("allow 10\nimport chrony chrony.conf\nallow 11\n");
}

/* Half of the host's own addresses would be a policy that cuts off the other half. */
static void test_allowself(void **state)
{
	(void)state;
	assert_parser_notices("allowself\n");
}

/* A finding that is missing must not make a file look good. */
static void test_lint(void **state)
{
	static const char text[] = "server x # y\nserver x#y\nserver \\\n x\nallow 10\ndeny all 10/9\nallow\nprot 1\n"
				   "include x\nconfdir d e\nsourcedir d\nport 1\rport 2 # x\nallow 10, 11\nratelimit\n";
	const struct ng_environment environment = { .read = read_file, .context = conf };
	bool failed = true;

	(void)state;
	for (unsigned int allocations = 0; failed; allocations++) {
		struct ng_lint lint;
		int error;

		until_failure = allocations;
		error = ng_chrony_lint(&lint, "chrony.conf", text, sizeof(text) - 1, &environment);
		failed = has_failed();
		if (!error != !failed)
			fail_msg("allocation %u %s, and lint returns %d", allocations + 1,
				 failed ? "fails" : "succeeds", error);
		ng_lint_free(&lint);
		assert_true(allocations < 2000);
	}
}

static void test_compiler(void **state)
{
	struct ng_policy *image = NULL;
	struct ng_draft draft;

	(void)state;
	unit_draft(&draft, "allow\ndeny 10\nallow 10.1\ndeny 2001:db8::1\nallow 2001:db8::/32\ncontrol ::1\n");
	for (unsigned int allocations = 0; !image; allocations++) {
		errno = 0;
		until_failure = allocations;
		image = ng_compile(&draft);
		assert_true(has_failed() == !image);
		assert_true(image || errno == ENOMEM);
		assert_true(allocations < 1000);
	}
	free(image);
	ng_draft_free(&draft);
}

static void test_draft_from_image(void **state)
{
	struct ng_draft draft, again;
	struct ng_policy *image;
	int error = -1;

	(void)state;
	unit_draft(&draft, "allow\ndeny 10\n");
	image = ng_compile(&draft);
	assert_non_null(image);
	for (unsigned int allocations = 0; error; allocations++) {
		until_failure = allocations;
		error = ng_draft_from_image(&again, image);
		assert_true(has_failed() == (error == -ENOMEM));
	}
	assert_int_equal(again.entry_count, draft.entry_count);
	ng_draft_free(&again);
	ng_draft_free(&draft);
	free(image);
}

/* What was there before an addition that failed is there after it. */
static void test_draft_add(void **state)
{
	struct ng_prefix prefix = unit_prefix("192.0.2.1");
	struct ng_draft draft;
	size_t added = 0;

	(void)state;
	ng_draft_init(&draft);
	for (unsigned int i = 0; i < 600; i++) {
		until_failure = i % 3;
		if (!ng_draft_add(&draft, NG_SET_ALLOW, &prefix, i & 8 ? "a" : "b", i, 0, "comment"))
			added++;
		has_failed();
	}
	assert_int_equal(draft.entry_count, added);
	for (size_t i = 0; i < added; i++)
		assert_string_equal(ng_draft_text(&draft, draft.entries[i].comment), "comment");
	ng_draft_free(&draft);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parser),	  cmocka_unit_test(test_import),
		cmocka_unit_test(test_allowself), cmocka_unit_test(test_lint),
		cmocka_unit_test(test_compiler),  cmocka_unit_test(test_draft_from_image),
		cmocka_unit_test(test_draft_add),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
