#!/bin/sh
# Compiles the two programs in several forms of debug information; needs gcc-riscv64-unknown-elf, clang-19 and lld-19.
set -eu
cd "$(dirname "$0")"
WORK=$(mktemp -d)
LAYOUT=$PWD/variables.ld
FLAGS="-ffreestanding -fno-common -nostdlib -march=rv64gc -mabi=lp64d -mcmodel=medany"
gcc() {
  riscv64-unknown-elf-gcc $FLAGS -T "$LAYOUT" -Wl,--build-id=none,--no-warn-rwx-segments \
    -ffile-prefix-map="$PWD"=. "$@"
}
clang() {
  out=$1
  shift
  clang-19 --target=riscv64 $FLAGS -mno-relax -ffile-prefix-map="$PWD"=. "$@" -c -o "$WORK/$out.o"
  ld.lld-19 -T "$LAYOUT" --build-id=none -o "$WORK/$out.elf" "$WORK/$out.o"
}
gcc -O0 -gdwarf-5 -o "$WORK/gcc-O0-5.elf" variables.c
gcc -O2 -gdwarf-5 -o "$WORK/gcc-O2-5.elf" variables.c
gcc -O2 -gdwarf-4 -o "$WORK/gcc-O2-4.elf" variables.c
gcc -O1 -gdwarf-3 -o "$WORK/gcc-O1-3.elf" variables.c
clang clang-O2-5 -O2 -gdwarf-5 variables.c
clang clang-O1-4 -O1 -gdwarf-4 variables.c
gcc -O2 -gdwarf-5 -o "$WORK/optimized-gcc-O2-5.elf" optimized.c
gcc -O2 -gdwarf-4 -o "$WORK/optimized-gcc-O2-4.elf" optimized.c
clang optimized-clang-O2-5 -O2 -gdwarf-5 -Wno-unknown-attributes optimized.c
for file in "$WORK"/*.elf; do gzip -9nc "$file" > "$(basename "$file").gz"; done
rm -r "$WORK"
ls -l -- *.gz
