// SPDX-License-Identifier: GPL-2.0-only
/* A classifier of this file's own, written from the manual's text in plain C, says of each frame
 * whether it is ours. Counters are compared by their sums once a batch; a batch that differs is run
 * again frame by frame, to name the frame. */
#include "property.h"

#include <stdio.h>
#include <string.h>

#include "random.h"

#define BATCH 4096

/* ---- the classifier ---- */

struct answer {
	bool ours;
	int family;
	uint32_t ntp_length;
};

static bool is_tag(uint16_t type)
{
	return type == TYPE_VLAN || type == TYPE_SERVICE_VLAN;
}

/* UDP's header at `at`, and `left` bytes of the IP packet from there on. */
static void classify_udp(const uint8_t *frame, size_t size, size_t at, size_t left, uint16_t port,
			 struct answer *answer)
{
	size_t length;

	if (at + 8 > size)
		return;
	length = get_be16(frame + at + 4);
	if (length > left)
		length = left;
	if (length < 8)
		return;
	if (length > size - at)
		length = size - at;
	answer->ours = get_be16(frame + at) == port || get_be16(frame + at + 2) == port;
	answer->ntp_length = (uint32_t)(length - 8);
}

static void classify_ipv4(const uint8_t *frame, size_t size, size_t at, uint16_t port, struct answer *answer)
{
	size_t header, total;

	if (at + 20 > size || frame[at] >> 4 != 4 || frame[at + 9] != UDP)
		return;
	header = 4u * (frame[at] & 15u);
	total = get_be16(frame + at + 2);
	if (header < 20 || total < header || get_be16(frame + at + 6) & 0x1fff)
		return;
	answer->family = NG_IPV4;
	classify_udp(frame, size, at + header, total - header, port, answer);
}

/* The size of the extension header at `at`, or 0 if it is none. */
static size_t header_size(const uint8_t *frame, size_t at, uint8_t kind)
{
	if (kind == FRAGMENT_HEADER)
		return 8;
	if (kind == AUTHENTICATION)
		return 4 * (frame[at + 1] + 2u);
	if (kind == HOP_BY_HOP || kind == ROUTING || kind == DESTINATION)
		return 8 * (frame[at + 1] + 1u);
	return 0;
}

static void classify_ipv6(const uint8_t *frame, size_t size, size_t at, uint16_t port, struct answer *answer)
{
	size_t left, next_at = at + 40;
	uint8_t next;
	int headers;

	if (at + 40 > size || frame[at] >> 4 != 6)
		return;
	left = get_be16(frame + at + 4);
	next = frame[at + 6];
	for (headers = 0; next != UDP; headers++) {
		size_t length;

		if (headers == 8 || next_at + 8 > size)
			return;
		length = header_size(frame, next_at, next);
		if (!length || length > left)
			return;
		if (next == FRAGMENT_HEADER && get_be16(frame + next_at + 2) >> 3)
			return;
		next = frame[next_at];
		next_at += length;
		left -= length;
	}
	answer->family = NG_IPV6;
	classify_udp(frame, size, next_at, left, port, answer);
}

static struct answer classify(const uint8_t *frame, size_t size, uint16_t port)
{
	struct answer answer = { .ours = false };
	size_t at = 12;

	for (int tag = 0; tag < 2 && at + 2 <= size && is_tag(get_be16(frame + at)); tag++)
		at += 4;
	if (at + 2 > size)
		return answer;
	if (get_be16(frame + at) == TYPE_IPV4)
		classify_ipv4(frame, size, at + 2, port, &answer);
	else if (get_be16(frame + at) == TYPE_IPV6)
		classify_ipv6(frame, size, at + 2, port, &answer);
	return answer;
}

/* ---- random frames ---- */

static uint16_t any_of(struct random *random, const uint16_t *values, uint32_t count)
{
	return values[random_below(random, count)];
}

#define ANY(random, ...)                                                                                               \
	any_of(random, (const uint16_t[]){ __VA_ARGS__ },                                                              \
	       (uint32_t)(sizeof((uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t)))

static uint16_t any_port(struct random *random)
{
	return ANY(random, 123, 123, 123, 1123, 53, 122, 40000, (uint16_t)random_next(random));
}

static void any_addresses(struct random *random, struct frame *frame)
{
	cast_address(random_below(random, CLIENTS), frame->family, frame->source);
	cast_address(HOST, frame->family, frame->destination);
	if (random_below(random, 4))
		return;
	for (int i = 0; i < 16; i++)
		frame->source[i] = (uint8_t)random_next(random);
}

static void any_headers(struct random *random, struct frame *frame)
{
	static const uint8_t kinds[] = { HOP_BY_HOP, ROUTING, DESTINATION, FRAGMENT_HEADER, AUTHENTICATION, ESP };
	uint32_t tags = random_below(random, 2) ? 0 : random_below(random, FRAME_TAGS);

	for (uint32_t i = 0; i < tags; i++)
		frame->tags[i] = ANY(random, TYPE_VLAN, TYPE_VLAN, TYPE_SERVICE_VLAN, TYPE_OLD_QINQ);
	if (random_below(random, 2))
		return;
	frame->options = (uint8_t)random_below(random, 11);
	frame->units = (uint8_t)random_below(random, 4);
	frame->chain_length = (uint8_t)random_below(random, FRAME_CHAIN + 1);
	for (int i = 0; i < frame->chain_length; i++)
		frame->chain[i] = kinds[random_below(random, random_below(random, 8) ? 5 : 6)];
	frame->fragment = ANY(random, 0, 0, 0, 0x4000, 0x2000, 0x2001, 0x1fff);
	frame->fragment6 = ANY(random, 0, 0, 0, 1, 6, 8, 9, 0xfff8);
}

static void any_lies(struct random *random, struct frame *frame)
{
	if (!random_below(random, 8))
		frame->protocol =
			(uint8_t)ANY(random, TCP, UDP, ESP, NO_NEXT_HEADER, (uint16_t)random_below(random, 256));
	if (!random_below(random, 8))
		frame->udp_more = (int32_t)random_below(random, 200) - 100;
	if (!random_below(random, 8))
		frame->ip_more = (int32_t)random_below(random, 200) - 100;
	if (!random_below(random, 4))
		frame->padded_to = (uint16_t)random_below(random, 300);
}

static void any_message(struct random *random, struct message *message)
{
	memset(message, 0, sizeof(*message));
	message->length = ANY(random, 48, 48, 48, 8, 12, 68, 0, 1, 2, 228, 1140, (uint16_t)random_below(random, 1200));
	for (size_t i = 0; i < 4; i++)
		message->head[i] = (uint8_t)random_next(random);
}

static void any_frame(struct random *random, struct packet *packet)
{
	struct frame frame = { .family = random_below(random, 2) };

	any_addresses(random, &frame);
	frame.sport = any_port(random);
	frame.dport = any_port(random);
	any_message(random, &frame.message);
	any_headers(random, &frame);
	any_lies(random, &frame);
	frame_build(&frame, packet);
}

/* ---- mutations ---- */

static void flip_bits(struct random *random, struct packet *packet, size_t within)
{
	for (uint32_t flips = 1 + random_below(random, 4); flips; flips--)
		packet->bytes[random_below(random, (uint32_t)within)] ^= (uint8_t)(1u << random_below(random, 8));
}

/* A number that means something, anywhere among the headers. */
static void put_meaning(struct random *random, struct packet *packet, size_t within)
{
	uint16_t value = ANY(random, TYPE_IPV4, TYPE_IPV6, TYPE_VLAN, TYPE_SERVICE_VLAN, 0x4500, 0x6000, 0x0011, 0x1100,
			     0x2c00, 0x3300, 123, 0x2000, 8, 0, 0xffff);

	put_be16(packet->bytes + random_below(random, (uint32_t)within - 1), value);
}

static void mutate(struct random *random, struct packet *packet)
{
	size_t headers = packet->ntp_at + 4 < packet->size ? packet->ntp_at + 4 : packet->size;

	switch (random_below(random, 8)) {
	case 0: flip_bits(random, packet, packet->size); break;
	case 1:
	case 2: flip_bits(random, packet, headers); break;
	case 3: put_meaning(random, packet, headers); break;
	case 4: packet->size = RUN_FRAME_MIN + random_below(random, (uint32_t)packet->size - RUN_FRAME_MIN + 1); break;
	case 5:
		put_meaning(random, packet, headers);
		flip_bits(random, packet, headers);
		break;
	default: break;
	}
}

/* Nothing but noise behind an ethertype that may be ours. */
static void noise(struct random *random, struct packet *packet)
{
	packet->size = RUN_FRAME_MIN + random_below(random, 200);
	for (size_t i = 0; i < packet->size; i++)
		packet->bytes[i] = (uint8_t)random_next(random);
	put_be16(packet->bytes + 12, ANY(random, TYPE_IPV4, TYPE_IPV6, TYPE_VLAN, (uint16_t)random_next(random)));
}

/* ---- batches ---- */

/* Room for the longest that any_frame() makes: 3 tags, 10 extension headers, 1200 bytes of message. */
#define SAMPLE_MAX 2048

struct sample {
	uint8_t bytes[SAMPLE_MAX];
	size_t size;
	struct answer answer;
};

struct property {
	struct run *run;
	struct random random;
	uint16_t port;
	struct sample batch[BATCH];
	size_t count;
};

/* What a batch moves, of each family: packets and would_drop together, bytes, bytes of NTP. */
struct totals {
	uint64_t packets[NG_FAMILIES], bytes[NG_FAMILIES], ntp_bytes[NG_FAMILIES];
};

static struct totals totals_of(const struct ng_counters *counters)
{
	struct totals totals = { 0 };

	for (int direction = 0; direction < NG_DIRECTIONS; direction++)
		for (int family = 0; family < NG_FAMILIES; family++)
			for (int i = 0; i < NG_VERDICTS_MAX; i++) {
				const struct ng_count *row = &counters->row[direction][family][i];

				totals.packets[family] += row->packets + row->would_drop;
				totals.bytes[family] += row->bytes;
				totals.ntp_bytes[family] += row->ntp_bytes;
			}
	return totals;
}

static void add(struct totals *totals, const struct sample *sample)
{
	int family = sample->answer.family;

	if (!sample->answer.ours)
		return;
	totals->packets[family]++;
	totals->bytes[family] += sample->size;
	totals->ntp_bytes[family] += sample->answer.ntp_length;
}

static unsigned int rows_moved(const struct ng_counters *before, const struct ng_counters *after)
{
	const struct ng_count *from = &before->row[0][0][0], *to = &after->row[0][0][0];
	unsigned int moved = 0;

	for (unsigned int i = 0; i < NG_DIRECTIONS * NG_FAMILIES * NG_VERDICTS_MAX; i++)
		moved += memcmp(&from[i], &to[i], sizeof(*from)) != 0;
	return moved;
}

static void name_sample(const struct run *run, const struct sample *sample, int action, unsigned int moved)
{
	printf("FAILED  %s: %s", run->group, sample->answer.ours ? "ours" : "not ours");
	if (sample->answer.ours)
		printf(", %s with %u bytes of NTP", sample->answer.family == NG_IPV4 ? "IPv4" : "IPv6",
		       sample->answer.ntp_length);
	printf(" | policy: %s | got action %d, %u rows of the counters moved | ", run->policy, action, moved);
	run_print_hex(sample->bytes, sample->size);
	putchar('\n');
}

static bool is_right_action(const struct sample *sample, int action)
{
	return action == ACTION_PASS || (action == ACTION_DROP && sample->answer.ours);
}

/* One frame alone: exactly one row, or none, and by the right amount. */
static bool check_alone(struct property *property, const struct sample *sample)
{
	struct run *run = property->run;
	struct ng_counters before = run_counters(run), after;
	struct totals want = totals_of(&before), got;
	int action = ng_program_run(run->program[NG_IN], NG_IN, sample->bytes, sample->size);
	unsigned int moved;

	after = run_counters(run);
	moved = rows_moved(&before, &after);
	got = totals_of(&after);
	add(&want, sample);
	if (is_right_action(sample, action) && moved == sample->answer.ours && !memcmp(&want, &got, sizeof(got)))
		return true;
	if (run->failed++ < 20)
		name_sample(run, sample, action, moved);
	return false;
}

static void replay(struct property *property)
{
	bool found = false;

	for (size_t i = 0; i < property->count; i++)
		if (check_alone(property, &property->batch[i]))
			property->run->passed++;
		else
			found = true;
	if (!found)
		run_complain(property->run, "a batch moved other counters than its frames do one by one");
}

static void run_batch(struct property *property)
{
	struct run *run = property->run;
	struct ng_counters before = run_counters(run), after;
	struct totals want = totals_of(&before), got;
	bool right = true;

	for (size_t i = 0; i < property->count; i++) {
		const struct sample *sample = &property->batch[i];

		right = is_right_action(sample,
					ng_program_run(run->program[NG_IN], NG_IN, sample->bytes, sample->size)) &&
			right;
		add(&want, sample);
	}
	after = run_counters(run);
	got = totals_of(&after);
	if (right && !memcmp(&want, &got, sizeof(got)))
		run->passed += property->count;
	else
		replay(property);
}

static void fill_batch(struct property *property, size_t count, uint64_t *ours)
{
	struct packet packet;

	for (property->count = 0; property->count < count; property->count++) {
		struct sample *sample = &property->batch[property->count];

		if (random_below(&property->random, 32)) {
			any_frame(&property->random, &packet);
			mutate(&property->random, &packet);
		} else {
			noise(&property->random, &packet);
		}
		if (packet.size > SAMPLE_MAX)
			run_give_up(property->run, "a frame of %zu bytes has no room", packet.size);
		sample->size = packet.size;
		memcpy(sample->bytes, packet.bytes, packet.size);
		sample->answer = classify(sample->bytes, sample->size, property->port);
		*ours += sample->answer.ours;
	}
}

void property_run(struct run *run, uint64_t frames, uint64_t seed)
{
	static const struct {
		const char *policy;
		uint16_t port;
	} policies[] = {
		{ "default drop", 123 },
		{ "default pass; allow CLIENTS; deny CLIENT; control PEER; private SERVER; ntpv5 allow", 123 },
		{ "default drop; allow CLIENTS; peer PEER; symmetric limit; fragments pass; monitor", 123 },
		{ "default drop; allow CLIENT; server SERVER; port 1123", 1123 },
	};
	static struct property property;
	uint64_t ours = 0, share = frames / 4, done = 0;

	property.run = run;
	property.random.state = seed;
	run->group = "random frames";
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	for (int i = 0; i < 4; i++) {
		run_policy(run, policies[i].policy);
		property.port = policies[i].port;
		for (uint64_t end = i == 3 ? frames : done + share; done < end; done += property.count) {
			fill_batch(&property, end - done < BATCH ? (size_t)(end - done) : BATCH, &ours);
			run_batch(&property);
		}
	}
	printf("%s  random frames: %llu frames, %llu of them ours\n", run->failed ? "not ok" : "ok",
	       (unsigned long long)frames, (unsigned long long)ours);
}
