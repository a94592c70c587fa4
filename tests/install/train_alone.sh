#!/bin/sh
# bench/train_alone builds with LibTorch alone, without Highway too, and learns, in 32 bits and in 16.
# train_alone.sh SOURCE BUILD
set -eu
cmake -S "$1/bench/train_alone" -B "$2/train_alone" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_DISABLE_FIND_PACKAGE_hwy=ON > "$2/train_alone.log" 2>&1 || {
  cat "$2/train_alone.log"; exit 1; }
cmake --build "$2/train_alone" >> "$2/train_alone.log" 2>&1 || { tail -40 "$2/train_alone.log"; exit 1; }
for precision in fp32 bf16; do
  "$2/train_alone/train_alone" --precision $precision --frames 40 --hidden 32 --steps 30 | tee "$2/train_alone.$precision"
  # Every line's loss has fallen by a tenth at least.
  awk -F'[:,}]' '{ for (i = 1; i < NF; i++) { if ($i ~ /first_loss/) first = $(i + 1); if ($i ~ /last_loss/) last = $(i + 1) }
    lines++; if (!(last < 0.9 * first)) { print "the loss did not fall: " $0; bad = 1 } } END { exit bad || lines == 0 }' \
    "$2/train_alone.$precision"
done
