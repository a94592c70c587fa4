#!/bin/sh
# Fuzzes every target in turn: fuzz/run.sh BUILD_DIR [SECONDS_EACH]. New inputs stay in BUILD_DIR/corpus.
set -eu
build=$1
seconds=${2:-60}
here=$(cd "$(dirname "$0")" && pwd)
for target in "$build"/*_fuzz; do
  name=$(basename "$target" _fuzz)
  mkdir -p "$build/corpus/$name"
  # hdf5 parses in a forked child, which may inherit a lock of the sanitizer from the thread that watches memory; the
  # child has its own limit.
  memory=1024
  [ "$name" != hdf5 ] || memory=0
  "$target" -max_total_time="$seconds" -rss_limit_mb="$memory" -timeout=10 "$build/corpus/$name" "$here/corpus/$name"
done
