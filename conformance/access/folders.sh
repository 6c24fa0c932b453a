#!/bin/bash
# The namespace walked from its root and from a folder, as far as the token may see it.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

device() { stat -c %d "$1"; }

step "the root"
must mount_with "$TOKEN" / /mnt/root
cd /mnt/root || fail "cd"
wanted='a
a/b
a/b/c
a/b/c/d
a/b/c/d/e
a/b/c/d/e/f
a/b/c/d/e/f/deep
empty
finance
finance/payroll
finance/payroll/Ablage für 東京
finance/payroll/db
shop
shop/web'
found=$(find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort)
[ "$found" = "$wanted" ] || fail "found $found"
must_fail "No such file or directory" ls hidden
must_fail "No such file or directory" ls finance/ledger

step "shares are filesystems of their own"
declare -A seen
for directory in . finance/payroll/db "finance/payroll/Ablage für 東京" shop/web a/b/c/d/e/f/deep; do
  number=$(device "$directory")
  [ -z "${seen[$number]:-}" ] || fail "$directory and ${seen[$number]} are one filesystem"
  seen[$number]=$directory
done
must [ "$(device finance/payroll)" = "$(device .)" ]
# find -xdev names the mount points themselves, and goes no further.
touch shop/web/file || fail "write"
must [ -z "$(find . -xdev -name file)" ]
must [ "$(find . -name file)" = ./shop/web/file ]
must [ "$(df --output=size finance/payroll/db | tail -1 | tr -d ' ')" = 65536 ]
must [ "$(df --output=target shop/web | tail -1)" = /mnt/root/shop/web ]
must df .
must [ "$(ls finance/payroll/db/..)" = "$(ls finance/payroll)" ]

step "work in shares"
seq 1000 >finance/payroll/db/written || fail "write"
ask written
must mv finance/payroll/db/written shop/web/moved
must cmp shop/web/moved <(seq 1000)
must_fail "Invalid cross-device link" ln shop/web/moved finance/payroll/db/linked

step "folders are not changed"
for change in "touch new" "mkdir new" "mkdir finance/new" "rmdir empty" "mv empty full" "ln -s empty link" \
  "chmod 700 empty" "chown 1000 empty" "mv shop/web/moved ." "mkfifo fifo" "touch empty"; do
  # shellcheck disable=SC2086
  must_fail "Read-only file system" $change
done
must [ -e shop/web/moved ]
must_fail "busy" rmdir shop/web
must_fail "busy" mv shop/web shop/store

step "a folder"
must mount_with "$TOKEN" /finance/payroll /mnt/folder
must [ "$(ls /mnt/folder)" = "$(ls finance/payroll)" ]
must touch /mnt/folder/db/file
must [ "$(ls finance/payroll/db)" = file ]
ask above

step "what comes and goes"
must [ ! -e new ]
ask add
must [ "$(ls new)" = share ]
must touch new/share/file
ask remove
must_fail "" within 20 ls new/share/file
must [ -z "$(ls -A new)" ]
must [ -e shop/web/file ]
ask deny
must_fail "No such file or directory" ls shop/web
must [ "$(ls -A)" = $'a\nempty\nfinance\nnew' ]
must touch finance/payroll/db/later

step "the token revoked"
ask revoke
must_fail "Permission denied" ls finance/payroll/db
must_fail "Permission denied" ls /mnt/folder/db
must_fail "Permission denied" ls .
cd /
