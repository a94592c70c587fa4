#!/bin/sh
# Installs into an empty folder and builds and runs a program against what was installed: tests/install/run.sh BUILD_DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
rm -rf "$build/installed" "$build/consumer"
cmake --install "$build" --prefix "$build/installed" >/dev/null
cmake -S "$here" -B "$build/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$build/installed" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$build/consumer" >/dev/null
"$build/consumer/consumer"
"$build/installed/bin/kinemyo" --version
rm -rf "$build/installed" "$build/consumer"
