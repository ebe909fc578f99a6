// SPDX-License-Identifier: GPL-2.0-only
#include "sparkline.h"
#include "unit.h"

static void expect(const double *values, size_t count, size_t most, size_t columns, bool utf8, const char *wanted)
{
	char text[NG_SPARKLINE_TEXT(60)];

	ng_sparkline(values, count, most, columns, utf8, text);
	assert_string_equal(text, wanted);
}

static void test_heights(void **state)
{
	static const double values[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const double small[] = { 0.001, 1000 };

	(void)state;
	expect(values, 9, 9, 9, true, ".▁▂▃▄▅▆▇█");
	expect(values, 9, 9, 9, false, ".12345678");
	expect(small, 2, 2, 2, true, "▁█"); /* what is not nothing is seen */
	expect(small, 2, 2, 2, false, "18");
	expect((const double[]){ 0, 0 }, 2, 2, 2, true, "..");
}

static void test_columns(void **state)
{
	static const double values[] = { 1, 8, 2, 4, 8 };

	(void)state;
	expect(values, 0, 60, 5, false, "     ");
	expect(values, 2, 5, 5, false, "   18");
	expect(values, 5, 6, 3, false, "188"); /* two each, the newest whole: 1 | 8 2 | 4 8 */
	expect(values, 4, 6, 3, false, " 84");
	expect(values, 5, 60, 30, false, "                           188");
	expect(values, 5, 5, 0, false, "");
	expect(values, 5, 5, 1, false, "8");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_heights), cmocka_unit_test(test_columns) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
