#!/bin/sh
# Puts Debian's OpenSBI and its copyright file into public/firmware/opensbi.
set -eu
. "$(dirname "$0")/debian.sh"

fetch opensbi
mkdir -p "$PUBLIC/firmware/opensbi"
install -m 644 "$WORK/root/opensbi/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin" "$PUBLIC/firmware/opensbi/fw_dynamic.bin"
install -m 644 "$WORK/root/opensbi/usr/share/doc/opensbi/copyright" "$PUBLIC/firmware/opensbi/copyright.txt"
