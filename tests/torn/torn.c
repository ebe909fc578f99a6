// SPDX-License-Identifier: GPL-2.0-only
/* Is any packet judged by half of one policy and half of another?
 *
 * Policy A drops by default and allows PROBE; policy B passes by default and has PROBE in another
 * list, so that their tables are alike but for one class. By A, a request from PROBE is
 * request_allowed, by B request_default; not_allowed needs A's default with B's list. Three ways of changing from one
 * to the other run while a thread has PROBE's requests judged without pause: the product's, which must tear none, and
 * two broken ones, which must tear some, or this test could not tell. */
#include "../../loader/swap.c"

#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

#include "policy.h"

#define APPLIES 300
#define BROKEN_APPLIES 100 /* at the most; the first torn packet ends it */
#define FILLER 20000 /* prefixes beside PROBE: copying them takes its time */
#define NUMBER 5 /* of the interface that the unattached program stands for */

static const unsigned char frame[] = {
	2,    0,    0,	 0,    0,	 1,	   2,	 0, 0,	0,  0, 2, 8,   0, /* Ethernet */
	0x45, 0,    0,	 76,   0,	 1,	   0x40, 0, 64, 17, 0, 0, 192, 0,
	2,    7,    198, 51,   100,	 1, /* IPv4, from 192.0.2.7 */
	0xc3, 0x50, 0,	 123,  0,	 56,	   0,	 0, /* UDP */
	0x23, 0,    6,	 0x20, [86] = 0, [89] = 0, /* a client's request, version 4 */
};

struct flood {
	int program;
	bool stop;
	uint64_t packets;
};

/* Writer and flood on CPUs of their own: woken on one, they would take turns and never meet. */
static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *flood(void *context)
{
	struct flood *flood = context;

	stay_on(1);
	while (!__atomic_load_n(&flood->stop, __ATOMIC_RELAXED)) {
		if (ng_program_run(flood->program, NG_IN, frame, sizeof(frame)) < 0)
			abort();
		__atomic_add_fetch(&flood->packets, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static struct ng_policy *make(enum ng_set probe_in, enum ng_default fallback)
{
	struct ng_prefix prefix = { .address = { 192, 0, 2, 7 }, .family = NG_IPV4, .length = 32 };
	struct ng_policy *image;
	struct ng_draft draft;

	ng_draft_init(&draft);
	draft.default_action = fallback;
	ng_draft_add(&draft, probe_in, &prefix, NULL, 1, 0, NULL);
	for (unsigned int i = 0; i < FILLER; i++) {
		memcpy(prefix.address, (const uint8_t[4]){ 10, (uint8_t)(i >> 8), (uint8_t)i, 1 }, 4);
		ng_draft_add(&draft, NG_SET_ALLOW, &prefix, NULL, 2, 0, NULL);
	}
	image = ng_compile(&draft);
	ng_draft_free(&draft);
	return image;
}

typedef int (*change_function)(struct ng_loader *loader, const struct ng_policy *image);

static int change_as_the_product(struct ng_loader *loader, const struct ng_policy *image)
{
	struct ng_fault fault;
	uint64_t generation;

	return ng_swap_publish(loader, image, &generation, &fault);
}

/* Broken: overwrites what is in force. */
static int change_in_place(struct ng_loader *loader, const struct ng_policy *image)
{
	struct ng_policy *live = map_slot(loader, root_read(loader).slot, image->size, true);
	uint64_t generation = live ? live->generation : 0;

	if (!live)
		return -errno;
	memcpy(live, image, image->size);
	live->generation = generation;
	munmap(live, (size_t)pages_of(image->size) * NG_PAGE_SIZE);
	return 0;
}

/* Broken: puts the slot in force first and writes it then. */
static int change_pointer_first(struct ng_loader *loader, const struct ng_policy *image)
{
	struct ng_root root = root_read(loader);

	root.slot = !root.slot;
	root_write(loader, root);
	return fill(loader, image, root.slot, 1);
}

static uint64_t judged(struct ng_loader *loader, enum ng_verdict verdict)
{
	struct ng_counters counters;

	if (ng_counters_read(loader, NUMBER, &counters))
		abort();
	return counters.row[NG_IN][NG_IPV4][verdict].packets;
}

/* Until so many more packets were judged: the flood may start late, and must see each policy. */
static void wait_for_packets(const struct flood *flood, uint64_t more)
{
	uint64_t from = __atomic_load_n(&flood->packets, __ATOMIC_RELAXED);

	while (__atomic_load_n(&flood->packets, __ATOMIC_RELAXED) < from + more)
		usleep(100);
}

/* Torn packets while this way of changing goes back and forth. */
static uint64_t run(struct ng_loader *loader, int program, struct ng_policy *const images[2], change_function change,
		    int applies, bool until_torn)
{
	uint64_t before = judged(loader, NG_V_NOT_ALLOWED), torn = 0;
	struct flood context = { .program = program };
	pthread_t thread;
	int error = 0;

	pthread_create(&thread, NULL, flood, &context);
	for (int i = 0; i < applies && !error && !(until_torn && torn); i++) {
		wait_for_packets(&context, 100);
		/* the broken ways go A, A, B, B, so that the slot they take holds the other policy */
		error = change(loader, images[until_torn ? i / 2 % 2 : i % 2]);
		torn = judged(loader, NG_V_NOT_ALLOWED) - before;
	}
	__atomic_store_n(&context.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	torn = judged(loader, NG_V_NOT_ALLOWED) - before;
	printf("  %llu packets judged, %llu torn\n", (unsigned long long)context.packets, (unsigned long long)torn);
	if (error)
		printf("  changing failed: %s\n", strerror(-error));
	return error ? UINT64_MAX : torn;
}

static int check(const char *what, bool holds)
{
	printf("%s: %s\n", holds ? "ok" : "not ok", what);
	return holds;
}

static int run_all(struct ng_loader *loader, int program)
{
	struct ng_policy *images[2] = { make(NG_SET_ALLOW, NG_DEFAULT_DROP), make(NG_SET_CONTROL, NG_DEFAULT_PASS) };
	uint64_t allowed, by_default;
	int passed = 0;

	if (change_as_the_product(loader, images[1]))
		return 0;
	passed += check("300 applies under a flood tear no packet",
			run(loader, program, images, change_as_the_product, APPLIES, false) == 0);
	allowed = judged(loader, NG_V_REQUEST_ALLOWED);
	by_default = judged(loader, NG_V_REQUEST_DEFAULT);
	passed += check("both policies judged packets meanwhile", allowed && by_default);
	passed += check("control: overwriting in place tears some",
			run(loader, program, images, change_in_place, BROKEN_APPLIES, true) - 1 < UINT64_MAX - 1);
	passed += check("control: moving the pointer before the policy is written tears some",
			run(loader, program, images, change_pointer_first, BROKEN_APPLIES, true) - 1 < UINT64_MAX - 1);
	free(images[0]);
	free(images[1]);
	return passed;
}

int main(void)
{
	char directory[] = "/tmp/ntpguard-torn-XXXXXX";
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int program, passed = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		puts("torn: 0 passed, 0 failed, 1 skipped");
		return 0;
	}
	stay_on(0);
	if (!mkdtemp(directory))
		return 1;
	if (ng_loader_open(&loader, directory, NG_CREATE, &fault)) {
		printf("%s\n", fault.message);
	} else {
		program = ng_program_open(loader, NG_IN, NUMBER, &fault);
		passed = program < 0 ? 0 : run_all(loader, program);
	}
	ng_loader_close(loader);
	umount(directory);
	rmdir(directory);
	printf("torn: %d passed, %d failed, 0 skipped\n", passed, 4 - passed);
	return passed != 4;
}
