#!/bin/bash
# STEP fill: files in all shares. STEP compare: they are there after the catalog was lost and rebuilt.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

shares=(shop/files finance/payroll/Gehälter in-the-default-store after deleted)
describe() { (cd "$1" && find . -type f -exec md5sum {} + | sort && find . -printf '%P %m %U %G %s %l\n' | sort); }

must_mount() { must mount_with "$TOKEN" / /mnt/root; }

if [ "$STEP" = fill ]; then
  must_mount
  for share in "${shares[@]}"; do
    must mkdir -p "/mnt/root/$share/folder"
    for number in $(seq 20); do echo "$share $number" >"/mnt/root/$share/folder/$number" || fail "write"; done
    must ln -s folder/7 "/mnt/root/$share/link"
    describe "/mnt/root/$share" >"/run/exchange/${share//\//-}.before"
  done
  ask delete
else
  must_fail "access denied by server" mount_with "$OLD" /shop/files /mnt/refused
  ask undelete
  must_mount
  for share in "${shares[@]}"; do
    describe "/mnt/root/$share" >/tmp/after
    must diff "/run/exchange/${share//\//-}.before" /tmp/after
    must touch "/mnt/root/$share/new"
  done
fi
