#!/bin/bash
# Verified writes and changes of names in a share, while the harness moves it about.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

verified_writes() {
  local round=0
  until [ -e /tmp/enough ]; do
    round=$((round + 1))
    fio --name=move --directory=/mnt/nfs --rw=randrw --bsrange=4k-64k --size=16m --fsync=64 --end_fsync=1 \
      --ioengine=psync --verify=crc32c --verify_fatal=1 --randseed=$((SEED + round)) --fallocate=none \
      >/tmp/fio.log 2>&1 || { touch /tmp/fio-failed && return 1; }
    echo 3 >/proc/sys/vm/drop_caches
  done
  echo $round >/tmp/fio-rounds
}

changes_of_names() {
  local round=0
  until [ -e /tmp/enough ]; do
    round=$((round + 1))
    mkdir /mnt/nfs/d && echo "$round" >/mnt/nfs/d/f && ln /mnt/nfs/d/f /mnt/nfs/d/g && mv /mnt/nfs/d/f /mnt/nfs/h &&
      [ "$(cat /mnt/nfs/h /mnt/nfs/d/g | uniq)" = $round ] && rm /mnt/nfs/d/g /mnt/nfs/h && rmdir /mnt/nfs/d ||
      { touch /tmp/names-failed && return 1; }
  done
  echo $round >/tmp/name-rounds
}

must mount_nfs /mnt/nfs '' "/@$TOKEN/finance/payroll/db"
must mount_with "$TOKEN" / /mnt/root
must mkdir /mnt/nfs/kept
seq 100000 >/mnt/nfs/kept/numbers || fail "write"
exec 8<>/mnt/nfs/kept/open
cd /mnt/nfs/kept || fail "cd"
verified_writes &
writer=$!
changes_of_names &
names=$!
for round in $(seq "$(in_full 60 4)"); do
  step "round $round of moves"
  ask around "$round"
  [ -e /tmp/fio-failed ] && fail "fio: $(tail -5 /tmp/fio.log)"
  [ -e /tmp/names-failed ] && fail "changes of names"
  echo "$round" >&8 || fail "the open file"
  must [ "$(tail -1 numbers)" = 100000 ]
done
touch /tmp/enough
wait $writer || fail "fio: $(tail -5 /tmp/fio.log)"
wait $names || fail "changes of names"
step "$(cat /tmp/fio-rounds) rounds of fio, $(cat /tmp/name-rounds) of names"

step "mounted by the new path, and by the old one for a while"
ask to /hr/pay/main 6
since=$SECONDS
must mount_with "$TOKEN" /hr/pay/main /mnt/moved
must mount_with "$TOKEN" /finance/payroll/db/kept /mnt/alias
[ $((SECONDS - since)) -lt 6 ] || fail "the machine is too slow to see the alias"
must cmp /mnt/moved/kept/numbers <(seq 100000)
must cmp /mnt/alias/numbers <(seq 100000)
must [ "$(wc -l <open)" = "$round" ]
must cmp /mnt/root/hr/pay/main/kept/numbers <(seq 100000)
must_fail "No such file or directory" ls /mnt/root/finance/payroll/db
sleep $((7 - SECONDS + since))
must_fail "No such file or directory" mount_with "$TOKEN" /finance/payroll/db /mnt/refused
must [ "$(tail -1 /mnt/alias/numbers)" = 100000 ]

step "out of reach, and back: what was mounted stays dead"
must mount_with "$LIMITED" /hr/pay/main /mnt/limited
must ls /mnt/limited/kept
ask to /elsewhere/main
must_fail "Permission denied" ls /mnt/limited/kept
ask to /hr/pay/main
must_fail "Permission denied" ls /mnt/limited/kept
must mount_with "$LIMITED" /hr/pay/main /mnt/limited-again
must ls /mnt/limited-again/kept
must touch new
