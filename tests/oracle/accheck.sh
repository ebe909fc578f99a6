#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# accheck.py with the chronyd that the tests unpack; LISTS and SEED may be given.
set -eu
cd "$(dirname "$0")/../.."
if [ "$(id -u)" -ne 0 ]; then
	echo "accheck: chronyd starts for root only"
	echo "accheck: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
tests/net/daemons.sh
exec /usr/bin/python3 tests/oracle/accheck.py --chronyd build/daemons/usr/sbin/chronyd --ours build/tests/accheck \
	--lists "${LISTS:-3000}" ${SEED:+--seed "$SEED"}
