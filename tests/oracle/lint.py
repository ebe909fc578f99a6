#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""`ntpguard chrony lint` against chronyd itself: is the file refused?

Files written by hand (lint_corpus.py) and random mutations of them are given to `chronyd -p -f` and to
lint; both must refuse, or both must take, each. What -p takes and lint calls fatal at start, and a sample
of what it calls good, a chronyd is started with. What lint --fix makes of a file is put to both again."""

import argparse
import concurrent.futures
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

import lint_corpus

# A chronyd that is started with one of these touches nothing outside its namespaces and directory.
HARMLESS = {b"allow", b"deny", b"cmdallow", b"cmddeny", b"ratelimit", b"cmdratelimit", b"ntsratelimit",
            b"noclientlog", b"port", b"local", b"server", b"peer", b"rtcsync", b"makestep", b"minsources",
            b"maxsamples", b"leapsectz", b"sched_priority", b"maxchange", b"manual", b"clientloglimit",
            b"authselectmode", b"maxdistance", b"acquisitionport", b"broadcast"}
ASKS_DNS = "chronyd asks the DNS for this name"


class Judges:
    """chronyd and lint, in one directory for each file."""

    def __init__(self, chronyd, ntpguard, work):
        self.chronyd, self.ntpguard, self.work = chronyd, ntpguard, work

    def lay_out(self, number, files):
        directory = os.path.join(self.work, str(number))
        for name, content in files.items():
            path = os.path.join(directory, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
        return directory

    def is_refused(self, directory):
        """By chronyd -p."""
        done = subprocess.run([self.chronyd, "-p", "-f", "chrony.conf"], cwd=directory, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return done.returncode != 0, done.stderr.decode(errors="replace").strip()

    def lint(self, directory, *options):
        done = subprocess.run([self.ntpguard, "chrony", "lint", "--json", "-q", *options, "chrony.conf"],
                              cwd=directory, check=False, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode not in (0, 1):
            raise AssertionError(f"lint ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        said = json.loads(done.stdout)
        if (done.returncode == 0) != (not said["refused"] and not said["fatal_at_start"]):
            raise AssertionError(f"exit {done.returncode}, but {said}")
        return said

    def starts(self, directory):
        """Whether a chronyd gets to its main loop; its socket and pid file are in the directory."""
        with open(os.path.join(directory, "start.conf"), "w", encoding="ascii") as file:
            file.write(f"include {directory}/chrony.conf\ncmdport 0\nbindcmdaddress {directory}/run/sock\n"
                       f"pidfile {directory}/pid\n")
        command = [self.chronyd, "-x", "-d", "-U", "-u", "root", "-t", "0", "-f", "start.conf"]
        done = subprocess.run(command, cwd=directory, check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=30)
        words = done.stderr.decode(errors="replace").strip()
        # with nothing to synchronise to, an end by the timeout is an exit of 1, too
        return "Fatal error" not in words and "Timeout reached" in words, words


def is_harmless(files):
    words = [line.split()[0].lower() for line in files["chrony.conf"].splitlines() if line.split()]
    shm = all(line.split()[1:2] in ([b"SHM"], [b"NONE"]) for line in files["chrony.conf"].splitlines()
              if line.lower().startswith(b"refclock"))
    return len(files) == 1 and all(w in HARMLESS or w[:1] in b"#!;%" or (w == b"refclock" and shm) or
                                   (w == b"rtcfile" and b"rtcsync" in words) for w in words)


def judge(judges, number, files, start):
    """What is wrong with lint's judgement of one file, and its verdicts' names."""
    wrong, seen = [], []
    directory = judges.lay_out(number, files)
    refused, words = judges.is_refused(directory)
    said = judges.lint(directory)
    asks = any(ASKS_DNS in finding["message"] for finding in said["findings"])
    seen.append("refused" if refused else "taken")
    if refused and not said["refused"] and asks:
        seen.append("asks the DNS")
    elif refused != said["refused"]:
        wrong.append(f"chronyd -p {'refuses' if refused else 'takes'} it ({words}), lint says {said['findings']}")
    elif not refused and not asks and start and is_harmless(files):
        begins, words = judges.starts(directory)
        seen.append("starts" if begins else "does not start")
        if begins == said["fatal_at_start"]:
            wrong.append(f"chronyd {'starts' if begins else 'does not start'} ({words}), lint says {said['findings']}")
    wrong += judge_fix(judges, directory, files, said, seen)
    shutil.rmtree(directory)
    return wrong, seen


# A pattern or a name that may be that of the file itself.
INCLUDES_ITSELF = re.compile(rb"^\s*include\s.*([*?\[]|chrony\.conf)", re.IGNORECASE | re.MULTILINE)


def judge_fix(judges, directory, files, said, seen):
    """--fix: a file that lint can mend is one that chronyd takes; twice is once; good lines stay."""
    errors = [f for f in said["findings"] if f["severity"] == "error"]
    whole = errors and all(f["should"] is not None and f["file"] == "chrony.conf" for f in errors)
    path = os.path.join(directory, "chrony.conf")
    if not errors and zlib.crc32(files["chrony.conf"]) % 10:
        return []
    fixed = judges.lint(directory, "--fix")
    with open(path, "rb") as file:
        content = file.read()
    wrong = []
    if not errors and content != files["chrony.conf"]:
        wrong.append(f"--fix changed a file that chronyd takes, to {content!r}")
    if content != files["chrony.conf"]:
        with open(path + ".bak", "rb") as file:
            if file.read() != files["chrony.conf"]:
                wrong.append("the backup is not the old file")
        refused, words = judges.is_refused(directory)
        asks = any(ASKS_DNS in finding["message"] for finding in fixed["findings"])
        if refused != fixed["refused"] and not asks:
            wrong.append(f"fixed: chronyd {'refuses' if refused else 'takes'} {content!r} ({words}), lint says "
                         f"{fixed['findings']}")
        if whole:
            seen.append("mended")
            # whether a file is there that a mended line names, and whether it is this one, is another question
            errors_left = [finding["message"] for finding in fixed["findings"] if finding["severity"] == "error"]
            missing = all(message.endswith("No such file or directory") for message in errors_left)
            if fixed["refused"] and not missing and not INCLUDES_ITSELF.search(content):
                wrong.append(f"every error had a fix, but {content!r} is refused: {fixed['findings']}")
    again = judges.lint(directory, "--fix")
    with open(path, "rb") as file:
        if file.read() != content or again["fixed"]:
            wrong.append(f"a second --fix changed {content!r}")
    return wrong


# ---- mutations ----

BITS = [b" ", b"  ", b"\t", b"#", b" # x", b"!", b";", b"%", b"\\", b"\\\n", b'"', b"'", b"\r", b"\r\n", b"\n", b"\0",
        b"\v", b"\f", b"\xa0", b"\xc2\xa0", b"\xe3\x80\x80", b"\xef\xbb\xbf", b"\xef\xbc\x83", b"\xe6\x9d\xb1", b"/", b"/33",
        b".", b":", b",", b"-", b"+", b"0", b"1", b"9", b"256", b"0x", b"e", b"all", b"ALL", b"key", b"x", b"iburst",
        b"interval", b"stratum", b"%lo", b"//"]


def mutate(rng, content):
    at = rng.randrange(len(content) + 1)
    kind = rng.randrange(8)
    if kind < 3:
        return content[:at] + rng.choice(BITS) + content[at:]
    if kind == 3:
        return content[:at] + content[at + rng.randint(1, 3):]
    if kind == 4:
        return content[:at] + bytes([rng.randrange(256)]) + content[at + 1:]
    if kind == 5:
        return content[:at] + content[at:at + 12].swapcase() + content[at + 12:]
    words = content.split(b" ")
    i, j = rng.randrange(len(words)), rng.randrange(len(words))
    if kind == 6:
        del words[i]
    else:
        words.insert(i, words[j])
    return b" ".join(words)


def random_files(rng, lines):
    """One to three lines that chronyd takes, mutated; what they include stays behind."""
    content = b"".join(rng.choice(lines) for _ in range(rng.randint(1, 3)))
    for _ in range(rng.randint(1, 2)):
        content = mutate(rng, content)
    return {"chrony.conf": content}


# ---- all of it ----

class Tally:
    """What came of the files."""

    def __init__(self):
        self.failed, self.seen, self.files = 0, {}, 0

    def judge_all(self, judges, files, sample):
        """The names of the verdicts on each; every sample-th harmless one is also started with."""
        first, verdicts = self.files, []
        self.files += len(files)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            results = pool.map(lambda n: judge(judges, first + n, files[n], n % sample == 0), range(len(files)))
            for case, (wrong, names) in zip(files, results):
                verdicts.append(names)
                for name in names:
                    self.seen[name] = self.seen.get(name, 0) + 1
                self.failed += bool(wrong)
                if wrong and self.failed <= 10:
                    print(f"{case}:", *wrong, sep="\n  ")
        return verdicts

    def mistrust(self):
        """A lint that always says the same must not pass."""
        for name in ["refused", "taken", "starts", "does not start", "mended"]:
            if self.seen.get(name, 0) < (10 if name == "does not start" else self.files // 40):
                print(f"only {self.seen.get(name, 0)} files: {name}; that is too few to mean something")
                self.failed += 1
        if self.seen.get("asks the DNS", 0) > self.files // 20:
            print("too many files hang on the DNS")
            self.failed += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chronyd", required=True)
    parser.add_argument("--ntpguard", required=True)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    rng = random.Random(seed)
    cases = lint_corpus.cases()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    work = tempfile.mkdtemp(prefix="ntpguard-lint-")
    os.chmod(work, 0o700)
    judges, tally = Judges(options.chronyd, options.ntpguard, work), Tally()
    verdicts = tally.judge_all(judges, cases, 1)
    lines = [case["chrony.conf"] for case, names in zip(cases, verdicts)
             if "taken" in names and len(case) == 1 and case["chrony.conf"].count(b"\n") == 1
             and len(case["chrony.conf"]) < 400]
    tally.judge_all(judges, [random_files(rng, lines) for _ in range(options.files)], 8)
    shutil.rmtree(work)
    print(f"{len(cases)} files by hand, {options.files} random ones, seed {seed}: {tally.failed} differences; "
          + ", ".join(f"{count} {name}" for name, count in sorted(tally.seen.items())))
    tally.mistrust()
    print(f"lint-oracle: {1 if not tally.failed else 0} passed, {1 if tally.failed else 0} failed, 0 skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
