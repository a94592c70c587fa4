#!/bin/sh
# A prepared store of 70 windows of 500 frames of recipe original-angles, and the same windows as .npy for the peer.
# make_windows.sh KINEMYO FOLDER
set -eu
"$1" synth "$2/walkers" --subjects 1 --activities Walking,NormalSquat,SideLunge,Dusting,PickObject --trials 7 --seconds 15 --seed 1 \
  --format c3d > /dev/null
"$1" prepare "$2/walkers/c3d" --emg-dead 0.001 --out "$2/windows.h5" > /dev/null
"$1" train "$2/windows.h5" --recipe original-angles --epochs 1 --dump-peer "$2/windows" --out "$2/first.safetensors" > /dev/null
