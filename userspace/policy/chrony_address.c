// SPDX-License-Identifier: GPL-2.0-only
/* Arguments that are addresses, prefixes and names; chrony's cmdparse.c CPS_ParseAllowDeny above all. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "chrony_shape.h"

static bool is_address(const char *word)
{
	uint8_t address[16];

	return inet_pton(AF_INET, word, address) == 1 || inet_pton(AF_INET6, word, address) == 1;
}

bool ng_chrony_take_address(struct ng_chrony_line *line)
{
	if (!ng_chrony_want_words(line, 1, 1))
		return false;
	ng_chrony_line_word(line);
	return is_address(line->word) ||
	       ng_chrony_line_fail(line, line->arguments, "%.100s: an address must stand here; a name is not taken",
				   line->word);
}

/* An address or the path of a socket. */
bool ng_chrony_take_bindcmdaddress(struct ng_chrony_line *line)
{
	return line->text[line->at] == '/' ? ng_chrony_want_words(line, 1, 1) : ng_chrony_take_address(line);
}

bool ng_chrony_take_broadcast(struct ng_chrony_line *line)
{
	size_t where;
	int value, n = 0;

	if (!NG_CHRONY_SCAN(line, "%d", &value, &n))
		return ng_chrony_no_number(line);
	ng_chrony_line_word(line);
	where = ng_chrony_line_word(line);
	if (!is_address(line->word))
		return ng_chrony_line_fail(line, where, "an address must stand here: broadcast %s",
					   line->directive->arguments);
	if (!line->text[line->at])
		return true;
	if (!NG_CHRONY_SCAN(line, "%d", &value, &n))
		return ng_chrony_no_number(line);
	ng_chrony_line_word(line);
	return !line->text[line->at] ||
	       ng_chrony_line_fail(line, line->at, "this is too much: broadcast %s", line->directive->arguments);
}

/* Whether any DNS could know it: letters, digits, hyphens and the underscore, no number at its end. */
static bool is_host_name(const char *word)
{
	size_t length = strlen(word), label = 0;
	bool digits = true;

	if (length && word[length - 1] == '.')
		length--;
	if (!length || length > 253 || !strcasecmp(word, "all"))
		return false;
	for (size_t i = 0; i < length; i++) {
		bool digit = word[i] >= '0' && word[i] <= '9';
		bool letter = (word[i] | 0x20) >= 'a' && (word[i] | 0x20) <= 'z';

		if (word[i] == '.' && !label)
			return false;
		digits = (digits || word[i] == '.') && (digit || word[i] == '.');
		label = word[i] == '.' ? 0 : label + 1;
		if (label > 63 || (!digit && !letter && !strchr("-_.", word[i])))
			return false;
	}
	return !digits;
}

/* One to three numbers with dots between, which may be written in all ways that sscanf() knows. */
static bool is_short(const char *word, uint32_t *number, unsigned int *count, bool *refused)
{
	int end = 0, n = sscanf(word, "%" SCNu32 "%n.%" SCNu32 "%n.%" SCNu32 "%n", &number[0], &end, &number[1], &end,
				&number[2], &end);

	if (n <= 0 || word[end])
		return false;
	*count = (unsigned int)n;
	*refused = number[0] > 255 || number[1] > 255 || number[2] > 255;
	return true;
}

/* The resolver knows more ways to write an address than inet_pton(). */
static bool is_numeric(const char *word, char *address)
{
	const char *scope = strchr(word, '%');
	struct in_addr in4;

	if (!scope && inet_aton(word, &in4)) {
		inet_ntop(AF_INET, &in4, address, NG_PREFIX_TEXT);
		return true;
	}
	if (!scope || scope - word >= NG_PREFIX_TEXT || strspn(scope + 1, "0") != strlen(scope + 1) || !scope[1])
		return false;
	memcpy(address, word, (size_t)(scope - word));
	address[scope - word] = '\0';
	return is_address(address);
}

static bool take_name(struct ng_chrony_line *line, size_t where, const char *word, bool has_length)
{
	if (is_host_name(word) && !has_length) {
		line->host = NG_HOST_NAME;
		return true;
	}
	if (!strcasecmp(word, "all"))
		return ng_chrony_line_fail(
			line, where, "the word is all, in small letters; chronyd asks the DNS for a host called %s",
			word);
	if (has_length && is_host_name(word))
		return ng_chrony_line_fail(line, where, "%.100s: a name cannot have a prefix length", word);
	return ng_chrony_line_fail(line, where, "%.100s is neither an address nor a name: %s %s", word,
				   line->directive->word, line->directive->arguments);
}

static bool take_prefix(struct ng_chrony_line *line, size_t where, char *word, int length)
{
	char address[NG_PREFIX_TEXT], text[NG_PREFIX_TEXT + 16];
	uint32_t number[3] = { 0 };
	unsigned int count = 0;
	const char *why;
	bool refused;

	if (is_address(word)) {
		snprintf(address, sizeof(address), "%.*s", NG_PREFIX_TEXT - 1, word);
	} else if (is_short(word, number, &count, &refused)) {
		if (refused)
			return ng_chrony_line_fail(line, where, "%.100s: each number of an address is 0 to 255", word);
		snprintf(address, sizeof(address), "%u.%u.%u.0", number[0], number[1], number[2]);
		length = length < 0 ? (int)(8 * count) : length;
	} else if (length < 0 && is_numeric(word, address)) {
		line->odd_address = true;
	} else {
		return take_name(line, where, word, length >= 0);
	}
	line->host = NG_HOST_PREFIX;
	snprintf(text, sizeof(text), length < 0 ? "%s" : "%s/%d", address, length);
	line->bad_subnet = ng_prefix_parse(text, &line->prefix, &why) != 0;
	return true;
}

/* [all] [ADDRESS[/LENGTH]]; cmdparse.c CPS_ParseAllowDeny */
bool ng_chrony_take_access(struct ng_chrony_line *line)
{
	size_t where = ng_chrony_line_word(line);
	char *slash;
	int length = -1, n = 0;

	line->all = !strcmp(line->word, "all");
	if (line->all)
		where = ng_chrony_line_word(line);
	if (line->text[line->at])
		return ng_chrony_line_fail(line, line->at, "one address or prefix a line: %s %s", line->directive->word,
					   line->directive->arguments);
	line->host = NG_HOST_EVERYBODY;
	if (!*line->word)
		return true;
	slash = strchr(line->word, '/');
	if (slash && (sscanf(slash + 1, "%d%n", &length, &n) != 1 || slash[1 + n] || length < 0))
		return ng_chrony_line_fail(line, where + (size_t)(slash - line->word),
					   "behind the / the prefix length must stand, 0 to 32, for IPv6 to 128");
	if (slash)
		*slash = '\0';
	return take_prefix(line, where, line->word, length);
}
