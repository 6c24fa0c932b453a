#!/bin/bash
# A filesystem of 320 MiB is filled: the program hears of it, what was synced is intact, freed space works again.
. /run/conformance/guest/prelude.sh

must mount_nfs
cd /mnt/nfs && seq 20000 >before && sync before || fail "before"
step "buffered writes with fsync"
must_fail "No space left on device" dd if=/dev/zero of=big bs=1M conv=fsync
step "direct writes"
must_fail "No space left on device" dd if=/dev/zero of=direct bs=1M oflag=direct
step "synchronous writes"
must_fail "No space left on device" dd if=/dev/zero of=synchronous bs=64k oflag=sync
step "an error of a write-back reaches close at the latest"
must_fail "No space left on device" dd if=/dev/urandom of=closed bs=1M count=32
must cmp before <(seq 20000)
[ "$(df --output=avail -B1M /mnt/nfs | tail -1)" -lt 64 ] || fail "df: $(df -h /mnt/nfs | tail -1)"

step "space freed"
must rm -f big direct synchronous closed
# btrfs gives space back at its next transaction.
sync -f /run/served
seq 2000000 >after && sync after || fail "writing after space was freed"
cd / && must umount /mnt/nfs && must mount_nfs
must cmp /mnt/nfs/after <(seq 2000000)
must cmp /mnt/nfs/before <(seq 20000)
