/** What runs in the guest while a Debian image is made, and the files by which it is set up for a virtual machine. */

/** A line of the guest's console that begins so says how far it is. */
export const PROGRESS = "second-stage: ";
/** The last such line if all went well. */
export const DONE = "done";

/** First program of the second stage: mounts the disk, configures what lies on it, switches off. */
export const INIT = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do insmod "$module"; done
tries=0
until [ -b /dev/vda ] || [ $tries = 100 ]; do usleep 100000; tries=$((tries + 1)); done
result="no disk"
if mount -t ext4 /dev/vda /mnt; then
  for name in proc sys dev; do mount --bind /$name /mnt/$name; done
  mkdir -p /mnt/dev/pts
  mount -t devpts devpts /mnt/dev/pts
  mount -t tmpfs tmpfs /mnt/run
  mount -t tmpfs tmpfs /mnt/tmp
  cp /configure /mnt/tmp/configure
  result=failed
  chroot /mnt /bin/sh /tmp/configure && result=${DONE}
  umount /mnt/dev/pts /mnt/dev /mnt/proc /mnt/sys /mnt/run /mnt/tmp
  umount /mnt || result="the disk is still in use"
fi
echo "${PROGRESS}$result"
poweroff -f
`;

/**
 * What debootstrap's second stage does (debootstrap(8)), in the new system as its root: the packages are unpacked; here their
 * scripts run and dpkg configures them.
 */
export const CONFIGURE = `set -e
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
export HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true
echo "${PROGRESS}scripts that come before unpacking"
cd /var/lib/dpkg/info
for script in base-passwd.preinst $(ls | grep '[.]preinst$' | grep -v '^base-passwd[.]'); do
  package=\${script%.preinst}
  DPKG_ROOT= DPKG_ADMINDIR=/var/lib/dpkg DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_PACKAGE=\${package%:*} \\
    DPKG_MAINTSCRIPT_ARCH=$(dpkg --print-architecture) DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 ./$script install
done
cd /
echo "${PROGRESS}packages on which the others' scripts rely"
dpkg --configure --force-depends base-passwd mawk debianutils
echo "${PROGRESS}all packages but the kernel"
dpkg --configure $(dpkg-query -W -f '\${db:Status-Status} \${binary:Package}\n' | sed -n 's/^unpacked //p' | grep -v '^linux-image')
# Last, so that its initrd is made once.
echo "${PROGRESS}kernel and initrd"
dpkg --configure -a
passwd -d root
# Without a network they can only fail.
systemctl mask apt-daily.timer apt-daily-upgrade.timer
audit=$(dpkg --audit)
[ -z "$audit" ] || { echo "$audit"; exit 1; }
sync
`;

const AUTOLOGIN = (arguments_: string) =>
  `[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root ${arguments_}\n`;

/** Files of the image, by path. `source` is a line of apt's sources. */
export function setUpFiles(mirror: string, suite: string): Readonly<Record<string, string>> {
  return {
    "etc/hostname": "debian\n",
    "etc/hosts": "127.0.0.1\tlocalhost debian\n::1\tlocalhost\n",
    "etc/fstab": "/dev/vda / ext4 errors=remount-ro 0 1\n",
    "etc/apt/sources.list.d/debian.sources":
      `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\n` +
      "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
    "etc/systemd/system/serial-getty@.service.d/autologin.conf": AUTOLOGIN(
      "--keep-baud 115200,57600,38400,9600 - $TERM",
    ),
    "etc/systemd/system/getty@.service.d/autologin.conf": AUTOLOGIN("--noclear - $TERM"),
    // The initrd finds a virtio disk, console or shared folder, on whatever machine it was made.
    "etc/initramfs-tools/conf.d/virtual-machine": "MODULES=list\nCOMPRESSLEVEL=1\n",
    "usr/share/initramfs-tools/modules.d/virtual-machine":
      "virtio_mmio\nvirtio_blk\nvirtio_console\nvirtio_rng\next4\ncrc32c_generic\n9p\n9pnet_virtio\n",
  };
}
