#!/bin/bash
# fio writes patterns with checksums and positions, and verifies them. Each job is its own file; at the end all are
# verified again after a fresh mount, from the server's disk.
. /run/conformance/guest/prelude.sh

must mount_nfs
mkdir /mnt/nfs/fio
size=$(in_full 256m 8m)
common=(--directory=/mnt/nfs/fio --size="$size" --verify=crc32c --verify_fatal=1 --randseed="$SEED" --output-format=terse
  --group_reporting --fallocate=none)
# User-mode Linux maps each page of a guest's process by itself, and its host allows 65,530 maps (vm.max_map_count).
declare -A jobs=(
  [sequential-1m]="--rw=write --bs=1m --ioengine=psync --end_fsync=1"
  [random-4k]="--rw=randwrite --bs=4k --ioengine=psync --end_fsync=1"
  [random-mixed]="--rw=randwrite --bsrange=4k-1m --bs_unaligned=1 --norandommap=0 --ioengine=psync --fsync=64"
  [mmap]="--rw=randwrite --bs=4k --ioengine=mmap --fsync=256 --size=$(in_full 128m 4m)"
  [direct-64k]="--rw=randwrite --bs=64k --ioengine=psync --direct=1"
  [direct-async]="--rw=randwrite --bs=16k --ioengine=libaio --iodepth=16 --direct=1"
  [sync-16k]="--rw=randwrite --bs=16k --ioengine=psync --sync=1 --size=$(in_full 64m 4m)"
  [readwrite]="--rw=randrw --bs=32k --ioengine=psync --fdatasync=32"
)
for name in "${!jobs[@]}"; do
  step "$name"
  # shellcheck disable=SC2086
  fio "${common[@]}" --name="$name" ${jobs[$name]} >/tmp/fio.log 2>&1 || fail "$name: $(tail -5 /tmp/fio.log)"
done

must umount /mnt/nfs && must mount_nfs
for name in "${!jobs[@]}"; do
  [ "$name" = random-mixed ] && continue # Overlapping blocks of several sizes can be verified only as they are written.
  step "$name again, after a fresh mount"
  # shellcheck disable=SC2086
  fio "${common[@]}" --name="$name" ${jobs[$name]} --verify_only >/tmp/fio.log 2>&1 || fail "$name: $(tail -5 /tmp/fio.log)"
done
