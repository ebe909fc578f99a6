// SPDX-License-Identifier: GPL-2.0-only
/* flood send DEVICE MAC TARGET: client requests to TARGET, out of DEVICE to the neighbour MAC.
 *   --seconds S         for how long (1)
 *   --rate N            packets a second of strangers; 0: as many as this CPU makes (0)
 *   --from PREFIX       the strangers' addresses (16.0.0.0/4)
 *   --senders N         how many of them send, at random; a power of two; 0: none (1048576)
 *   --regulars PREFIX   besides, these addresses send in turn, and it is counted who is answered: nobody else
 *                       on DEVICE hears any answer meanwhile
 *   --regular-rate N    packets a second of all of them (1000)
 * Prints packets sent by strangers, answers to strangers, sent by regulars, answers to regulars, seconds. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "object.h"
#include "flood.h"
#include "ntp_wire.h"

#define CLIENT_PORT 40000
#define ANSWERS_TAKE_US 300000 /* to come back, when all is sent */

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
	unsigned char ntp[NTP_LENGTH_MIN];
} __attribute__((packed));

struct order {
	struct plan plan;
	double seconds;
	struct frame frame;
};

static void set_senders(struct senders *senders, const char *text)
{
	struct prefix prefix = prefix_parse(text);

	senders->first = prefix.first;
	senders->more = prefix.more;
}

static void set_rate(struct senders *senders, const char *text)
{
	double rate = atof(text);

	senders->gap_ns = rate > 0 ? (__u64)(1e9 / rate) : 0;
}

static void set_option(struct order *order, int option, const char *text)
{
	switch (option) {
	case 's': order->seconds = atof(text); break;
	case 'r': set_rate(&order->plan.strangers, text); break;
	case 'f': set_senders(&order->plan.strangers, text); break;
	case 'n': order->plan.strangers.count = (__u32)atoi(text); break;
	case 'R':
		set_senders(&order->plan.regulars, text);
		order->plan.regulars.count = order->plan.regulars.more + 1;
		break;
	case 'N': set_rate(&order->plan.regulars, text); break;
	default: exit(2);
	}
}

static void set_options(struct order *order, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "rate", required_argument, NULL, 'r' },
		{ "from", required_argument, NULL, 'f' },
		{ "senders", required_argument, NULL, 'n' },
		{ "regulars", required_argument, NULL, 'R' },
		{ "regular-rate", required_argument, NULL, 'N' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		set_option(order, option, optarg);
}

/* Of the header's words as they lie in memory, which the checksum of RFC 1071 allows. */
static __u32 header_sum(const struct frame *frame)
{
	const unsigned char *header = (const unsigned char *)frame + offsetof(struct frame, ip);
	__u32 sum = 0;
	__u16 word;

	for (size_t i = 0; i < sizeof(frame->ip); i += sizeof(word)) {
		memcpy(&word, header + i, sizeof(word));
		sum += word;
	}
	return sum;
}

/* Without a UDP checksum, as attackers' tools do. */
static void make_frame(struct order *order, const char *mac, const char *target)
{
	struct frame *frame = &order->frame;
	const struct ether_addr *neighbour = ether_aton(mac);
	size_t udp_size = sizeof(frame->udp) + sizeof(frame->ntp);

	errno = EINVAL;
	if (!neighbour)
		fail(mac);
	if (inet_pton(AF_INET, target, &frame->ip.daddr) != 1)
		fail(target);
	memcpy(frame->ethernet.h_dest, neighbour, ETH_ALEN);
	frame->ethernet.h_source[0] = 2;
	frame->ethernet.h_proto = htons(ETH_P_IP);
	frame->ip.version = 4;
	frame->ip.ihl = sizeof(frame->ip) / 4;
	frame->ip.tot_len = htons((uint16_t)(sizeof(frame->ip) + udp_size));
	frame->ip.ttl = IPDEFTTL;
	frame->ip.protocol = IPPROTO_UDP;
	frame->udp.source = htons(CLIENT_PORT);
	frame->udp.dest = htons(NTP_PORT);
	frame->udp.len = htons((uint16_t)udp_size);
	frame->ntp[0] = NTP_VERSION_MAX << 3 | NTP_MODE_CLIENT;
	order->plan.header_sum = header_sum(frame);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void on_alarm(int number)
{
	(void)number;
}

/* One long test run, ended by a signal: each run takes tens of milliseconds to begin. */
static double generate(const struct order *order, int program)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = &order->frame, .data_size_in = sizeof(order->frame),
		    .repeat = 2000000000, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	struct sigaction action = { .sa_handler = on_alarm };
	double start = now(), whole = (double)(long)order->seconds;
	struct itimerval timer = { .it_value = { (long)whole, (long)((order->seconds - whole) * 1e6) } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (now() < start + order->seconds)
		if (bpf_prog_test_run_opts(program, &run) && errno != EINTR)
			fail("running with live frames");
	return now() - start;
}

static int program_fd(struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

/* The program goes when this process does. */
static void count_answers(struct bpf_object *object, __u32 ifindex)
{
	LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);

	if (bpf_link_create(program_fd(object, "count"), (int)ifindex, BPF_XDP, &native) < 0)
		fail("counting answers");
}

int flood_send(int argc, char **argv)
{
	struct order order = { .seconds = 1, .plan.strangers.count = 1 << 20 };
	struct bpf_object *object = object_open("flood");
	const volatile struct tally *tally;
	double seconds;

	set_senders(&order.plan.strangers, "16.0.0.0/4");
	set_rate(&order.plan.regulars, "1000");
	set_options(&order, argc, argv);
	if (argc - optind != 3)
		fail("DEVICE MAC TARGET");
	order.plan.ifindex = if_nametoindex(argv[optind]);
	if (!order.plan.ifindex)
		fail(argv[optind]);
	make_frame(&order, argv[optind + 1], argv[optind + 2]);
	object_set(object, &order.plan, sizeof(order.plan));
	if (bpf_object__load(object))
		fail("loading");
	tally = object_map(object, ".data.tally", sizeof(*tally));
	if (order.plan.regulars.count)
		count_answers(object, order.plan.ifindex);
	seconds = generate(&order, program_fd(object, "generate"));
	usleep(ANSWERS_TAKE_US);
	printf("%llu %llu %llu %llu %.3f\n", tally->strangers, tally->to_strangers, tally->regulars, tally->to_regulars,
	       seconds);
	bpf_object__close(object);
	return 0;
}
