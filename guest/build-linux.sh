#!/bin/sh
# Builds public/guests/linux/{Image.gz,vmlinux.symbols.gz,offsets.json} from Debian's linux-source-6.12 and linux/kernel.config.
# Takes about ten minutes on two processors. JOBS sets make's -j.
set -eu
. "$(dirname "$0")/debian.sh"

fetch linux-source-6.12
record_installed gcc-riscv64-linux-gnu
record_installed binutils-riscv64-linux-gnu
TREE=$WORK/linux-source-6.12
OUT=$PUBLIC/guests/linux
[ -d "$TREE" ] || tar -C "$WORK" -xf "$WORK/root/linux-source-6.12/usr/src/linux-source-6.12.tar.xz"
mkdir -p "$OUT"
cd "$TREE"

export ARCH=riscv CROSS_COMPILE=riscv64-linux-gnu-
export KBUILD_BUILD_TIMESTAMP=2025-01-01 KBUILD_BUILD_VERSION=1 KBUILD_BUILD_USER=vitrine KBUILD_BUILD_HOST=vitrine
make -s tinyconfig
scripts/kconfig/merge_config.sh -m .config "$GUEST/linux/kernel.config" > "$WORK/merge.log"
make -s olddefconfig

# Kconfig drops in silence what its dependencies forbid, and selects what others need.
grep '^CONFIG_' "$GUEST/linux/kernel.config" | while IFS='=' read -r name value; do
  if [ "$value" = n ]; then
    ! grep -q "^$name=" .config || { echo "kernel.config: $name=n did not take effect" >&2; exit 1; }
  else
    grep -qx "$name=$value" .config || { echo "kernel.config: $name=$value did not take effect" >&2; exit 1; }
  fi
done

make -j"${JOBS:-2}" Image
gzip -9nc arch/riscv/boot/Image > "$OUT/Image.gz"

# What /proc/kallsyms leaves out is left out here too: absolute and undefined symbols, and the assembler's local labels.
riscv64-linux-gnu-nm -n vmlinux | grep -Ev ' [aUw] |[.$]L|\$[xd]' | gzip -9nc > "$OUT/vmlinux.symbols.gz"

cp "$GUEST/linux/offsets.c" kernel/vitrine-offsets.c
make -s kernel/vitrine-offsets.s
node "$GUEST/linux/offsets.mjs" kernel/vitrine-offsets.s "$(cat include/config/kernel.release)" "$OUT/offsets.json"
ls -l "$OUT"
