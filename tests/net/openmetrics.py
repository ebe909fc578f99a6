#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads OpenMetrics 1.0 strictly, as far as ntpguardd uses it; a line that breaks a rule ends it."""
import re
import sys

TYPES = {"gauge": "", "counter": "_total", "info": "_info"}
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z0-9_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[0-9.e+-]+)')


def check(text):
    lines = text.split("\n")
    assert lines[-1] == "", "no end of line at the end"
    assert lines[-2] == "# EOF", "no # EOF at the end"
    family = kind = None
    families, series = set(), set()
    for number, line in enumerate(lines[:-2], 1):
        words = line.split(" ", 3)
        if words[:2] == ["#", "HELP"]:
            family, kind = words[2], None
            assert family not in families, f"{number}: {family} again"
            assert not family.endswith(("_total", "_info")), f"{number}: {family}"
            families.add(family)
        elif words[:2] == ["#", "TYPE"]:
            assert words[2] == family and words[3] in TYPES, f"{number}: {line}"
            kind = words[3]
        elif words[:2] == ["#", "UNIT"]:
            assert words[2] == family and family.endswith("_" + words[3]), f"{number}: {line}"
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, f"{number}: {line}"
            assert sample[1] == family + TYPES[kind], f"{number}: {line} in {family}"
            assert (sample[1], sample[2]) not in series, f"{number}: twice"
            series.add((sample[1], sample[2]))
            if kind == "counter":
                assert float(sample[3]) >= 0
            if kind == "info":
                assert sample[3] == "1"
    assert len(series) > 100


if __name__ == "__main__":
    check(sys.stdin.read())
