#!/bin/bash
# Verified writes and changes of names in a share, while the harness moves it about.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/access/work.sh

must mount_nfs /mnt/nfs '' "/@$TOKEN/finance/payroll/db"
must mount_with "$TOKEN" / /mnt/root
must mkdir /mnt/nfs/kept
seq 100000 >/mnt/nfs/kept/numbers || fail "write"
exec 8<>/mnt/nfs/kept/open
cd /mnt/nfs/kept || fail "cd"
begin_work
for round in $(seq "$(in_full 60 4)"); do
  step "round $round of moves"
  ask around "$round"
  work_goes_on
  echo "$round" >&8 || fail "the open file"
  must [ "$(tail -1 numbers)" = 100000 ]
done
end_work
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
