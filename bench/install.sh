#!/bin/sh
# Installs what `npm run bench` needs and this machine lacks (Debian, Ubuntu; root). Does nothing when all is there.
set -eu

packages="gcc libc6-dev xfsprogs util-linux iproute2 nfs-ganesha nfs-ganesha-vfs rpcbind"
missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "bench/install.sh: run as root to install:$missing" >&2
  exit 1
fi

# Packages start their services on installation. The benchmark runs its own, so none is wanted: exit status 101 forbids
# it (invoke-rc.d(8)). A policy that is already there is left alone.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

apt-get update -q
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
