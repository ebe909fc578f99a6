// SPDX-License-Identifier: GPL-2.0-only
/* The words of the report: each is there in both languages, is UTF-8, and has the same places to fill. */
#include "ntpguard.h"
#include "unicode.h"

#include "unit.h"

struct words {
	const char *id, *en, *ja;
};

static const struct words words[] = {
#define NG_SENTENCE(id, en, ja) { #id, en, ja },
#define NG_REASON(verdict, ja) { #verdict, "", ja },
#define NG_PROBE(id, label, direction, length, bytes, en, ja) { #id, en, ja },
#include "evidence.def"
#undef NG_SENTENCE
#undef NG_REASON
#undef NG_PROBE
};

/* Verdicts that drop, and how many reasons in Japanese each has. */
static const bool drops[NG_VERDICTS] = {
#define ACTION_PASS false
#define ACTION_DROP true
#define NG_VERDICT(number, id, direction, action, name, text) [number] = ACTION_##action,
#include "verdicts.def"
#undef NG_VERDICT
};

static const int reasons[NG_VERDICTS] = {
#define NG_SENTENCE(id, en, ja)
#define NG_REASON(verdict, ja) [NG_V_##verdict] = 1,
#define NG_PROBE(id, label, direction, length, bytes, en, ja)
#include "evidence.def"
};

/* Only a table's heading in another script, or the families of addresses, need no Japanese letter. */
static bool has_japanese(const char *text)
{
	const char *end = text + strlen(text);
	bool found = false;
	uint32_t character;

	while (text < end) {
		size_t took = ng_unicode_take(text, end, &character);

		if (!took)
			fail_msg("not UTF-8: %s", text);
		found |= ng_unicode_width(character) == 2 || character == 0x30fb;
		text += took;
	}
	return found;
}

/* A bit for each place {1} to {9}. */
static unsigned int places(const char *text)
{
	unsigned int found = 0;

	for (; (text = strchr(text, '{')); text++) {
		if (text[1] < '1' || text[1] > '9' || text[2] != '}')
			fail_msg("no place: %s", text);
		found |= 1u << (text[1] - '0');
	}
	return found;
}

static void both_languages_say_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(words); i++) {
		const struct words *word = &words[i];
		bool is_reason = !*word->en;

		if (!*word->ja || (!is_reason && places(word->en) != places(word->ja)))
			fail_msg("%s: not the same in both languages", word->id);
		if (!has_japanese(word->ja) && strcmp(word->id, "SELF_TEST_ROW"))
			fail_msg("%s: no Japanese: %s", word->id, word->ja);
		for (const char *at = word->en; *at; at++)
			if ((unsigned char)*at >= 0x80)
				fail_msg("%s: English is plain ASCII", word->id);
	}
}

static void every_drop_has_its_reason(void **state)
{
	(void)state;
	for (int verdict = 0; verdict < NG_VERDICTS; verdict++)
		if (drops[verdict] != reasons[verdict])
			fail_msg("verdict %d: a reason in Japanese if it drops, and only then", verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_languages_say_the_same),
		cmocka_unit_test(every_drop_has_its_reason),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
