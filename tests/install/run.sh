#!/bin/sh
# Installs into an empty folder, and builds and runs programs of other people against what was installed: the rooms in C++,
# and examples/ with the C interface. tests/install/run.sh BUILD_DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../examples
build=$1
fail() { echo "$*" >&2; exit 1; }
rm -rf "$build/installed" "$build/consumer"
mkdir "$build/consumer"
cmake --install "$build" --prefix "$build/installed" >/dev/null
program=$build/installed/bin/kinemyo
library=$build/installed/lib/libkinemyo.so
cd "$build/consumer"

# A program in C++ that links the rooms.
cmake -S "$here" -B rooms -G Ninja -DCMAKE_PREFIX_PATH="$build/installed" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build rooms >/dev/null
rooms/consumer model.safetensors frames.f8
"$program" --version
"$program" stream model.safetensors --binary f8 <frames.f8 >expected.f8
[ "$(wc -c <expected.f8)" -eq 3200 ] || fail "stream answered $(wc -c <expected.f8) bytes instead of 3200"

# A program in C, by pkg-config.
export PKG_CONFIG_PATH="$build/installed/lib/pkgconfig" LD_LIBRARY_PATH="$build/installed/lib"
# shellcheck disable=SC2046  # a list of words
cc -std=c99 -Wall -Wextra -Werror -pedantic "$examples/c/frames.c" $(pkg-config --cflags --libs kinemyo) -o frames
./frames model.safetensors <frames.f8 >c.f8
cmp expected.f8 c.f8
if ./frames absent.safetensors <frames.f8 2>absent.txt; then fail "an absent model was read"; fi
grep -q "absent.safetensors" absent.txt

# CMake, with the C interface alone.
cmake -S "$examples/cmake" -B control -G Ninja -DCMAKE_PREFIX_PATH="$build/installed" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build control >/dev/null
control/control model.safetensors 100

# MATLAB's MEX function, with a stand-in for MATLAB.
# shellcheck disable=SC2046
cc -std=gnu99 -Wall -Wextra -Werror -I"$here/mex" "$examples/matlab/kinemyo_predict.c" "$here/mex/main.c" \
  $(pkg-config --cflags --libs kinemyo) -o mex
./mex model.safetensors 12 <frames.f8 >mex.f8
cmp expected.f8 mex.f8
if ./mex model.safetensors 11 <frames.f8 2>columns.txt; then fail "frames of the wrong width were taken"; fi
grep -q "the model takes 12 numbers a frame, frames has 11 columns" columns.txt

# The library: small, showing only the C interface, and needing little.
strip -o stripped.so "$library"
size=$(wc -c <stripped.so)
[ "$size" -lt 5000000 ] || fail "libkinemyo.so has $size bytes stripped"
others=$(nm -D --defined-only "$library" | awk '{print $3}' | grep -v '^kinemyo_' || true)
[ -z "$others" ] || fail "libkinemyo.so shows $others"
needed=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
for name in $needed; do
  case $name in
    libstdc++.so.*|libgcc_s.so.*|libm.so.*|libc.so.*|libhwy.so.*|libpthread.so.*|ld-linux*) ;;
    *) fail "libkinemyo.so needs $name" ;;
  esac
done
echo "libkinemyo.so: $size bytes stripped, needs" $needed
cd "$build"
rm -rf "$build/installed" "$build/consumer"
