#!/bin/bash
# The first thing anyone does: mount, look, write, read after a fresh mount, unmount.
. /run/conformance/guest/prelude.sh

must mount_nfs
must [ "$(stat -f -c %T /mnt/nfs)" = nfs ]
must df /mnt/nfs
must [ -z "$(ls -A /mnt/nfs)" ]
seq 100000 >/mnt/nfs/numbers || fail "write"
must umount /mnt/nfs
must mount_nfs
must cmp /mnt/nfs/numbers <(seq 100000)
must cmp /run/served/numbers <(seq 100000)
must_fail "mount.nfs:" mount_nfs /mnt/second '' /no-such-share
must umount /mnt/nfs
