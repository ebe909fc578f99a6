// SPDX-License-Identifier: GPL-2.0-only
/* NTP messages as monitor tells them, and the blocks that capture writes. */
#include <errno.h>

#include "message.h"
#include "pcapng.h"
#include "unit.h"

/* An IPv4 frame from 192.0.2.7, port 1234, to 198.51.100.1, port 123, with this payload. */
static size_t make(uint8_t *frame, const char *payload, size_t size)
{
	static const char headers[] = "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0"
				      "\x45\0\0\0\0\0\0\0\x40\x11\0\0\xc0\0\2\7\xc6\x33\x64\1"
				      "\4\xd2\0\x7b\0\0\0\0";

	memcpy(frame, headers, 42);
	frame[17] = (uint8_t)(28 + size);
	frame[39] = (uint8_t)(8 + size);
	memcpy(frame + 42, payload, size);
	return 42 + size;
}

static void expect(const char *payload, size_t size, unsigned int length, const char *wanted)
{
	struct ng_message message;
	uint8_t frame[256] = { 0 };
	char text[96], address[NG_PREFIX_TEXT];

	size = make(frame, payload, size);
	assert_true(ng_message_read(frame, size, NG_IN, length, &message));
	ng_message_describe(&message, text, sizeof(text));
	assert_string_equal(text, wanted);
	assert_string_equal(ng_prefix_format(&message.far, address), "192.0.2.7");
	assert_int_equal(message.far_port, 1234);
	assert_int_equal(message.own_port, 123);
}

static void test_descriptions(void **state)
{
	(void)state;
	expect("\x17\0\3\x2a\0\0\0\0", 8, 8, "monlist 8 B x5500");
	expect("\x17\0\3\x2a\0\0\0\0", 8, 192, "monlist 192 B x229");
	expect("\x97\0\3\x2a\0\0\0\0", 8, 440, "mode 7 response 440 B");
	expect("\x17\0\3\xfe\0\0\0\0", 8, 8, "mode 7 query 8 B");
	expect("\x16\2\0\1\0\0\0\0\0\0\0\0", 12, 12, "READVAR 12 B x30");
	expect("\x16\x82\0\1\0\0\0\0\0\0\0\0", 12, 360, "mode 6 response 360 B");
	expect("\x16", 1, 1, "mode 6 query 1 B");
	expect("\x23\0\0\0", 4, 48, "client v4 48 B");
	expect("\x19\0\0\0", 4, 68, "symmetric active v3 68 B");
	expect("", 0, 0, "reserved v0 0 B");
}

static void test_no_message(void **state)
{
	struct ng_message message;
	uint8_t frame[256] = { 0 };

	(void)state;
	assert_false(ng_message_read(frame, sizeof(frame), NG_IN, 48, &message));
	for (size_t size = 0; size < 42; size++) {
		make(frame, "", 0);
		assert_false(ng_message_read(frame, size, NG_IN, 0, &message));
	}
}

/* Lengths stand at both ends of a block, and everything is at multiples of four. */
static void check_blocks(const uint8_t *bytes, size_t size, size_t blocks)
{
	size_t at = 0, seen = 0;
	uint32_t length, again;

	for (; at < size; at += length, seen++) {
		memcpy(&length, bytes + at + 4, sizeof(length));
		assert_true(length % 4 == 0 && length >= 12 && length <= size - at);
		memcpy(&again, bytes + at + length - 4, sizeof(again));
		assert_int_equal(length, again);
	}
	assert_int_equal(seen, blocks);
}

static void test_pcapng(void **state)
{
	static const uint8_t frame[61] = { 2 };
	struct ng_pcapng_packet packet = {
		.size = sizeof(frame), .whole = 100, .frame = frame, .comment = "drop mode7"
	};
	char *bytes;
	size_t size;
	FILE *to = open_memstream(&bytes, &size);

	(void)state;
	assert_int_equal(ng_pcapng_begin(to, "unit"), 0);
	assert_int_equal(ng_pcapng_interface(to, "eth0", 2048), 0);
	assert_int_equal(ng_pcapng_packet(to, &packet), 0);
	fclose(to);
	check_blocks((const uint8_t *)bytes, size, 3);
	assert_non_null(memmem(bytes, size, "drop mode7", 10));
	assert_non_null(memmem(bytes, size, "eth0", 4));
	free(bytes);
}

static void test_full_disk(void **state)
{
	FILE *to = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(to);
	assert_int_equal(ng_pcapng_begin(to, "unit"), -ENOSPC);
	fclose(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptions),
		cmocka_unit_test(test_no_message),
		cmocka_unit_test(test_pcapng),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
