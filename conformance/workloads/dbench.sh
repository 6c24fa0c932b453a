#!/bin/bash
# dbench replays the file calls of office clients; it stops at the first call that does not do what it did.
. /run/conformance/guest/prelude.sh

must mount_nfs
mkdir /mnt/nfs/dbench
must dbench -D /mnt/nfs/dbench -c /usr/share/dbench/client.txt -t "$(in_full 60 5)" 4
must rm -rf /mnt/nfs/dbench
