// SPDX-License-Identifier: GPL-2.0-only
/* chrony's protocol, byte by byte: what every release of its clients asks, and what it must get. The lengths are
 * those of chronyc 3.5, 4.1, 4.3, 4.8, and of the Go clients (telegraf, chrony_exporter), which ask everything in
 * 416, 420, 424 or 520 bytes. The requests in hexadecimal are recorded. */
#include "unit.h"

#include "fake.h"

static struct ng_config config;
static struct ng_keeper keeper;
static struct ng_answering answering;
static struct ng_cmdmon_reply reply;
static const struct ng_asker udp = { .name = 1 }, local = { .name = 3, .may_reset = true };

static int begin(void **state)
{
	(void)state;
	memset(&fake_chronyd, 0, sizeof(fake_chronyd));
	memset(&fake_keeper, 0, sizeof(fake_keeper));
	fake_keeper.access = 1;
	config = (struct ng_config){ .serverstats = 4, .ntpdata = 2 };
	ng_answering_init(&answering, &config, &keeper);
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (int i = 0; i < NG_LISTINGS; i++)
		free(answering.listings.list[i].row);
	return 0;
}

/* Asks as this one, with a request of these bytes at its start and this length. */
static void ask_as(const struct ng_asker *asker, const void *start, size_t given, size_t size)
{
	uint8_t request[1024] = { 0 };

	memcpy(request, start, given);
	ng_answer(&answering, asker, request, size, &reply);
	if (reply.size)
		assert_true(reply.size <= size);
}

static void ask(uint16_t command, size_t size)
{
	const uint8_t head[] = { 6, 1, 0, 0, (uint8_t)(command >> 8), (uint8_t)command, 0, 0, 1, 2, 3, 4 };

	ask_as(&udp, head, sizeof(head), size);
}

#define expect(code, status, length)                                                                                   \
	do {                                                                                                           \
		assert_int_equal(reply.size, length);                                                                  \
		assert_int_equal(ng_get16(reply.bytes + CMDMON_REPLY_CODE), code);                                     \
		assert_int_equal(ng_get16(reply.bytes + CMDMON_STATUS), status);                                       \
	} while (0)

static void head_is_answered(void **state)
{
	(void)state;
	ask(54, 72);
	assert_int_equal(reply.bytes[0], 6);
	assert_int_equal(reply.bytes[1], 2);
	assert_memory_equal(reply.bytes + 4, "\0\66", 2);
	assert_memory_equal(reply.bytes + 16, "\1\2\3\4", 4);
}

/* What chronyd 4.3 does with each; seen. */
static void malformed(void **state)
{
	uint8_t head[] = { 6, 1, 0, 0, 0, 54, 0, 0, 1, 2, 3, 4 };

	(void)state;
	fake_chronyd.error = -ENOENT;
	for (size_t size = 0; size < 28; size++) {
		ask(54, size);
		assert_int_equal(reply.size, 0);
	}
	ask(54, 28);
	expect(1, CMDMON_BADPKTLENGTH, 28);
	ask(54, 47);
	expect(1, CMDMON_BADPKTLENGTH, 28);
	ask(14, 860);
	expect(2, 0, 32);
	ask(14, 861);
	assert_int_equal(reply.size, 0);
	ask(99, 72);
	expect(1, CMDMON_INVALID, 28);
	ask(0xffff, 72);
	expect(1, CMDMON_INVALID, 28);
	head[1] = 2; /* a reply */
	ask_as(&udp, head, sizeof(head), 72);
	assert_int_equal(reply.size, 0);
	head[1] = 1;
	head[2] = 1;
	ask_as(&udp, head, sizeof(head), 72);
	assert_int_equal(reply.size, 0);
	head[2] = 0;
	head[0] = 5;
	ask_as(&udp, head, sizeof(head), 72);
	expect(1, CMDMON_BADPKTVERSION, 28);
	head[0] = 4;
	ask_as(&udp, head, sizeof(head), 72);
	assert_int_equal(reply.size, 0);
}

/* No length of any command, short of its own, gets more than it sent, and none crashes. */
static void every_length(void **state)
{
	(void)state;
	for (int error = 0; error >= -ETIMEDOUT; error -= ETIMEDOUT)
		for (uint16_t command = 0; command < 80; command++)
			for (size_t size = 0; size < 900; size++) {
				fake_chronyd.error = error;
				ask(command, size);
			}
}

static void writes_are_refused(void **state)
{
	static const uint16_t writes[] = { 1,  2,  3,  4,  5,  6,  7,  8,  9,  11, 12, 13, 16, 17, 18,
					   19, 20, 21, 22, 23, 24, 29, 30, 31, 36, 37, 42, 43, 45, 46,
					   47, 48, 49, 50, 52, 53, 62, 63, 64, 66, 70, 71, 72, 73, 74 };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(writes); i++) {
		fake_chronyd.asked_size = 0;
		ask(writes[i], 416);
		expect(1, CMDMON_UNAUTH, 28);
		assert_int_equal(fake_chronyd.asked_size, 0);
	}
}

/* ---- serverstats ---- */

static const struct {
	const char *asker;
	size_t size, length;
	uint16_t code;
	uint16_t newest;
} dialects[] = {
	{ "chronyc 3.5", 48, 48, 14, 4 },
	{ "chronyc 4.1", 60, 60, 22, 4 },
	{ "chronyc 4.3", 72, 72, 24, 4 },
	{ "chronyc 4.4 and later", 196, 196, 25, 4 },
	{ "telegraf, chrony_exporter", 416, 196, 25, 4 },
	{ "the same, before they knew the fourth", 416, 72, 24, 3 },
	{ "and the third", 416, 60, 22, 2 },
	{ "and the second", 416, 48, 14, 1 },
	{ "chronyc 4.8, capped", 196, 72, 24, 3 },
	{ "between two", 71, 60, 22, 4 },
};

static void set_limited(uint64_t packets)
{
	fake_keeper.kept.snapshot.count = 1;
	fake_keeper.kept.snapshot.interfaces[0].counters.row[NG_IN][NG_IPV6][NG_V_GLOBAL_RATE].packets = packets;
}

/* As chronyd 4.3 says it: fields of STATS3 in their order, from 1 on. */
static void set_chronyd_stats(void)
{
	fake_chronyd.size = 72;
	memset(fake_chronyd.reply, 0, sizeof(fake_chronyd.reply));
	fake_chronyd.reply[0] = 6;
	fake_chronyd.reply[1] = 2;
	ng_put16(fake_chronyd.reply + 6, 24);
	for (uint32_t i = 0; i < 11; i++)
		ng_put32(fake_chronyd.reply + 28 + 4 * i, i == 2 ? 1000 : i + 1);
}

static void serverstats_dialects(void **state)
{
	for (size_t i = 0; i < UNIT_COUNT(dialects); i++) {
		uint64_t stats[NG_STATS];

		end(state);
		begin(state);
		config.serverstats = dialects[i].newest;
		set_chronyd_stats();
		set_limited(700);
		ask(54, dialects[i].size);
		expect(dialects[i].code, 0, dialects[i].length);
		assert_true(ng_serverstats_read(reply.bytes, reply.size, stats));
		assert_int_equal(stats[NG_STAT_NTP_HITS], 701);
		assert_int_equal(stats[NG_STAT_NTP_DROPS], 704);
		/* what chronyd counted, one less that was ours, one more that was the client's */
		assert_int_equal(stats[NG_STAT_CMD_HITS], 1000);
		assert_int_equal(stats[NG_STAT_LOG_DROPS], 7);
		if (dialects[i].code >= 24)
			assert_int_equal(stats[NG_STAT_SPAN], 11);
	}
}

static void only_limits_are_added(void **state)
{
	struct ng_counters *counters = &fake_keeper.kept.snapshot.interfaces[0].counters;
	uint64_t stats[NG_STATS];

	(void)state;
	fake_keeper.kept.snapshot.count = 1;
	for (int direction = 0; direction < NG_DIRECTIONS; direction++)
		for (int family = 0; family < NG_FAMILIES; family++)
			for (int verdict = 0; verdict < NG_VERDICTS; verdict++)
				counters->row[direction][family][verdict] =
					(struct ng_count){ .packets = 1000, .would_drop = 9 };
	set_chronyd_stats();
	ask(54, 196);
	assert_true(ng_serverstats_read(reply.bytes, reply.size, stats));
	assert_int_equal(stats[NG_STAT_NTP_HITS], 1 + 6 * 1000);
	assert_int_equal(stats[NG_STAT_NTP_DROPS], 4 + 6 * 1000);
}

static void serverstats_wrap_in_four_bytes(void **state)
{
	(void)state;
	set_limited((1ull << 32) + 5);
	fake_chronyd.error = -ENOENT;
	ask(54, 72);
	assert_int_equal(ng_get32(reply.bytes + 28), 5);
	ask(54, 196);
	assert_true(ng_get64(reply.bytes + 28) == (1ull << 32) + 5);
	for (int i = 164; i < 196; i++) /* reserved, all ones as chronyd has them */
		assert_int_equal(reply.bytes[i], 0xff);
}

/* Counters do not go down because chronyd is slow, and no number is made up. */
static void chronyd_hangs(void **state)
{
	(void)state;
	fake_chronyd.error = -ETIMEDOUT;
	ask(54, 72);
	expect(1, CMDMON_FAILED, 28);
	fake_chronyd.error = 0;
	set_chronyd_stats();
	ask(54, 72);
	assert_int_equal(ng_get32(reply.bytes + 28), 1);
	fake_chronyd.error = -ETIMEDOUT;
	set_limited(10);
	ask(54, 72);
	assert_int_equal(ng_get32(reply.bytes + 28), 11);
	ask(33, 104);
	expect(1, CMDMON_FAILED, 28);
	fake_chronyd.error = -ENOENT;
	ask(54, 72);
	assert_int_equal(ng_get32(reply.bytes + 28), 10);
}

static void guard_is_unreadable(void **state)
{
	(void)state;
	set_chronyd_stats();
	set_limited(10);
	ask(54, 72);
	assert_int_equal(ng_get32(reply.bytes + 28), 11);
	fake_keeper.error = -ETIMEDOUT; /* it is as it was */
	ask(54, 72);
	assert_int_equal(ng_get32(reply.bytes + 28), 11);
	fake_keeper.error = -ENOENT; /* it is not loaded */
	ask(54, 72);
	assert_int_equal(ng_get32(reply.bytes + 28), 1);
}

/* Recorded: chronyc 4.3's request, and what chronyd 4.3 answered. */
static void recorded_serverstats(void **state)
{
	static const uint8_t request[] = { 6, 1, 0, 0, 0, 0x36, 0, 0, 0x65, 0xa5, 0x78, 0xf4 };
	static const uint8_t answer[72] = {
		6, 2, 0, 0, 0, 0x36, 0, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0x65, 0xa5, 0x78, 0xf4, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0,    0, 9,    0, 0, 0, 0, 0, 0, 0, 1, 0,    0,	  0,	0,    0, 0, 0, 0,
		0, 0, 0, 0, 0, 0,    0, 0,    0, 0, 0, 0, 0, 0, 0, 3, 0,    0,	  0,	4,    0, 0, 0, 2,
	};

	(void)state;
	memcpy(fake_chronyd.reply, answer, sizeof(answer));
	fake_chronyd.size = sizeof(answer);
	ask_as(&local, request, sizeof(request), 72);
	assert_int_equal(reply.size, 72);
	assert_memory_equal(reply.bytes, answer, sizeof(answer));
}

/* Recorded: a page of clients, whose one row comes through; and a source, of which everything does. */
static void recorded_clients(void **state)
{
	static const uint8_t request[] = { 6, 1, 0, 0, 0, 0x44, 0, 0, 0x8a, 0xad, 0x68, 0x7a, 0, 0,
					   0, 0, 0, 0, 0, 0,	0, 0, 0,    0,	  0,	0,    0, 8 };
	static const uint8_t page[] = { 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 1 };
	static const uint8_t row[NG_LISTING_ROW] = {
		10, 77, 0, 2, 0, 0,    0,    0, 0, 0, 0, 0, 0,	  0,	0,    0,    0,	  1,	0,    0,
		0,  0,	0, 9, 0, 0,    0,    0, 0, 0, 0, 0, 0,	  0,	0,    4,    0,	  0,	0,    0,
		0,  0,	0, 0, 0, 0x7f, 0x7f, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};

	(void)state;
	fake_chronyd.size = 520;
	fake_chronyd.reply[7] = 21;
	memcpy(fake_chronyd.reply + 28, page, sizeof(page));
	memcpy(fake_chronyd.reply + 40, row, sizeof(row));
	ask_as(&local, request, sizeof(request), 520);
	expect(21, 0, 520);
	assert_memory_equal(reply.bytes + 16, request + 8, 4);
	assert_int_equal(ng_get32(reply.bytes + 36), 1);
	assert_memory_equal(reply.bytes + 40, row, sizeof(row));
}

static void recorded_source(void **state)
{
	static const uint8_t request[] = { 6, 1, 0, 0, 0, 15, 0, 0, 0x96, 0xbd, 0x96, 0xb6,
					   0, 0, 0, 0, 0, 0,  0, 0, 0,	  0,	0,    1 };
	static const uint8_t answer[76] = {
		6,    2, 0, 0, 0, 0x0f, 0,    3,    0,	  0,	0,    0,    0,	  0,	0,    0,    0x96, 0xbd, 0x96,
		0xb6, 0, 0, 0, 0, 0,	0,    0,    0,	  10,	77,   0,    2,	  0,	0,    0,    0,	  0,	0,
		0,    0, 0, 0, 0, 0,	0,    1,    0,	  0,	0,    9,    0,	  5,	0,    0,    0,	  0,	0,
		0xff, 0, 0, 0, 5, 0xdf, 0x0d, 0x89, 0x22, 0xdf, 0x0d, 0x89, 0x22, 0xe0, 0x44, 0xd4, 0x94,
	};

	(void)state;
	memcpy(fake_chronyd.reply, answer, sizeof(answer));
	fake_chronyd.size = sizeof(answer);
	ask_as(&udp, request, sizeof(request), 76);
	assert_int_equal(reply.size, sizeof(answer));
	assert_memory_equal(reply.bytes, answer, sizeof(answer));
	ask_as(&udp, request, sizeof(request), 420); /* as the Go clients do */
	assert_int_equal(reply.size, sizeof(answer));
	assert_memory_equal(reply.bytes, answer, sizeof(answer));
}

/* ---- ntpdata ---- */

static void ntpdata_dialects(void **state)
{
	static const struct {
		size_t from, size, length;
		uint16_t newest;
		uint16_t from_code, code;
	} rows[] = {
		{ 152, 152, 152, 2, 16, 16 }, { 152, 172, 172, 2, 16, 26 }, { 172, 152, 152, 2, 26, 16 },
		{ 172, 172, 172, 2, 26, 26 }, { 172, 424, 172, 2, 26, 26 }, { 172, 424, 152, 1, 26, 16 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		config.ntpdata = rows[i].newest;
		for (size_t at = 0; at < rows[i].from; at++)
			fake_chronyd.reply[at] = (uint8_t)at;
		memset(fake_chronyd.reply + 8, 0, 2);
		ng_put16(fake_chronyd.reply + 6, rows[i].from_code);
		fake_chronyd.size = rows[i].from;
		ask(57, rows[i].size);
		expect(rows[i].code, 0, rows[i].length);
		assert_memory_equal(reply.bytes + 28, fake_chronyd.reply + 28, 140 - 28);
		if (rows[i].code == 26 && rows[i].from_code == 26)
			assert_memory_equal(reply.bytes + 140, fake_chronyd.reply + 140, 16);
		else if (rows[i].code == 26)
			assert_int_equal(ng_get64(reply.bytes + 140) | ng_get64(reply.bytes + 148), 0);
	}
	fake_chronyd.size = 28;
	ng_put16(fake_chronyd.reply + 8, CMDMON_NOSUCHSOURCE);
	ask(57, 152);
	expect(1, CMDMON_NOSUCHSOURCE, 28);
}

/* ---- access ---- */

static void accheck_is_of_both(void **state)
{
	static const struct {
		int chronyd; /* status, or a negative errno */
		int guard;
		uint16_t status;
	} rows[] = {
		{ CMDMON_ACCESSALLOWED, 1, CMDMON_ACCESSALLOWED },
		{ CMDMON_ACCESSALLOWED, 0, CMDMON_ACCESSDENIED },
		{ CMDMON_ACCESSDENIED, 1, CMDMON_ACCESSDENIED },
		{ CMDMON_ACCESSDENIED, 0, CMDMON_ACCESSDENIED },
		{ CMDMON_ACCESSALLOWED, -ENOENT, CMDMON_ACCESSALLOWED }, /* not loaded: chronyd alone */
		{ -ENOENT, 1, CMDMON_ACCESSALLOWED },
		{ -ENOENT, 0, CMDMON_ACCESSDENIED },
		{ -ENOENT, -ENOENT, CMDMON_FAILED },
		{ -ETIMEDOUT, 1, CMDMON_FAILED },
		{ -ETIMEDOUT, 0, CMDMON_ACCESSDENIED },
	};
	uint8_t request[40] = { 6, 1, 0, 0, 0, 25 };

	(void)state;
	ng_put16(request + 36, CMDMON_INET4);
	fake_chronyd.size = 28;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		fake_chronyd.error = rows[i].chronyd < 0 ? rows[i].chronyd : 0;
		ng_put16(fake_chronyd.reply + 6, 1);
		ng_put16(fake_chronyd.reply + 8, (uint16_t)rows[i].chronyd);
		fake_keeper.access = rows[i].guard;
		ask_as(&udp, request, sizeof(request), 40);
		expect(1, rows[i].status, 28);
	}
}

/* ---- clients ---- */

static void add_chronyd_row(uint32_t index, uint8_t last_byte, uint32_t hits)
{
	uint8_t *row = fake_chronyd.row[index];

	memset(row, 0, NG_LISTING_ROW);
	memcpy(row, (const uint8_t[]){ 192, 0, 2, last_byte }, 4);
	ng_put16(row + 16, CMDMON_INET4);
	ng_put32(row + 20, hits);
	memset(row + 44, 127, 4);
	row[44] = 6;
	ng_put32(row + 48, 50);
	ng_put32(row + 52, UINT32_MAX);
	ng_put32(row + 56, UINT32_MAX);
}

static void add_guard_row(uint8_t family, uint8_t last_byte, uint32_t dropped)
{
	struct ng_clients_kept *kept = &fake_keeper.kept.clients;
	struct ng_client *client = &kept->list[kept->count++];

	*client = (struct ng_client){ .family = family, .dropped = dropped, .first_seconds = 100, .last_seconds = 4 };
	memcpy(client->address, (const uint8_t[]){ 192, 0, 2, last_byte }, 4);
}

static void ask_clients(const struct ng_asker *asker, uint32_t index, uint32_t min_hits, uint32_t reset)
{
	uint8_t request[36] = { 6, 1, 0, 0, 0, 68 };

	ng_put32(request + 20, index);
	ng_put32(request + 24, 8);
	ng_put32(request + 28, min_hits);
	ng_put32(request + 32, reset);
	ask_as(asker, request, sizeof(request), 520);
}

/* The sum of a field over all pages, read as chronyc reads them; and how many rows. */
static uint64_t read_clients(size_t field, uint32_t min_hits, uint32_t *rows)
{
	uint64_t sum = 0;
	uint32_t index = 0, count;

	*rows = 0;
	do {
		ask_clients(&udp, index, min_hits, 0);
		expect(21, 0, 520);
		count = ng_get32(reply.bytes + 36);
		for (uint32_t i = 0; i < count; i++)
			sum += ng_get32(reply.bytes + 40 + i * NG_LISTING_ROW + field);
		*rows += count;
		index = ng_get32(reply.bytes + 32);
	} while (count == 8 && index < ng_get32(reply.bytes + 28));
	return sum;
}

static void clients_are_merged(void **state)
{
	uint8_t rows[100][NG_LISTING_ROW];
	uint32_t count;

	(void)state;
	fake_chronyd.row = rows;
	fake_chronyd.rows = 100;
	for (uint8_t i = 0; i < 100; i++)
		add_chronyd_row(i, i, 3);
	for (uint8_t i = 90; i < 200; i++) /* ten of which chronyd knows */
		add_guard_row(NG_IPV4, i, 1000);
	assert_int_equal(read_clients(20, 0, &count), 100 * 3 + 110 * 1000);
	assert_int_equal(count, 200);
	assert_int_equal(read_clients(32, 0, &count), 110 * 1000);
	assert_int_equal(read_clients(20, 4, &count), 10 * 3 + 110 * 1000);
	assert_int_equal(count, 110);
	assert_int_equal(read_clients(20, 1001, &count), 10 * 1003);
	assert_int_equal(count, 10);
}

static void a_client_of_both(void **state)
{
	uint8_t rows[1][NG_LISTING_ROW], *row = reply.bytes + 40;

	(void)state;
	fake_chronyd.row = rows;
	fake_chronyd.rows = 1;
	add_chronyd_row(0, 1, 2);
	add_guard_row(NG_IPV4, 1, 97); /* 96 intervals in 96 s */
	ask_clients(&udp, 0, 0, 0);
	assert_int_equal(ng_get32(row + 20), 99);
	assert_int_equal(ng_get32(row + 32), 97);
	assert_int_equal((int8_t)row[44], 0); /* of all that it sent: one a second */
	assert_int_equal((int8_t)row[47], 6); /* of what was left of it, which chronyd saw */
	assert_int_equal(ng_get32(row + 48), 4); /* the younger of both */
}

static void a_client_of_the_guard_alone(void **state)
{
	const uint8_t *row = reply.bytes + 40;

	(void)state;
	fake_chronyd.error = -ENOENT;
	add_guard_row(NG_IPV6, 7, 2);
	ask_clients(&udp, 0, 0, 0);
	expect(21, 0, 520);
	assert_int_equal(ng_get32(reply.bytes + 36), 1);
	assert_int_equal(ng_get16(row + 16), CMDMON_INET6);
	assert_int_equal((int8_t)row[44], 7); /* 1 in 96 s */
	assert_int_equal((int8_t)row[47], 127);
	assert_int_equal(ng_get32(row + 52), UINT32_MAX);
}

/* As chronyc 3.5 asks, and reads it (candm.h 3.5). */
static void clients_of_chrony_3(void **state)
{
	uint8_t request[28] = { 6, 1, 0, 0, 0, 55 }, rows[12][NG_LISTING_ROW];
	const uint8_t *row = reply.bytes + 40 + 48;

	(void)state;
	fake_chronyd.row = rows;
	fake_chronyd.rows = 12;
	for (uint8_t i = 0; i < 12; i++)
		add_chronyd_row(i, i, 3);
	ng_put32(rows[1] + 28, 77); /* commands */
	ng_put32(rows[1] + 40, 6);
	ng_put32(rows[1] + 56, 9);
	rows[1][46] = 5;
	add_guard_row(NG_IPV4, 1, 97);
	ng_put32(request + 24, 8);
	ask_as(&udp, request, sizeof(request), 424);
	expect(15, 0, 424);
	assert_int_equal(ng_get32(reply.bytes + 36), 8);
	assert_memory_equal(row, "\300\0\2\1", 4);
	assert_int_equal(ng_get32(row + 20), 100);
	assert_int_equal(ng_get32(row + 24), 77);
	assert_int_equal(ng_get32(row + 28), 97);
	assert_int_equal(ng_get32(row + 32), 6);
	assert_int_equal((int8_t)row[36], 0);
	assert_int_equal((int8_t)row[37], 5);
	assert_int_equal((int8_t)row[38], 6);
	assert_int_equal(ng_get32(row + 40), 4);
	assert_int_equal(ng_get32(row + 44), 9);
	ng_put32(request + 20, 8);
	ask_as(&udp, request, sizeof(request), 424);
	assert_int_equal(ng_get32(reply.bytes + 36), 4);
}

static void reset_is_for_the_unix_socket(void **state)
{
	(void)state;
	add_guard_row(NG_IPV4, 7, 2);
	ask_clients(&udp, 0, 0, 1);
	expect(1, CMDMON_UNAUTH, 28);
	assert_int_equal(fake_keeper.forgotten, 0);
	ask_clients(&local, 0, 0, 1);
	expect(21, 0, 520);
	assert_int_equal(ng_get32(fake_chronyd.asked + 32), 1);
	assert_int_equal(fake_keeper.forgotten, 1);
}

static void no_client_log(void **state)
{
	(void)state;
	fake_chronyd.size = 28;
	ng_put16(fake_chronyd.reply + 6, 1);
	ng_put16(fake_chronyd.reply + 8, CMDMON_INACTIVE);
	ask_clients(&udp, 0, 0, 0);
	expect(1, CMDMON_INACTIVE, 28);
	add_guard_row(NG_IPV4, 7, 2);
	ask_clients(&udp, 0, 0, 0);
	expect(21, 0, 520);
}

/* ---- alone ---- */

static void without_a_chronyd(void **state)
{
	static const struct {
		uint16_t command;
		size_t size;
		uint16_t code, status;
		size_t length;
	} rows[] = {
		{ 14, 32, 2, 0, 32 },  { 15, 76, 1, 4, 28 },	{ 33, 104, 5, 0, 104 }, { 34, 84, 1, 4, 28 },
		{ 35, 56, 1, 13, 28 }, { 41, 416, 18, 0, 416 }, { 44, 48, 12, 0, 48 },	{ 51, 52, 1, 6, 28 },
		{ 57, 152, 1, 4, 28 }, { 65, 284, 1, 4, 28 },	{ 67, 52, 1, 4, 28 },	{ 69, 76, 1, 4, 28 },
		{ 26, 40, 1, 9, 28 },  { 33, 416, 5, 0, 104 },
	};

	(void)state;
	fake_chronyd.error = -ENOENT;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		ask(rows[i].command, rows[i].size);
		expect(rows[i].code, rows[i].status, rows[i].length);
	}
}

/* As chrony's UTI_FloatNetworkToHost() reads it. */
static double float_of(uint32_t word)
{
	int32_t exponent = (int32_t)word >> 25, coefficient = (int32_t)(word << 7) >> 7;
	double value = coefficient;

	for (exponent -= 25; exponent > 0; exponent--)
		value *= 2;
	for (; exponent < 0; exponent++)
		value /= 2;
	return value;
}

static void floats(void **state)
{
	static const double values[] = { 0,	 1,	  -1,	  1.5,	    16,	  -3.613e-6, 1e-9,	 -1e-9,
					 123456, 3.3e-10, 99.999, -54321.1, 1e10, 1.0 / 3,   0.999999999 };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(values); i++) {
		double back = float_of(ng_cmdmon_float(values[i])), size = values[i] < 0 ? -values[i] : values[i];

		assert_true(back - values[i] <= size * 1e-7 && values[i] - back <= size * 1e-7);
	}
	assert_int_equal(ng_cmdmon_float(0.0 / 0.0), 0);
	assert_true(float_of(ng_cmdmon_float(1e300)) > 1e18); /* as large as it gets */
	assert_true(float_of(ng_cmdmon_float(1e-300)) < 1e-18);
}

#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(head_is_answered),
		test(malformed),
		test(every_length),
		test(writes_are_refused),
		test(serverstats_dialects),
		test(only_limits_are_added),
		test(serverstats_wrap_in_four_bytes),
		test(chronyd_hangs),
		test(guard_is_unreadable),
		test(recorded_serverstats),
		test(recorded_clients),
		test(recorded_source),
		test(ntpdata_dialects),
		test(accheck_is_of_both),
		test(clients_are_merged),
		test(a_client_of_both),
		test(a_client_of_the_guard_alone),
		test(clients_of_chrony_3),
		test(reset_is_for_the_unix_socket),
		test(no_client_log),
		test(without_a_chronyd),
		test(floats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
