#!/bin/sh
# Unpacks the real recordings for tests, where they stand beside the checkout; else tests that need them are skipped.
# Usage: scripts/unpack_recordings.sh DEST
set -eu
source=${KINEMYO_RECORDINGS:-../shared/data}
if [ -x "$source/unpack.sh" ]; then
  "$source/unpack.sh" "$1" >/dev/null
else
  echo "no recordings at $source: tests that need them will be skipped" >&2
fi
