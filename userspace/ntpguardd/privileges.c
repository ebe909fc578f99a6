// SPDX-License-Identifier: GPL-2.0-only
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "journal.h"

int ng_privileges_find(const char *user, const char *group, uid_t *uid, gid_t *gid)
{
	const struct passwd *passwd = getpwnam(user);
	const struct group *entry = getgrnam(group);

	if (!passwd || !entry) {
		ng_journal(LOG_ERR,
			   "there is no %s %s; make it with: useradd --system --user-group --no-create-home "
			   "--shell /usr/sbin/nologin ntpguard",
			   passwd ? "group" : "user", passwd ? group : user);
		return -ENOENT;
	}
	if (!passwd->pw_uid) {
		ng_journal(LOG_ERR, "user %s is root, who must not serve", user);
		return -EPERM;
	}
	*uid = passwd->pw_uid;
	*gid = entry->gr_gid;
	return 0;
}

/* What serving takes, and the C library beneath it. All else is refused, not fatal: a newer C library may try
 * a newer call first. */
static const int allowed[] = {
	/* events and messages */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(accept4),
	SCMP_SYS(accept),
	SCMP_SYS(shutdown),
	SCMP_SYS(connect),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(fcntl),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	/* files: the configuration, and what the kernel tells of this process */
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(lseek),
	SCMP_SYS(getdents64),
	SCMP_SYS(memfd_create),
	SCMP_SYS(ftruncate),
	SCMP_SYS(pread64),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	/* time */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(getrusage),
	SCMP_SYS(times),
	/* memory, signals, the end */
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	SCMP_SYS(sysinfo),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(sched_yield),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
};

/* Calls of which only some uses serve. */
static int allow_some(scmp_filter_ctx filter)
{
	int error = 0;

	/* files are read only */
	error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				  SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
	/* memory is never executable anew */
	error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* a socket to chronyd's UDP port, and the log's */
	error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_INET));
	error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	/* the clock is read, not set: struct timex is not to be seen from here, so its caller is trusted, and
	 * without CAP_SYS_TIME the kernel refuses more */
	error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(adjtimex), 0);
	error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clock_adjtime), 0);
	/* limits are read, not set */
	error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0));
	return error;
}

static int filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error = filter ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!error)
		error = allow_some(filter);
	if (!error)
		error = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return error;
}

int ng_privileges_drop(uid_t uid, gid_t gid)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_change_id((int)uid, (int)gid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING))
		return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0))
		return -errno;
	return filter_calls();
}

/* A container's root may lack some. */
int ng_privileges_keep(void)
{
	static const unsigned int kept[] = { CAP_NET_ADMIN, CAP_BPF,	      CAP_PERFMON,
					     CAP_SYS_ADMIN, CAP_SYS_RESOURCE, CAP_DAC_OVERRIDE };
	const size_t count = sizeof(kept) / sizeof(kept[0]);
	bool has[sizeof(kept) / sizeof(kept[0])];

	capng_get_caps_process();
	for (size_t i = 0; i < count; i++)
		has[i] = capng_have_capability(CAPNG_PERMITTED, kept[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < count; i++)
		if (has[i] && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, kept[i]))
			return -EPERM;
	if (capng_apply(CAPNG_SELECT_BOTH) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -EPERM;
	return 0;
}
