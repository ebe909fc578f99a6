// SPDX-License-Identifier: GPL-2.0-only
/* The check of what the host answers to strangers. The stranger is a child process, whose network namespace, and with
 * it the way to it, ends when it does. What it asks meets the time daemon and the host's firewall, not the guard, which
 * stands on other interfaces: so the guard's part is told from what is loaded. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"
#include "stranger.h"

#define NTP_PORT 123

/* ---- where to stand ---- */

/* Whether a route, other than the default, leads to this address (host order). */
static bool is_routed(const struct ng_doctor *doctor, uint32_t address)
{
	unsigned int destination, mask;
	FILE *file = ng_doctor_open(doctor, "/proc/net/route");
	bool routed = false;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %8x %*x %*x %*d %*d %*d %8x", &destination, &mask) == 2 && mask &&
		    (htonl(address) & mask) == destination)
			routed = true;
	if (file)
		fclose(file);
	return routed;
}

/* Of the nets for documentation (RFC 5737, RFC 3849), one that this host does not use. */
static bool choose_way(const struct ng_doctor *doctor, struct ng_way *way)
{
	static const uint32_t nets[] = { 0xcb0071fc, 0xc63364fc, 0xc00002fc }; /* 203.0.113.252, 198.51.100, 192.0.2 */
	size_t i = 0;

	while (i < sizeof(nets) / sizeof(nets[0]) && is_routed(doctor, nets[i]))
		i++;
	if (i == sizeof(nets) / sizeof(nets[0]))
		return false;
	way->host.s_addr = htonl(nets[i] + 1);
	way->stranger.s_addr = htonl(nets[i] + 2);
	inet_pton(AF_INET6, "2001:db8:7b:7b::1", &way->host6);
	inet_pton(AF_INET6, "2001:db8:7b:7b::2", &way->stranger6);
	return true;
}

/* ---- whom to ask ---- */

#define OWN_MAX (NG_TARGETS_MAX - 2) /* room for the way's */

static unsigned int add_ipv4(struct sockaddr_storage *targets, unsigned int count, struct in_addr address)
{
	struct sockaddr_in target = { .sin_family = AF_INET, .sin_port = htons(NTP_PORT), .sin_addr = address };

	if (ntohl(address.s_addr) >> 24 == 127)
		return count;
	memcpy(&targets[count], &target, sizeof(target));
	return count + 1;
}

static unsigned int add_ipv6(struct sockaddr_storage *targets, unsigned int count, struct in6_addr address)
{
	struct sockaddr_in6 target = { .sin6_family = AF_INET6, .sin6_port = htons(NTP_PORT), .sin6_addr = address };

	if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address))
		return count;
	memcpy(&targets[count], &target, sizeof(target));
	return count + 1;
}

/* The host's own addresses, and this end of the way, where a daemon that listens everywhere answers. */
static unsigned int list_targets(const struct ng_way *way, struct sockaddr_storage *targets)
{
	struct ifaddrs *all = NULL;
	unsigned int count = 0;

	if (getifaddrs(&all))
		all = NULL;
	for (struct ifaddrs *i = all; i && count < OWN_MAX; i = i->ifa_next) {
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET)
			count = add_ipv4(targets, count, ((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr);
		else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6)
			count = add_ipv6(targets, count, ((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr);
	}
	freeifaddrs(all);
	return add_ipv6(targets, add_ipv4(targets, count, way->host), way->host6);
}

/* ---- asking ---- */

static void be_stranger(const struct ng_way *way, int to)
{
	struct sockaddr_storage targets[NG_TARGETS_MAX] = { 0 };
	unsigned int count = list_targets(way, targets);
	struct ng_asked asked;
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	error = ng_way_make(way);
	if (!error)
		ng_stranger_ask(targets, count, &asked);
	ng_way_remove();
	if (error || write(to, &asked, sizeof(asked)) != sizeof(asked))
		_exit(error ? -error : EIO);
	_exit(0);
}

/* Negative errno. */
static int ask(const struct ng_way *way, struct ng_asked *asked)
{
	int ends[2], status = 0, error = 0;
	pid_t child;

	if (pipe(ends))
		return -errno;
	child = fork();
	if (!child)
		be_stranger(way, ends[1]);
	close(ends[1]);
	if (child < 0)
		error = -errno;
	else if (read(ends[0], asked, sizeof(*asked)) != sizeof(*asked))
		error = -EIO;
	close(ends[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	if (error && child > 0 && WIFEXITED(status) && WEXITSTATUS(status))
		error = -WEXITSTATUS(status);
	return error;
}

/* ---- what it means ---- */

/* Daemons that listen everywhere answer at this end of the way, whose address means nothing to people. */
static void forget_way(struct ng_asked *asked, const struct ng_way *way)
{
	char host[INET6_ADDRSTRLEN], host6[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET, &way->host, host, sizeof(host));
	inet_ntop(AF_INET6, &way->host6, host6, sizeof(host6));
	for (int i = 0; i < NG_QUESTIONS; i++)
		if (!strcmp(asked->answer[i].address, host) || !strcmp(asked->answer[i].address, host6))
			snprintf(asked->answer[i].address, sizeof(asked->answer[i].address), "this host");
}

/* Whom the policy lets ask in this mode all the same. */
static void add_exception(struct ng_doctor *doctor, enum ng_question question, char *text, size_t room)
{
	bool is_control = question == NG_ASK_CONTROL;
	unsigned int count = ng_snapshot_entries(doctor->guard, is_control ? NG_SET_CONTROL : NG_SET_PRIVATE);

	snprintf(text, room, count ? ", but for %u prefix%s of %s" : "", count, count == 1 ? "" : "es",
		 is_control ? "control" : "private");
}

static void tell_dangerous(struct ng_doctor *doctor, const struct ng_asked *asked, enum ng_question question,
			   const char *mode)
{
	unsigned int bytes = asked->answer[question].answered, of = asked->answer[question].asked;
	const char *address = asked->answer[question].address;
	char exception[64];

	if (!bytes)
		return;
	if (ng_doctor_is_guarded(doctor)) {
		add_exception(doctor, question, exception, sizeof(exception));
		ng_doctor_found(doctor, NG_DOCTOR_NOTE,
				"behind the guard, %s answers %s: %u bytes for %u; from outside the guard drops it%s",
				address, mode, bytes, of, exception);
		return;
	}
	ng_doctor_found(doctor, NG_DOCTOR_PROBLEM,
			"%s answers %s to strangers, %u bytes for %u: it floods others for whoever asks in their name",
			address, mode, bytes, of);
	ng_doctor_fix(doctor, "ntpguard load %s", ng_doctor_word(doctor->first));
}

static void tell(struct ng_doctor *doctor, const struct ng_asked *asked)
{
	bool has_time = asked->answer[NG_ASK_TIME].answered;

	tell_dangerous(doctor, asked, NG_ASK_CONTROL, "mode 6 (READVAR)");
	tell_dangerous(doctor, asked, NG_ASK_PRIVATE, "mode 7 (monlist)");
	if (has_time && !ng_doctor_is_guarded(doctor))
		ng_doctor_found(doctor, NG_DOCTOR_NOTE, "%s answers mode 3: strangers are given the time",
				asked->answer[NG_ASK_TIME].address);
	if (!asked->answer[NG_ASK_CONTROL].answered && !asked->answer[NG_ASK_PRIVATE].answered)
		ng_doctor_found(doctor, NG_DOCTOR_OK, "modes 6 and 7 are not answered%s (%u addresses asked)",
				has_time ? "" : ", nor is mode 3", asked->targets);
}

void ng_check_asked(struct ng_doctor *doctor)
{
	struct ng_asked asked;
	struct ng_way way;
	int error;

	if (*doctor->root) {
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "this host is made up");
		return;
	}
	if (!choose_way(doctor, &way)) {
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED,
				"all networks that are reserved for examples are in use here");
		return;
	}
	error = ask(&way, &asked);
	if (!error)
		forget_way(&asked, &way);
	if (error)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "a namespace to ask from cannot be made: %s%s",
				strerror(-error), error == -EPERM ? "; run doctor as root" : "");
	else
		tell(doctor, &asked);
}
