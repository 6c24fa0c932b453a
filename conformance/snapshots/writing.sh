#!/bin/bash
# Nobody who writes notices a snapshot, but by waiting a moment.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

must mount_nfs /mnt/busy '' "/@$TOKEN/busy"

step "a verifying fio"
fio --name=verified --directory=/mnt/busy --size=16m --bs=4k --rw=randwrite --verify=crc32c --do_verify=1 \
  --fsync=16 --numjobs=2 --time_based --runtime=20 >/tmp/fio.log 2>&1 &
fio=$!
sleep 3
ask take 10
wait $fio || fail "fio: $(tail -20 /tmp/fio.log)"

step "files made, renamed and removed"
(
  for i in $(seq "$SOURCE"); do
    mkdir -p "/mnt/busy/t/$((i % 10))" && echo "$i" >"/mnt/busy/t/new-$i" && mv "/mnt/busy/t/new-$i" "/mnt/busy/t/$((i % 10))/$i" || exit 1
    if [ $((i % 3)) = 0 ]; then rm "/mnt/busy/t/$((i % 10))/$i" || exit 1; fi
  done
) &
maker=$!
ask take 5
wait $maker || fail "a change failed"
must [ "$(find /mnt/busy/t -type f | wc -l)" = $((SOURCE - SOURCE / 3)) ]
