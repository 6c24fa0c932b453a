#!/bin/bash
# Tokens of two applications on one machine. The harness made the shares /finance/payroll/db, /shop/files and
# /finance/ledger, and the tokens.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

step "two tokens at once"
must mount_with "$PAYROLL" /finance/payroll/db /mnt/payroll
must mount_with "$SHOP" /shop/files /mnt/shop
echo payroll >/mnt/payroll/file && echo shop >/mnt/shop/file || fail "write"
must [ "$(cat /mnt/payroll/file) $(cat /mnt/shop/file)" = "payroll shop" ]
must [ "$(ls /mnt/payroll) $(ls /mnt/shop)" = "file file" ]
[ "$(stat -c %d /mnt/payroll)" != "$(stat -c %d /mnt/shop)" ] || fail "two shares are one filesystem"

step "each sees its own branch"
must mount_with "$PAYROLL" / /mnt/payroll-root
must mount_with "$SHOP" / /mnt/shop-root
must [ "$(ls -A /mnt/payroll-root) $(ls -A /mnt/payroll-root/finance)" = "finance payroll" ]
must [ "$(ls -A /mnt/shop-root) $(ls -A /mnt/shop-root/shop)" = "shop files" ]
must_fail "No such file or directory" ls /mnt/payroll-root/shop
must_fail "No such file or directory" ls /mnt/payroll-root/finance/ledger
must_fail "No such file or directory" ls /mnt/shop-root/finance
must [ "$(cat /mnt/shop-root/shop/files/file)" = shop ]

step "what is another's, and what is not there, are refused alike"
must_refuse_mount "$PAYROLL" /shop/files
must_refuse_mount "$PAYROLL" /finance/nothing
must_fail "access denied by server" mount_nfs /mnt/refused '' /shop/files
must_refuse_mount "$FORGED" /shop/files
if [ "$FULL" = 1 ]; then
  must_refuse_mount "$SHOP" /finance/payroll/db
  must_refuse_mount "$MISTYPED" /shop/files
  must_refuse_mount "$FOREIGN" /shop/files
  must_refuse_mount "$SCOPED" /shop/files
  must_refuse_mount berth_ /shop/files
  must_refuse_mount "" /shop/files
fi

step "who may only read, beside one who writes to the same share"
must mount_with "$READER" /shop/files /mnt/reader
must [ "$(cat /mnt/reader/file)" = shop ]
for change in "touch new" "mkdir new" "rm file" "mv file new" "ln file new" "ln -s file new" "chmod 600 file"; do
  # shellcheck disable=SC2086
  must_fail "Read-only file system" env -C /mnt/reader $change
done
echo more >>/mnt/shop/file || fail "the writer is hindered"
must [ "$(tail -1 /mnt/reader/file)" = more ]

step "revoked"
must mount_with "$REVOKED" /finance/payroll/db /mnt/revoked
must [ "$(cat /mnt/revoked/file)" = payroll ]
ask revoke
must_fail "Permission denied" cat /mnt/revoked/file
must_fail "Permission denied" ls /mnt/revoked
must_refuse_mount "$REVOKED" /finance/payroll/db
must [ "$(cat /mnt/payroll/file)" = payroll ]

step "expired"
if mount_with "$SHORT" /shop/files /mnt/short 2>/dev/null; then
  while ls /mnt/short >/dev/null 2>&1; do
    [ $SECONDS -lt 60 ] || fail "it never expires"
    sleep 0.5
  done
  must_fail "Permission denied" ls /mnt/short
fi
must_refuse_mount "$SHORT" /shop/files

step "rotated"
overlap=$(in_full 8 4)
rotated=$(ask rotate "$overlap")
since=$SECONDS
must mount_with "$rotated" /shop/files /mnt/rotated
must mount_with "$SHOP" /shop/files /mnt/overlap
must [ "$(head -1 /mnt/shop/file) $(head -1 /mnt/overlap/file) $(head -1 /mnt/rotated/file)" = "shop shop shop" ]
[ $((SECONDS - since)) -lt "$overlap" ] || fail "the machine is too slow to see the overlap"
sleep $((overlap + 1 - SECONDS + since))
must_fail "Permission denied" cat /mnt/shop/file
must_fail "Permission denied" cat /mnt/overlap/file
must_fail "Permission denied" cat /mnt/shop-root/shop/files/file
must_refuse_mount "$SHOP" /shop/files
echo rotated >>/mnt/rotated/file || fail "the new token is hindered"
must [ "$(tail -1 /mnt/rotated/file)" = rotated ]
ask check
