# Sourced by the build scripts: fetches Debian packages of another suite and architecture without touching the system's own apt.
# Nothing that is fetched is run here. WORK is a scratch folder; packages.txt records the versions that were used.

GUEST=$(cd "$(dirname "$0")" && pwd)
PUBLIC=$GUEST/../public
WORK=${VITRINE_WORK:-${TMPDIR:-/tmp}/vitrine-guest}
SUITE=trixie

# The date that stands in every image, so that a rebuild gives the same bytes (2025-01-01 00:00 UTC).
export SOURCE_DATE_EPOCH=1735689600
export LC_ALL=C TZ=UTC
umask 022

prepare_apt() {
  [ -f "$WORK/apt/ready" ] && return
  mkdir -p "$WORK/apt/state/lists/partial" "$WORK/apt/cache/archives/partial"
  : > "$WORK/apt/state/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $SUITE main" > "$WORK/apt/sources.list"
  cat > "$WORK/apt/apt.conf" <<CONF
APT::Architecture "riscv64";
APT::Architectures { "riscv64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$WORK/apt/state";
Dir::State::status "$WORK/apt/state/status";
Dir::Cache "$WORK/apt/cache";
Dir::Etc::sourcelist "$WORK/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
  APT_CONFIG=$WORK/apt/apt.conf apt-get -q update
  touch "$WORK/apt/ready"
}

# fetch PACKAGE: unpacks the suite's riscv64 (or arch:all) package into $WORK/root/PACKAGE and records its version.
fetch() {
  prepare_apt
  if [ ! -d "$WORK/root/$1" ]; then
    mkdir -p "$WORK/debs/$1" "$WORK/root"
    (cd "$WORK/debs/$1" && APT_CONFIG=$WORK/apt/apt.conf apt-get -q download "$1")
    dpkg-deb -x "$WORK/debs/$1"/*.deb "$WORK/root/$1.part"
    mv "$WORK/root/$1.part" "$WORK/root/$1"
  fi
  record "$1" "$(dpkg-deb -f "$WORK/debs/$1"/*.deb Version)" "$SUITE"
}

# record NAME VERSION SUITE: one line a package in packages.txt, from which the manifest takes the origins.
record() {
  { grep -v "^$1 " "$GUEST/packages.txt" 2>/dev/null || true; echo "$1 $2 $3"; } | sort > "$WORK/packages.txt"
  cp "$WORK/packages.txt" "$GUEST/packages.txt"
}

# record_installed NAME: the same for a package of the building system, such as the compiler.
record_installed() {
  record "$1" "$(dpkg-query -W -f '${Version}' "$1")" "$(. /etc/os-release && echo "$VERSION_CODENAME")"
}
