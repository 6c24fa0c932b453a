#!/bin/bash
# For SECONDS_LONG: synced records and verified random writes at once. Ends badly if either sees an error or lost data.
. /run/conformance/guest/prelude.sh

must mount_nfs
"$programs/markers" /mnt/nfs/markers "$SECONDS_LONG" &
markers=$!
end=$((SECONDS + SECONDS_LONG))
round=0
while [ $SECONDS -lt $end ]; do
  round=$((round + 1))
  fio --name=round --directory=/mnt/nfs --rw=randwrite --bsrange=4k-64k --size=8m --fsync=32 --end_fsync=1 \
    --ioengine=psync --verify=crc32c --verify_fatal=1 --randseed=$((SEED + round)) --fallocate=none >/tmp/fio.log 2>&1 ||
    fail "fio: $(tail -5 /tmp/fio.log)"
  echo 3 >/proc/sys/vm/drop_caches
done
wait $markers || fail "markers"
step "$round rounds of fio"
must umount /mnt/nfs
