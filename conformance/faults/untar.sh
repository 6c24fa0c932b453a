#!/bin/bash
# Unpacks trees for SECONDS_LONG, comparing each with its archive.
. /run/conformance/guest/prelude.sh

must mount_nfs
end=$((SECONDS + SECONDS_LONG))
round=0
while [ $SECONDS -lt $end ]; do
  round=$((round + 1))
  mkdir /mnt/nfs/$round || [ -d /mnt/nfs/$round ] || fail "mkdir"
  must tar -C /mnt/nfs/$round --numeric-owner -xpf /run/exchange/small/tree.tar
  echo 3 >/proc/sys/vm/drop_caches
  must tar -C /mnt/nfs/$round --numeric-owner --compare -f /run/exchange/small/tree.tar
  step "tree $round unpacked and compared"
done
must umount /mnt/nfs
