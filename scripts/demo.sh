#!/bin/sh
# The main job on sample people: recordings, prepared store, training, a test on a person not seen, a report.
# Usage: scripts/demo.sh KINEMYO DIR
set -eu
kinemyo=$1
dir=$2
mkdir -p "$dir"

say() { printf '\n== %s\n' "$*" >&2; }

say "Sample people: 6 people moving (synthetic, made by a body model)"
"$kinemyo" synth "$dir/people" --subjects 6 --trials 2 --seconds 6 --seed 1

say "One prepared store: trials kept apart, EMG enveloped at its own rate, gaps marked"
"$kinemyo" prepare "$dir/people/c3d" --out "$dir/people.h5"

say "Training joint angles and muscles; the person S6 is kept out"
"$kinemyo" train "$dir/people.h5" --recipe angles --test S6 --epochs 12 --out "$dir/angles.safetensors"
"$kinemyo" train "$dir/people.h5" --recipe emg --test S6 --out "$dir/emg.safetensors"
"$kinemyo" train "$dir/people.h5" --recipe emg-live --test S6 --out "$dir/emg-live.safetensors"
"$kinemyo" train "$dir/people.h5" --recipe keypoints-live --test S6 --out "$dir/keypoints.safetensors"

say "Testing on the person that was kept out"
"$kinemyo" evaluate "$dir/angles.safetensors" "$dir/people.h5"
"$kinemyo" evaluate "$dir/emg.safetensors" "$dir/people.h5"

say "The report"
"$kinemyo" report "$dir/angles.safetensors" "$dir/people.h5" --out "$dir/report.html" --figures "$dir/figures"
"$kinemyo" report "$dir/emg.safetensors" "$dir/people.h5" --out "$dir/report-emg.html"

# What a phone's camera would have seen of the person that was kept out, as live use takes it.
"$kinemyo" predict "$dir/keypoints.safetensors" "$dir/people/video/S6_keypoints.csv" --live --emg "$dir/emg-live.safetensors" \
  --out "$dir/live.csv"
printf '\nOpen %s/report.html (joint angles) and %s/report-emg.html (muscles) in a browser.\n' "$dir" "$dir" >&2
printf '\nLive, from a camera: run\n\n  %s serve %s/keypoints.safetensors --emg %s/emg-live.safetensors\n\nand open the address that it prints; --listen 0.0.0.0 for a phone, --replay %s/people/video/S6_keypoints.csv --again\nto see it without a camera.\n' "$kinemyo" "$dir" "$dir" "$dir" >&2
