#!/bin/sh
# Builds the bare-metal programs, public/guests/NAME.elf, and copies their sources to where their debug information points.
set -eu
. "$(dirname "$0")/debian.sh"

mkdir -p "$WORK"
record_installed gcc-riscv64-unknown-elf
record_installed binutils-riscv64-unknown-elf
OUT=$PUBLIC/guests
OBJECTS=$WORK/programs
rm -rf "$OBJECTS" "$OUT/src"
mkdir -p "$OUT/src"
# Compiled from this folder and with this folder's name taken out, so that file names in the ELF are relative to guests/src.
cd "$GUEST/programs"
CC="riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d -mcmodel=medany"
CFLAGS="-g -gdwarf-5 -Og -fno-omit-frame-pointer -ffreestanding -fno-common -ffunction-sections -fdata-sections -Wall -Wextra -Werror
  -ffile-prefix-map=$PWD=. -Wa,--debug-prefix-map=$PWD=."

cp -R board "$OUT/src/board"
for name in hello timer processes fault hang; do
  mkdir -p "$OBJECTS/$name"
  objects=
  for source in board/start.S board/supervisor.S board/board.c board/sv39.c "$name"/*.[cS]; do
    object=$OBJECTS/$name/$(basename "$source" | sed 's/\.[cS]$//').o
    $CC $CFLAGS -c -o "$object" "$source"
    objects="$objects $object"
  done
  $CC -nostdlib -nostartfiles -static -T board/link.ld -Wl,--build-id=none -Wl,--gc-sections -o "$OUT/$name.elf" $objects
  chmod 644 "$OUT/$name.elf"
  cp -R "$name" "$OUT/src/$name"
done
ls -l "$OUT"/*.elf
