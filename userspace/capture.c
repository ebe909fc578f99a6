// SPDX-License-Identifier: GPL-2.0-only
/* Captures, read by libpcap, as Ethernet frames whatever they were made of. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

struct ng_capture {
	pcap_t *pcap;
	const struct link_layer *layer;
	const char *path;
};

/* Where the network layer's header starts in a packet, what its ethertype is (network order), and
 * whether the host itself sent it. */
struct cooked {
	size_t at;
	uint16_t type;
	bool leaves;
};

static uint16_t be16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static struct cooked take_raw(const uint8_t *data)
{
	return (struct cooked){ .type = __builtin_bswap16(data[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP) };
}

static struct cooked take_sll(const uint8_t *data)
{
	return (struct cooked){ .at = SLL_HDR_LEN,
				.type = be16(data + 14),
				.leaves = __builtin_bswap16(be16(data)) == PACKET_OUTGOING };
}

static struct cooked take_sll2(const uint8_t *data)
{
	return (struct cooked){ .at = SLL2_HDR_LEN, .type = be16(data), .leaves = data[10] == PACKET_OUTGOING };
}

static const struct link_layer {
	int type;
	size_t least; /* bytes that `take` reads */
	struct cooked (*take)(const uint8_t *data); /* NULL: Ethernet */
} layers[] = {
	{ DLT_EN10MB, 0, NULL },
	{ DLT_RAW, 1, take_raw },
	{ DLT_IPV4, 1, take_raw },
	{ DLT_IPV6, 1, take_raw },
	{ DLT_LINUX_SLL, SLL_HDR_LEN, take_sll },
	{ DLT_LINUX_SLL2, SLL2_HDR_LEN, take_sll2 },
};

static int refuse(struct ng_fault *fault, const char *path, const char *why)
{
	ng_fault(fault, NG_EXIT_NEGATIVE, EINVAL, "%s: %s", path, why);
	ng_fault_unchanged(fault, "nothing was changed");
	ng_fault_hint(fault, "a capture is what tcpdump -w writes, of Ethernet, raw IP or Linux cooked mode (-i any)");
	return -EINVAL;
}

int ng_capture_open(struct ng_capture **out, const char *path, struct ng_fault *fault)
{
	struct ng_capture *capture = calloc(1, sizeof(*capture));
	char why[PCAP_ERRBUF_SIZE] = "out of memory";
	int error;

	if (capture)
		capture->pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!capture || !capture->pcap) {
		ng_capture_close(capture);
		/* libpcap may say the path itself */
		return refuse(fault, path, strncmp(why, path, strlen(path)) ? why : why + strlen(path) + strlen(": "));
	}
	capture->path = path;
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		if (layers[i].type == pcap_datalink(capture->pcap))
			capture->layer = &layers[i];
	if (!capture->layer) {
		snprintf(why, sizeof(why), "its link layer (%s) is not one that ntpguard reads",
			 pcap_datalink_val_to_description_or_dlt(pcap_datalink(capture->pcap)));
		error = refuse(fault, path, why);
		ng_capture_close(capture);
		return error;
	}
	*out = capture;
	return 0;
}

/* The kernel runs nothing on less than an Ethernet header and the IP header that it speaks of. Zeros in place of what
 * is cut off there make no UDP packet. */
static size_t least_size(const struct ng_captured *packet)
{
	switch (__builtin_bswap16(be16(packet->frame + 12))) {
	case ETH_P_IP: return ETH_HLEN + sizeof(struct iphdr);
	case ETH_P_IPV6: return ETH_HLEN + sizeof(struct ipv6hdr);
	default: return ETH_HLEN + 1;
	}
}

/* An Ethernet header before what has another; what the capture cut off as zeros behind it. */
static void make_frame(const struct link_layer *layer, const struct pcap_pkthdr *header, const uint8_t *data,
		       struct ng_captured *packet)
{
	size_t held = header->caplen, whole = header->len > held ? header->len : held, at = 0;

	memset(packet->frame, 0, sizeof(packet->frame));
	packet->leaves = false;
	if (layer->take && held >= layer->least) {
		struct cooked cooked = layer->take(data);

		memcpy(packet->frame + 12, &cooked.type, sizeof(cooked.type));
		at = ETH_HLEN;
		data += cooked.at;
		held -= cooked.at;
		whole -= cooked.at;
		packet->leaves = cooked.leaves;
	}
	if (held > sizeof(packet->frame) - at)
		held = sizeof(packet->frame) - at;
	memcpy(packet->frame + at, data, held);
	packet->size = at + whole;
	if (packet->size > sizeof(packet->frame))
		packet->size = sizeof(packet->frame);
	if (packet->size < least_size(packet))
		packet->size = least_size(packet);
}

int ng_capture_next(struct ng_capture *capture, struct ng_captured *packet, struct ng_fault *fault)
{
	struct pcap_pkthdr *header;
	const uint8_t *data;
	int got = pcap_next_ex(capture->pcap, &header, &data);

	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1)
		return refuse(fault, capture->path, pcap_geterr(capture->pcap));
	packet->time_ns = (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
	make_frame(capture->layer, header, data, packet);
	return 1;
}

void ng_capture_close(struct ng_capture *capture)
{
	if (capture && capture->pcap)
		pcap_close(capture->pcap);
	free(capture);
}
