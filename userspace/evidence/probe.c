// SPDX-License-Identifier: GPL-2.0-only
/* The self-test of evidence: what the programs themselves make of an attacker's packets under the policy in force. */
#include <arpa/inet.h>
#include <string.h>

#include "evidence.h"

#define NG_SENTENCE(id, en, ja)
#define NG_REASON(verdict, ja)
const struct ng_probe_text ng_probe_texts[NG_PROBES] = {
#define NG_PROBE(id, name, way, size, start, en, ja)                                                                   \
	[NG_PROBE_##id] = { .label = name, .bytes = start, .length = size, .direction = way },
#include "evidence.def"
#undef NG_PROBE
};
#undef NG_SENTENCE
#undef NG_REASON

#define PORT 50123 /* of the stranger */
#define NOW 1000000000000ull /* any time of the replay's clock */
#define TRIES 254

/* Of the ranges for documentation (RFC 5737, RFC 3849), where nobody is. */
static const uint8_t hosts[NG_FAMILIES][16] = {
	[NG_IPV4] = { 192, 0, 2, 1 }, [NG_IPV6] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }
};
static const uint8_t strangers[NG_FAMILIES][16] = {
	[NG_IPV4] = { 203, 0, 113, 0 }, [NG_IPV6] = { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff }
};

/* An address that no list has, or the last that was tried. */
static void find_stranger(struct ng_probed *probed, const struct ng_policy *image, enum ng_family family)
{
	struct ng_prefix *stranger = &probed->stranger[family];
	uint8_t *last = &stranger->address[family == NG_IPV4 ? 3 : 15];

	*stranger = (struct ng_prefix){ .family = (uint8_t)family, .length = ng_prefix_bits[family] };
	memcpy(stranger->address, strangers[family], sizeof(stranger->address));
	probed->is_listed[family] = true;
	for (int i = 0; i < TRIES && probed->is_listed[family]; i++) {
		++*last;
		probed->is_listed[family] = ng_image_class(image, stranger) != 0;
	}
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

static uint8_t *put_16(uint8_t *at, size_t value)
{
	const uint16_t wire = htons((uint16_t)value);

	return put(at, &wire, sizeof(wire));
}

/* From the Ethernet header to the addresses; size: of UDP header and payload. */
static uint8_t *put_headers(uint8_t *at, enum ng_family family, size_t size)
{
	static const uint8_t ethernet[NG_FAMILIES][14] = {
		[NG_IPV4] = { 2, [6] = 2, [12] = 0x08, 0x00 }, [NG_IPV6] = { 2, [6] = 2, [12] = 0x86, 0xdd }
	};
	static const uint8_t after_ipv4[] = { 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0 };
	static const uint8_t after_ipv6[] = { IPPROTO_UDP, 64 };

	at = put(at, ethernet[family], sizeof(ethernet[family]));
	if (family == NG_IPV4) {
		at = put_16(put(at, "\x45\x00", 2), 20 + size);
		return put(at, after_ipv4, sizeof(after_ipv4));
	}
	at = put_16(put(at, "\x60\x00\x00\x00", 4), size);
	return put(at, after_ipv6, sizeof(after_ipv6));
}

/* The frame's size. Checksums are left out, which the programs do not look at. */
static size_t make_frame(uint8_t *frame, const struct ng_probe_text *text, const struct ng_prefix *stranger,
			 uint16_t port)
{
	enum ng_family family = (enum ng_family)stranger->family;
	size_t size = family == NG_IPV4 ? 4 : 16;
	bool comes_in = text->direction == NG_IN;
	uint8_t *at = put_headers(frame, family, 8 + text->length);

	at = put(at, comes_in ? stranger->address : hosts[family], size);
	at = put(at, comes_in ? hosts[family] : stranger->address, size);
	at = put_16(at, comes_in ? PORT : port);
	at = put_16(at, comes_in ? port : PORT);
	at = put_16(put_16(at, 8 + text->length), 0);
	memset(at, 0, text->length);
	memcpy(at, text->bytes, 4);
	return (size_t)(at - frame) + text->length;
}

static int probe(struct ng_replayer *replayer, struct ng_probed *probed, enum ng_probe number, enum ng_family family,
		 uint16_t port)
{
	const struct ng_probe_text *text = &ng_probe_texts[number];
	uint8_t frame[1024];
	size_t size = make_frame(frame, text, &probed->stranger[family], port);
	int verdict = ng_replay_run(replayer, text->direction, frame, size, NOW);

	if (verdict < 0)
		return verdict;
	probed->verdict[number][family] = (enum ng_verdict)verdict;
	return 0;
}

int ng_probe_all(struct ng_probed *probed, const struct ng_policy *image, struct ng_fault *fault)
{
	struct ng_replayer *replayer = NULL;
	int error = ng_replay_open(&replayer, image, fault);

	if (error)
		return error;
	for (enum ng_family family = 0; family < NG_FAMILIES; family++) {
		find_stranger(probed, image, family);
		for (enum ng_probe number = 0; number < NG_PROBES && !error; number++)
			error = probe(replayer, probed, number, family, ntohs(image->root.port));
	}
	ng_replay_close(replayer);
	if (error)
		ng_fault(fault, NG_EXIT_KERNEL, -error, "running the self-test: %s", strerror(-error));
	return error;
}
