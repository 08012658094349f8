#!/bin/sh
# Compiles types.c in several forms of debug information; needs gcc-riscv64-unknown-elf, clang-19 and lld-19.
set -eu
cd "$(dirname "$0")"
WORK=$(mktemp -d)
FLAGS="-O1 -ffreestanding -fno-common -fno-section-anchors -fdata-sections -nostdlib"
gcc() {
  riscv64-unknown-elf-gcc $FLAGS -march=rv64gc -mabi=lp64d -mcmodel=medany -Ttext=0x80000000 -e call_me \
    -Wl,--build-id=none,--no-warn-rwx-segments -ffile-prefix-map="$PWD"=. "$@" types.c
}
lld() {
  target=$1
  out=$2
  shift 2
  clang-19 --target="$target" -O1 -ffreestanding -fno-common -ffile-prefix-map="$PWD"=. "$@" -c -o "$WORK/types.o" types.c
  ld.lld-19 --image-base=0x10000 -e call_me --build-id=none -o "$out" "$WORK/types.o"
}
gcc -gdwarf-5 -o "$WORK/gcc-5.elf"
gcc -gdwarf-2 -gstrict-dwarf -o "$WORK/gcc-2.elf"
gcc -gdwarf-4 -fdebug-types-section -o "$WORK/gcc-4-units.elf"
lld riscv64 "$WORK/clang-5.elf" -march=rv64gc -mabi=lp64d -mcmodel=medany -mno-relax -gdwarf-5
lld powerpc-unknown-linux "$WORK/clang-3-big-endian.elf" -gdwarf-3
for file in "$WORK"/*.elf; do gzip -9nc "$file" > "$(basename "$file").gz"; done
rm -r "$WORK"
ls -l -- *.gz
