#!/bin/sh
# Installs what is missing for building (and, with "test", for testing; with "bench", what we are timed against)
# on Debian 12. Usage: scripts/install.sh [build|test|bench]. Needs root, or sudo.
set -eu
cd "$(dirname "$0")/.."

packages="build-essential cmake ninja-build pkg-config git ca-certificates
  libtorch-dev libopenblas0-openmp libeigen3-dev libhdf5-dev zlib1g-dev libhwy-dev
  libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libpugixml-dev libonnx-dev libprotobuf-dev
  libboost-dev libssl-dev libqrencode-dev"
if [ "${1:-build}" = test ]; then
  packages="$packages libgtest-dev libgmock-dev chromium fonts-dejavu-core python3"
fi
if [ "${1:-build}" = bench ]; then
  packages="$packages libsimbody-dev python3-numpy python3-scipy python3-pandas python3-torch"
fi
command -v node >/dev/null 2>&1 || packages="$packages nodejs"
command -v npm >/dev/null 2>&1 || packages="$packages npm"

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "install.sh: needs root or sudo to install:$missing" >&2; exit 1; }
    as_root=sudo
  fi
  echo "installing:$missing" >&2
  $as_root apt-get update -q >&2
  # shellcheck disable=SC2086  # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
fi

# The web page's parts, and what exported networks are tested in, in the exact versions of the lock files.
folders=web
[ "${1:-build}" != test ] || folders="web tests/exchange/onnxruntime"
for folder in $folders; do
  if [ ! -e $folder/node_modules/.package-lock.json ] || [ $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]; then
    (cd $folder && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  fi
done
