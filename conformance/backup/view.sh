#!/bin/bash
# The backup view, walked day by day.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/backup/prelude.sh

# numbers DIRECTORY: what programs know an unchanged file by, a line for each name. The link counts and sizes of
# directories are the filesystem's own; and CephFS marks each cut by the ctime of the share's root.
from=$([ "$FILESYSTEM" = cephfs ] && echo 1 || echo 0)
numbers() {
  (cd "$1" && find . -mindepth "$from" -name .snapshot -prune -o -path ./.berth -prune -o -printf '%p\t%i %C@ %T@\0' | LC_ALL=C sort -z | tr '\n\0' '\001\n')
}
# fsid DIRECTORY, as the server tells it
fsid() {
  local device
  device=$(stat -c '%Hd:%Ld' "$1")
  awk -v device="$device" '$4 == device { print $5 }' /proc/fs/nfsfs/volumes
}
tell_fsids() { for share in "${shares[@]}"; do fsid "$view/$share"; done; }

step "the live shares"
mount_live
for index in "${!shares[@]}"; do numbers "$live/${shares[index]}" >"/tmp/live-$index"; done
unmount "$live"
step "monday: $(ask take monday)"
ask truth monday
mount_live

step "the shares go on changing"
(while [ ! -e /tmp/enough ]; do echo more >>"$live/${shares[0]}/odd/setuid" && sleep 0.2; done) &
writer=$!
must rm "$live/${shares[1]}/odd/secret"
must mv "$live/${shares[2]}/tree" "$live/${shares[2]}/renamed"

step "every share at its path"
mount_view
must [ "$(cd $view && find . -maxdepth 3 -path './shop/web/*' -prune -o -type d -print | LC_ALL=C sort)" = "$(
  printf '.\n./finance\n./finance/payroll\n./finance/payroll/%s\n./finance/payroll/db\n./shop\n./shop/web' "Ablage für 東京"
)" ]
for index in "${!shares[@]}"; do
  compare "$index" "$view/${shares[index]}"
  numbers "$view/${shares[index]}" >"/tmp/monday-$index"
  changed=$(diff "/tmp/live-$index" "/tmp/monday-$index" | head -10)
  [ -z "$changed" ] || fail "numbers or times are not the live file's: $changed"
done
kill -0 $writer || fail "the writer has ended"
tell_fsids >/tmp/fsids-monday
cat /tmp/fsids-monday
must [ "$(sort -u /tmp/fsids-monday | wc -l)" = 3 ]

step "its manifest beside each"
for index in "${!shares[@]}"; do
  must [ "$(ls -A "$view/${shares[index]}" | grep -cx .berth)" = 1 ]
  must [ "$(ls -A "$view/${shares[index]}/.berth")" = manifest.json ]
  must cp "$view/${shares[index]}/.berth/manifest.json" /run/exchange/manifest
  ask manifest "$index" monday
done

step "read by anybody on the machine of the backup"
must [ "$(setpriv --reuid 1234 --regid 1234 --clear-groups cat "$view/${shares[1]}/odd/secret")" = "for 1000 alone" ]

step "a mount that stays"
must mount_nfs /mnt/kept ro "/@$BACKUP/.backup"
must grep -q '"name": "monday"' "/mnt/kept/${shares[2]}/.berth/manifest.json"

step "nothing changes"
must mount_nfs /mnt/writable '' "/@$BACKUP/.backup"
cd /mnt/writable || fail "cd"
for change in "touch shop/web/new" "rm shop/web/odd/secret" "mkdir shop/web/new" "mv shop/web/odd shop/web/new" \
  "chmod 777 shop/web/odd/secret" "chown 1 shop/web/odd/secret" \
  "ln -s x shop/web/new" "ln shop/web/odd/secret shop/web/new" "mkfifo shop/web/new" "rmdir shop/web/odd/empty" \
  "touch shop/web/.berth/new" "rm shop/web/.berth/manifest.json" \
  "touch shop/new" "mkdir new" "mv shop new"; do
  # shellcheck disable=SC2086
  must_fail "Read-only file system" $change
done
# The client asks before it opens, and there is one word for no.
must_fail "Permission denied" truncate -s 0 shop/web/odd/secret
must_fail "Permission denied" truncate -s 0 shop/web/.berth/manifest.json
cd /
unmount /mnt/writable
unmount $view

step "that token opens nothing else, and no other token this"
for place in / "/${shares[0]}" "/${shares[2]}/.snapshot/monday"; do must_refuse_mount "$BACKUP" "$place"; done
for place in /.backup "/.backup/${shares[0]}"; do must_refuse_mount "$WORKER" "$place"; done
must_refuse_mount "$BACKUP" /.backup/@sunday

step "tuesday, from another process of the gateway"
ask restart
touch /tmp/enough
wait $writer || fail "the writer"
unmount "$live"
change
ask take tuesday >/dev/null
ask truth tuesday

step "in the mount that stayed, as soon as its client asks again"
waited=0
# acdirmax, nfs(5), and a little.
until grep -q '"name": "tuesday"' "/mnt/kept/${shares[2]}/.berth/manifest.json"; do
  [ $((waited += 5)) -le 70 ] || fail "it still has monday"
  sleep 5
done
step "after $waited s"
compare 2 "/mnt/kept/${shares[2]}"
unmount /mnt/kept

step "in a fresh mount"
mount_view
for index in "${!shares[@]}"; do
  compare "$index" "$view/${shares[index]}"
  numbers "$view/${shares[index]}" >"/tmp/tuesday-$index"
done
tell_fsids | must cmp - /tmp/fsids-monday
# What did not change has the same numbers, times and name: all but about one in a hundred.
same=$(comm -12 <(LC_ALL=C sort /tmp/monday-0) <(LC_ALL=C sort /tmp/tuesday-0) | wc -l)
all=$(wc -l </tmp/tuesday-0)
step "$same of $all are as they were"
must [ $((same * 100)) -ge $((all * 97)) ]
# Of what moved, the numbers are the same.
must [ "$(sed -nE 's/^.\/tree\t([0-9]+) .*/\1/p' /tmp/monday-2)" = "$(sed -nE 's/^.\/renamed\t([0-9]+) .*/\1/p' /tmp/tuesday-2)" ]

step "one share alone is newer"
ask takeWeb wednesday
unmount $view
mount_view
must grep -q '"name": "wednesday"' "$view/shop/web/.berth/manifest.json"
must grep -q '"name": "tuesday"' "$view/${shares[0]}/.berth/manifest.json"
unmount $view

step "by name"
mount_view /@monday
ask truth monday
for index in "${!shares[@]}"; do
  compare "$index" "$view/${shares[index]}"
  must cmp <(numbers "$view/${shares[index]}") "/tmp/monday-$index"
done
unmount $view
mount_view /@wednesday
must [ "$(ls $view)" = shop ]
unmount $view
mount_view "/@monday/${shares[0]}/odd"
must [ -p $view/fifo ]
unmount $view

step "seen in the audit"
ask audit
