#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# lint.py with the chronyd that the tests unpack, where there is no network and so no DNS; FILES and SEED
# may be given.
set -eu
cd "$(dirname "$0")/../.."
if [ "$(id -u)" -ne 0 ]; then
	echo "lint-oracle: chronyd starts for root only"
	echo "lint-oracle: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
tests/net/daemons.sh
LD_LIBRARY_PATH=$(echo build/daemons/usr/lib/*-linux-gnu*):$(echo build/daemons/lib/*-linux-gnu*)
LD_LIBRARY_PATH=$LD_LIBRARY_PATH exec unshare --net --ipc /usr/bin/python3 -B tests/oracle/lint.py \
	--chronyd "$PWD/build/daemons/usr/sbin/chronyd" --ntpguard "${NTPGUARD:-$PWD/build/ntpguard}" \
	--files "${FILES:-2000}" ${SEED:+--seed "$SEED"}
