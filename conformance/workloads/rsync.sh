#!/bin/bash
# rsync with checksums, out and back. -A and -X are given although NFS version 3 carries neither ACLs nor extended
# attributes here: rsync must notice that there are none, and not fail. That setting one is refused is checked too.
. /run/conformance/guest/prelude.sh

must mount_nfs
cp -a /run/exchange/small/tree /tmp/tree || fail "copy"

step "out"
must rsync -aHAX --checksum /tmp/tree/ /mnt/nfs/tree/
step "again: nothing to do"
changes=$(rsync -aHAX --checksum --itemize-changes /tmp/tree/ /mnt/nfs/tree/) || fail "second rsync"
[ -z "$changes" ] || fail "second rsync changed: $changes"

must umount /mnt/nfs
must mount_nfs
step "back, after a fresh mount"
must rsync -aHAX --checksum /mnt/nfs/tree/ /tmp/back/
changes=$(rsync -aHAX --checksum --itemize-changes --delete /tmp/tree/ /tmp/back/) || fail "comparing rsync"
[ -z "$changes" ] || fail "came back changed: $changes"

step "changes travel, deletions too"
echo more >>"$(find /tmp/tree -type f -name '*.c' | sort | head -1)"
rm -rf "$(find /tmp/tree -mindepth 1 -maxdepth 1 -type d | sort | head -1)"
must rsync -aH --delete /tmp/tree/ /mnt/nfs/tree/
must diff -r --no-dereference /tmp/tree /mnt/nfs/tree

must_fail "Operation not supported" setfattr -n user.test -v 1 /mnt/nfs/tree
must_fail "Operation not supported" setfacl -m u:1000:r /mnt/nfs/tree
