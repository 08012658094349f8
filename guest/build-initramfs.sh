#!/bin/sh
# Builds public/guests/linux/initramfs.cpio.gz from a static busybox, the files of linux/rootfs and the programs of linux/demos.
set -eu
. "$(dirname "$0")/debian.sh"

fetch busybox-static
record_installed gcc-riscv64-linux-gnu
STAGE=$WORK/initramfs
rm -rf "$STAGE"
mkdir -p "$STAGE/bin" "$STAGE/dev/pts" "$STAGE/proc" "$STAGE/sys" "$STAGE/tmp" "$STAGE/mnt" "$STAGE/run" "$STAGE/usr" "$STAGE/var"
cp -R "$GUEST/linux/rootfs/." "$STAGE/"
chmod 755 "$STAGE/etc/rc" "$STAGE/etc/console" "$STAGE/root/look"

install -m 755 "$WORK/root/busybox-static/usr/bin/busybox" "$STAGE/bin/busybox"
# One folder holds all; a link an applet costs the boot less than `busybox --install`.
node "$GUEST/applets.mjs" "$STAGE/bin/busybox" | while read -r applet; do ln -s busybox "$STAGE/bin/$applet"; done
ln -s bin "$STAGE/sbin"
ln -s ../bin "$STAGE/usr/bin"
ln -s ../bin "$STAGE/usr/sbin"
ln -s ../run "$STAGE/var/run"
ln -s bin/init "$STAGE/init"

mkdir -p "$STAGE/root/src"
for source in "$GUEST"/linux/demos/*.c; do
  name=$(basename "$source" .c)
  riscv64-linux-gnu-gcc -march=rv64gc -mabi=lp64d -O1 -fno-omit-frame-pointer -Wall -Wextra -Werror -ffreestanding -fno-pie \
    -nostdlib -static -Wl,--build-id=none -Wl,-z,norelro -s -o "$STAGE/root/$name" "$source"
done
cp "$GUEST"/linux/demos/*.c "$GUEST"/linux/demos/*.h "$STAGE/root/src/"

mkdir -p "$PUBLIC/guests/linux"
node "$GUEST/cpio.mjs" "$STAGE" "$PUBLIC/guests/linux/initramfs.cpio.gz"
