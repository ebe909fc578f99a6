/* SPDX-License-Identifier: GPL-2.0-only */
/* A flood: whose addresses it bears, how fast it comes, how far it has come. Shared by the program that
 * makes it in the kernel and by the simulation, which must know its addresses. */
#ifndef NTPGUARD_FLOOD_H
#define NTPGUARD_FLOOD_H

#include <linux/types.h>

#define FLOOD_MAP ".data.flood"
#define FLOOD_PROGRAMS "flood_programs"
#define FLOOD_QUESTIONS "flood_questions"
#define FLOOD_QUESTIONS_MAX (1u << 18)

struct flood {
	__u64 start_ns; /* when packet 0 comes */
	__u64 rate; /* packets per second; 0: the clock stands still */
	__u64 burst; /* after so many packets it pauses; 0: never */
	__u64 pause_ns;
	__u64 seed;
	__u64 pool; /* different addresses; 0: each packet has one of its own */
	__u64 first; /* number of the pool's first address */
	__u64 base[2]; /* an address as it stands in the frame; IPv4 in the first four bytes */
	__u64 spread[2]; /* which of its bits are the number's */
	__u32 in_turn; /* the pool's addresses one after the other, else at random */
	__u32 is_ipv6;
	__u32 jiffy_ns; /* the clock's resolution */
	__u32 awaits_verdict; /* the last packet was a question */
	__u64 sent; /* packets so far, questions not among them */
	__u32 questions; /* how many there are */
	__u32 asked; /* so far */
};

/* A client's packet in the midst of the flood, in the order of time, and what became of it. */
struct flood_question {
	__u64 when_ns;
	__u64 address[2]; /* as it stands in the frame */
	__u32 verdict; /* enum ng_verdict */
	__u32 who; /* whatever the asker makes of it */
};

/* When a packet of the flood comes. */
static inline __u64 flood_time(const volatile struct flood *flood, __u64 packet)
{
	__u64 when = flood->start_ns;

	if (flood->rate)
		when += packet * 1000000000 / flood->rate;
	if (flood->burst)
		when += packet / flood->burst * flood->pause_ns;
	return when;
}

/* A bijection of 64 bits (splitmix64's). */
static inline __u64 flood_mix(__u64 z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* A bijection of 32 bits, so that different numbers are different IPv4 addresses (lowbias32). */
static inline __u32 flood_mix_ipv4(__u32 z)
{
	z = (z ^ z >> 16) * 0x7feb352du;
	z = (z ^ z >> 15) * 0x846ca68bu;
	return z ^ z >> 16;
}

/* The number of the address that a packet bears. */
static inline __u64 flood_number(const volatile struct flood *flood, __u64 packet)
{
	__u64 random = flood_mix(flood->seed + packet * 0x9e3779b97f4a7c15u);

	if (!flood->pool)
		return random;
	return flood->first + (flood->in_turn ? packet : random) % flood->pool;
}

static inline void flood_address(const volatile struct flood *flood, __u64 number, __u64 address[2])
{
	__u64 upper = flood->is_ipv6 ? flood_mix(number) : flood_mix_ipv4((__u32)number);

	address[0] = flood->base[0] | (upper & flood->spread[0]);
	address[1] = flood->base[1] | (flood_mix(upper ^ number << 1) & flood->spread[1]);
}

#endif
