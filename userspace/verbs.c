// SPDX-License-Identifier: GPL-2.0-only
/* The table of verbs, and what it says of itself. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "paths.h"
#include "version.h"

#define LIST_ARGUMENTS                                                                                                 \
	"add|del|test PREFIX... | import|replace FILE | list|export|flush [--for TIME --comment TEXT --save]"
#define LIST_OPTIONS (NG_OPTION_COMMENT | NG_OPTION_SAVE | NG_OPTION_FOR)

const struct ng_verb ng_verbs[] = {
	{ "", ng_cmd_overview, 0, "", "am I protected, what is happening, is my time all right, on one screen",
	  "Looks twice, a second apart: NOW/S and what \"now\" says is of that second; -q looks once and knows of no\n"
	  "rates. TOTAL is since load. Only verdicts that were seen are shown, the busiest first; all of them:\n"
	  "ntpguard counters -v. The clock is what chronyd says, or else the kernel. A paragraph that starts with\n"
	  "Warning says what to do. --json: that of status. Exit 3: not loaded." },
	{ "load", ng_cmd_load,
	  NG_OPTION_POLICY | NG_OPTION_MODE | NG_OPTION_MONITOR | NG_OPTION_CONFIRM | NG_OPTION_NO_EGRESS |
		  NG_OPTION_STATE | NG_OPTION_MEMORY,
	  "IFACE... [--policy NAME|FILE] [--mode MODE] [--monitor] [--confirm TIME] [--memory N] "
	  "[--state FILE]",
	  "guard these interfaces",
	  "Without --policy: the policy in force, or /etc/ntpguard/ntpguard.policy, or the built-in vps.\n"
	  "--mode: native, generic, or auto, which is native where the driver can and generic elsewhere.\n"
	  "Loading what is loaded changes nothing, but programs of another build are replaced by this command's\n"
	  "without a gap: that is how to upgrade. --monitor drops nothing and counts what would be\n"
	  "dropped; load again without it to go live. --confirm 60: undone after 60 s, unless\n"
	  "ntpguard confirm comes; for hosts that one can lock oneself out of. --no-egress, where an interface\n"
	  "refuses a program on the way out: replies pass unasked, and answers of any size leave.\n"
	  "--memory 16M: for the limits and regulars, from 64K to 256M (4M: 131,072 addresses, as many networks,\n"
	  "262,144 regulars). --state FILE: who was regular before (see help save-state). Both are settled when\n"
	  "the first interface is loaded." },
	{ "unload", ng_cmd_unload, NG_OPTION_ALL, "IFACE... | --all", "stop guarding them, and leave nothing behind",
	  "Other XDP programs and filters of these interfaces stay. With the last interface the policy, the\n"
	  "counters and live edits go, too: see help save. Exit 3: not loaded there." },
	{ "status", ng_cmd_status, 0, "", "what is guarded, by which policy",
	  "For each interface: native or generic mode, whether other programs can share it (DISPATCHER),\n"
	  "whether the way out is guarded (EGRESS), whether it only counts (MONITOR). Below: the policy, its\n"
	  "lists, packets, and the amplification factor: bytes of answers for bytes of queries. A line that\n"
	  "starts with warning says what to do. Exit 3: not loaded." },
	{ "check", ng_cmd_check, 0, "[-v] [NAME|FILE|-]", "read a policy and tell its errors; -v prints it",
	  "Up to 20 errors, each with file, line, column, what is legal, and a word that may be meant. -v\n"
	  "prints the policy in full, as apply takes it, defaults and all, and lists what an imported\n"
	  "chrony.conf says that is not the firewall's business. NAME is one of the shipped policies: vps,\n"
	  "public-server, client-only, lan-server, observe. Needs no root. Exit 1: the policy has errors." },
	{ "apply", ng_cmd_apply, NG_OPTION_DIFF | NG_OPTION_DRY_RUN | NG_OPTION_CONFIRM,
	  "[NAME|FILE|-] [--diff] [--dry-run] [--confirm TIME]", "put a whole policy in force, or change nothing",
	  "Without a name: /etc/ntpguard/ntpguard.policy, or the built-in vps. --diff shows what changes;\n"
	  "--dry-run changes nothing; --confirm 60 goes back after 60 s unless ntpguard confirm comes,\n"
	  "also when this terminal is gone by then." },
	{ "confirm", ng_cmd_confirm, 0, "", "keep what was put in force with --confirm",
	  "Of load --confirm and of apply --confirm. Nothing to confirm is no error." },
	{ "rollback", ng_cmd_rollback, 0, "", "put the policy before in force again",
	  "The one that the last apply or edit replaced; once more goes forward again. Counters go on." },
	{ "save", ng_cmd_save, 0, "", "print the policy in force, as apply takes it",
	  "Live edits included. ntpguard save > FILE keeps them; /etc/ntpguard/ntpguard.policy is what load\n"
	  "and apply read when no policy is named." },
	{ "save-state", ng_cmd_save_state, 0, "[FILE]", "keep over a reboot which addresses are regulars",
	  "Writes them into FILE (" NG_STATE_FILE ", also NTPGUARD_STATE), which only root may read,\n"
	  "because the secret key of all limits is in it. The next load that guards a first interface reads it;\n"
	  "without it, regulars are learned again, in an hour or more. Call it before shutting down." },
	{ "allow", ng_cmd_list, LIST_OPTIONS, LIST_ARGUMENTS, "whose requests pass",
	  "Edits are live at once and last until the last interface is unloaded; --save also writes them\n"
	  "into /etc/ntpguard/ntpguard.policy. --for 1h: until then only. A prefix is an address,\n"
	  "address/length, or chrony's short form (10, 192.168). import adds, replace replaces the list;\n"
	  "one prefix a line, # starts a comment; a bad line changes nothing. test exits 1 where the\n"
	  "address is not in the list, or another list prevails." },
	{ "deny", ng_cmd_list, LIST_OPTIONS, LIST_ARGUMENTS, "whose requests are dropped", "See help allow." },
	{ "control", ng_cmd_list, LIST_OPTIONS, LIST_ARGUMENTS, "who may send mode 6 (ntpq) queries",
	  "See help allow." },
	{ "counters", ng_cmd_counters, NG_OPTION_PROMETHEUS | NG_OPTION_WATCH,
	  "[--json|--prometheus] [--watch [SECONDS]]", "what was seen, by verdict; -v: also what was not",
	  "Packets and bytes (of frames) of each interface, direction, family and verdict. WOULD DROP: what\n"
	  "monitor mode let pass. NTP packets seen are the sum of PACKETS and WOULD DROP. Counters start with\n"
	  "load, and no apply or edit resets them. --json has every reason, zeros too. --prometheus: as Prometheus\n"
	  "reads it, for node_exporter's textfile collector where ntpguardd does not run. --watch: packets/s and the\n"
	  "last minute of each verdict, drawn every second, or every so many; with --json, a line each time." },
	{ "top", ng_cmd_top, NG_OPTION_ROWS | NG_OPTION_ONCE | NG_OPTION_SORT,
	  "[-n N] [--sort packets|dropped|limited|address] [--once] [--json]",
	  "the busiest senders and their networks, drawn again every 2 s",
	  "Estimated from samples, one a kernel tick and CPU, of the last 10 s or less. DROPPED: the share of\n"
	  "a sender's packets that was, or in monitor mode would have been; LIMITED: of it, for a limit. MOSTLY:\n"
	  "the commonest verdict. Networks are of the policy's first prefixlimit, or /24 and /56. -n: rows (10)." },
	{ "evidence", ng_cmd_evidence, NG_OPTION_OUTPUT | NG_OPTION_LANG, "[-o DIR] [--lang en|ja]",
	  "a report for the abuse desk, as files with checksums",
	  "Writes evidence.txt, evidence.json, policy.txt and SHA256SUMS into DIR, which must not be there yet\n"
	  "(./ntpguard-evidence-HOST-TIME): since when the host is guarded, by which policy, what was dropped,\n"
	  "by the hour where ntpguardd runs, what the policy does with attack packets now, and what this\n"
	  "cannot show. --lang ja: evidence.txt in Japanese. No client is named, but policy.txt has your lists.\n"
	  "--json prints evidence.json on standard output, and writes files with -o only. Needs root." },
	{ "monitor", ng_cmd_monitor, NG_OPTION_REASON | NG_OPTION_FROM | NG_OPTION_ROWS,
	  "[--reason REASON] [--from PREFIX] [-n N] [--json]", "packets as they are dropped, decoded, live",
	  "A few of them, at most four in a tick of the kernel's clock and CPU; (1/12): it stands for 12.\n"
	  "x5500: how many bytes an open server would send back for each. would: monitor mode let it pass.\n"
	  "--reason mode7,mode6: these verdicts only, also such that pass. --from: only whose address (with\n"
	  "packets that leave, the receiver's) is in there. -n: ends after so many. Costs nothing when nobody\n"
	  "listens. Four commands can listen at once." },
	{ "capture", ng_cmd_capture, NG_OPTION_WRITE | NG_OPTION_REASON | NG_OPTION_FROM | NG_OPTION_ROWS,
	  "-w FILE.pcap [--reason REASON] [--from PREFIX] [-n N]", "the packets themselves, for tshark and replay",
	  "As pcapng, each with its verdict as a comment, the first 1408 bytes of each. Which ones: see help\n"
	  "monitor. FILE must not be there yet; -: standard output." },
	{ "test", ng_cmd_test, NG_OPTION_POLICY | NG_OPTION_MODE | NG_OPTION_LENGTH,
	  "ADDRESS... [--mode N] [--length N] [--policy NAME|FILE]",
	  "what would happen to a packet from there, and why",
	  "--mode: NTP mode, 0 to 7 (3, a client request). --length: bytes of UDP payload (48). With --policy\n"
	  "neither root nor a loaded guard is needed. Exit 0: all pass. Exit 1: a drop." },
	{ "chrony", ng_cmd_chrony, NG_OPTION_FIX, "lint [--fix] [FILE|-] | import [FILE|-]",
	  "tell what is wrong with a chrony.conf; print the policy that it amounts to",
	  "FILE: /etc/chrony/chrony.conf, or /etc/chrony.conf. Needs no root and no chrony. lint reads also what\n"
	  "the file includes and tells every line that chronyd (4.3) refuses, does not start with, or takes for\n"
	  "something else than it seems, and how the line should read. Columns count bytes. Exit 0: chronyd\n"
	  "starts with this file. Exit 1: it does not. --fix writes the refused lines of FILE as they should\n"
	  "read, where that is known, and leaves the old file beside it as FILE.bak (FILE.bak.1, ...); lines that\n"
	  "chronyd takes stay as they are. Exit code and findings are then the new file's. import prints, for\n"
	  "ntpguard apply -, what the allow, deny, server, pool, peer, port and ratelimit lines amount to." },
	{ "doctor", ng_cmd_doctor, 0, "[IFACE...]", "look for what keeps the guard, or this host, from being safe",
	  "Before load, to know what will happen, and after. Driver and XDP mode, queues, MTU, kernel, other\n"
	  "firewalls, chrony.conf, who listens, and what the host answers when it is asked as scanners ask: from\n"
	  "a network namespace of doctor's own, never from outside. Each line is ok, skipped, note, warning or\n"
	  "problem, the worst last, with the command that mends it; doctor itself changes nothing. -q: warnings and\n"
	  "problems only. Without IFACE: the guarded interfaces, or those of the default routes. Exit 1: a problem." },
	{ "replay", ng_cmd_replay, NG_OPTION_POLICY | NG_OPTION_LOCAL,
	  "FILE.pcap [--policy NAME|FILE] [--local ADDRESS]...", "what would have happened to the packets of a capture",
	  "Judges each packet by the real programs, at the capture's own times; touches no interface and\n"
	  "nothing that is loaded. --local names the guarded host's addresses: packets from them are on their\n"
	  "way out. Without it, Linux cooked captures tell; in others all packets come in. Without --policy:\n"
	  "/etc/ntpguard/ntpguard.policy, or the built-in vps. --json: a line for each packet. Reads pcap and\n"
	  "pcapng of Ethernet, raw IP and Linux cooked mode. Needs root." },
	{ "completion", ng_cmd_completion, 0, "bash|zsh", "print what lets a shell complete these words",
	  "For this shell: source <(ntpguard completion bash); in zsh after compinit. For all, as root: ntpguard\n"
	  "completion bash > /usr/share/bash-completion/completions/ntpguard, or ntpguard completion zsh >\n"
	  "/usr/share/zsh/vendor-completions/_ntpguard. Interfaces, policies, reasons and prefixes complete, too." },
	{ "version", ng_cmd_version, 0, "", "the version", NULL },
	{ "help", ng_cmd_help, 0, "[VERB]", "this text, or more about a verb", NULL },
};
const size_t ng_verb_count = sizeof(ng_verbs) / sizeof(ng_verbs[0]);

const struct ng_verb *ng_verb_find(const char *name)
{
	for (size_t i = 0; i < ng_verb_count; i++)
		if (!strcmp(ng_verbs[i].name, name))
			return &ng_verbs[i];
	return NULL;
}

static void print_synopsis(const struct ng_verb *verb)
{
	printf("ntpguard%s%s%s%s\n", *verb->name ? " " : "", verb->name, *verb->arguments ? " " : "", verb->arguments);
}

static void print_usage(void)
{
	puts("ntpguard drops and limits what NTP must not be asked, before it reaches the NTP daemon.\n");
	for (size_t i = 0; i < ng_verb_count; i++) {
		fputs("  ", stdout);
		print_synopsis(&ng_verbs[i]);
		printf("        %s\n", ng_verbs[i].sentence);
	}
	puts("\nEvery verb takes --json, -q, -v, --no-color and --bpffs DIR (also NTPGUARD_BPFFS; /sys/fs/bpf).\n"
	     "Exit: 0 done or nothing to do, 1 a negative answer or a bad policy, 2 usage, 3 not loaded,\n"
	     "4 permission, 5 interface, 6 kernel, 7 conflict, 8 full, 9 some interfaces only.");
}

static void print_verb(const struct ng_verb *verb)
{
	print_synopsis(verb);
	printf("\n%s\n", verb->sentence);
	if (verb->more)
		printf("\n%s\n", verb->more);
}

int ng_cmd_help(struct ng_command *command)
{
	const struct ng_verb *verb = command->count ? ng_verb_find(command->operands[0]) : NULL;

	if (command->help && command->verb->run != ng_cmd_help)
		verb = command->verb;
	else if (command->count > 1)
		return ng_fail_usage(command, "help: one verb, please");
	else if (command->count && !verb)
		return ng_fail_usage(command, "help: no verb is called %s", command->operands[0]);
	if (verb)
		print_verb(verb);
	else
		print_usage();
	return NG_EXIT_OK;
}

int ng_cmd_version(struct ng_command *command)
{
	if (command->count)
		return ng_fail_usage(command, "version takes no operand");
	if (command->json)
		ng_print_json(json_pack("{s:s,s:i}", "version", NG_VERSION, "abi", NG_ABI));
	else
		printf("ntpguard %s\n", NG_VERSION);
	return NG_EXIT_OK;
}
