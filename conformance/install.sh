#!/bin/bash
# Installs the Debian packages the conformance tests need, those that are missing.
set -eu
packages=(
  user-mode-linux nfs-common iproute2 kmod util-linux gcc libc6-dev make # the guest and its NFS client
  xfsprogs e2fsprogs btrfs-progs                                         # the filesystems served
  git rsync tar diffutils sqlite3 fio stress-ng dbench attr acl          # what runs on the mounts
  restic borgbackup bacula-fd bacula-sd bacula-console                   # backup programs
  bacula-director bacula-director-sqlite3
)
missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
