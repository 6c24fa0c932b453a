#!/bin/bash
# A big source tree: unpacked, compared twice (warm and cold), removed.
. /run/conformance/guest/prelude.sh

must mount_nfs
step "unpack $(tar -tf /run/exchange/tree.tar | wc -l) entries"
must tar -C /mnt/nfs --numeric-owner -xpf /run/exchange/tree.tar
step "diff -r with the original"
must diff -r --no-dereference /run/exchange/tree /mnt/nfs/tree

must umount /mnt/nfs
must mount_nfs
step "tar --compare after a fresh mount"
must tar -C /mnt/nfs --numeric-owner --compare -f /run/exchange/tree.tar
step "the same names and numbers of links on the server"
list() { (cd "$1" && find . -printf '%P %y %n\n' | LC_ALL=C sort); }
must cmp <(list /mnt/nfs/tree) <(list /run/served/tree)

step "rm -rf"
must rm -rf /mnt/nfs/tree
must [ -z "$(ls -A /mnt/nfs)" ]
