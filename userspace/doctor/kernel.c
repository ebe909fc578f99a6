// SPDX-License-Identifier: GPL-2.0-only
/* The checks of the kernel. */
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "doctor.h"

#define OLDEST_MAJOR 5
#define OLDEST_MINOR 15

void ng_check_kernel(struct ng_doctor *doctor)
{
	unsigned int major, minor;
	char release[128];
	int error = ng_doctor_line(doctor, "/proc/sys/kernel/osrelease", release, sizeof(release));

	if (error)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "/proc/sys/kernel/osrelease: %s", strerror(-error));
	else if (sscanf(release, "%u.%u", &major, &minor) != 2)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "a release that is no number: %s", release);
	else if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
		ng_doctor_found(doctor, NG_DOCTOR_PROBLEM, "%s is older than %d.%d, which the guard needs", release,
				OLDEST_MAJOR, OLDEST_MINOR);
	else
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s", release);
}

void ng_check_btf(struct ng_doctor *doctor)
{
	FILE *file = ng_doctor_open(doctor, "/sys/kernel/btf/vmlinux");

	if (file) {
		fclose(file);
		ng_doctor_found(doctor, NG_DOCTOR_OK, "the kernel describes its types");
	} else if (errno == ENOENT) {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING,
				"the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): the guard shares no interface");
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "/sys/kernel/btf/vmlinux: %s", strerror(errno));
	}
}

/* The kernel shows these settings in the first network namespace only. */
void ng_check_jit(struct ng_doctor *doctor)
{
	long jit = ng_doctor_number(doctor, "/proc/sys/net/core/bpf_jit_enable", -1);

	if (jit < 0) {
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "net.core.bpf_jit_enable cannot be read here");
	} else if (jit) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "BPF programs are compiled");
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING, "BPF programs are interpreted: several times slower");
		ng_doctor_fix(doctor, "sysctl -w net.core.bpf_jit_enable=1");
	}
}

void ng_check_lockdown(struct ng_doctor *doctor)
{
	char line[128];
	int error = ng_doctor_line(doctor, "/sys/kernel/security/lockdown", line, sizeof(line));

	if (error)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "/sys/kernel/security/lockdown: %s", strerror(-error));
	else if (strstr(line, "[confidentiality]"))
		ng_doctor_found(doctor, NG_DOCTOR_WARNING,
				"confidentiality: no dispatcher, so the guard shares no interface with other programs");
	else if (strstr(line, "[integrity]"))
		ng_doctor_found(doctor, NG_DOCTOR_OK, "integrity: nothing that the guard needs");
	else if (strstr(line, "[none]"))
		ng_doctor_found(doctor, NG_DOCTOR_OK, "none");
	else
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "a word that is not known: %s", line);
}

void ng_check_unprivileged(struct ng_doctor *doctor)
{
	long disabled = ng_doctor_number(doctor, "/proc/sys/kernel/unprivileged_bpf_disabled", -1);

	if (disabled < 0) {
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "kernel.unprivileged_bpf_disabled cannot be read");
	} else if (disabled) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "only the privileged may load BPF programs");
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE,
				"every user may load BPF programs; the guard does not need that, and attacks did");
		ng_doctor_fix(doctor, "sysctl -w kernel.unprivileged_bpf_disabled=1");
	}
}

/* Since Linux 5.11 memory of BPF counts against the control group, not against this limit. */
void ng_check_memlock(struct ng_doctor *doctor)
{
	unsigned int major = 0, minor = 0;
	struct rlimit limit = { 0 };
	char release[128];

	ng_doctor_line(doctor, "/proc/sys/kernel/osrelease", release, sizeof(release));
	if (sscanf(release, "%u.%u", &major, &minor) == 2 && (major > 5 || (major == 5 && minor >= 11)))
		ng_doctor_found(doctor, NG_DOCTOR_OK, "not asked: BPF's memory counts by control group");
	else if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur != RLIM_INFINITY)
		ng_doctor_found(doctor, NG_DOCTOR_NOTE,
				"%llu bytes, which this kernel holds against BPF; load raises it",
				(unsigned long long)limit.rlim_cur);
	else
		ng_doctor_found(doctor, NG_DOCTOR_OK, "unlimited");
}

void ng_check_bpffs(struct ng_doctor *doctor)
{
	struct statfs info;

	if (statfs(doctor->bpffs, &info)) {
		ng_doctor_found(doctor, errno == EACCES ? NG_DOCTOR_SKIPPED : NG_DOCTOR_NOTE, "%s: %s; load makes it",
				doctor->bpffs, strerror(errno));
	} else if (info.f_type != BPF_FS_MAGIC) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE, "%s is not mounted yet; load mounts it", doctor->bpffs);
		ng_doctor_fix(doctor, "mount -t bpf bpf %s", ng_doctor_word(doctor->bpffs));
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s is mounted", doctor->bpffs);
	}
}
