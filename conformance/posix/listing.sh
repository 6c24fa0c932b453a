#!/bin/bash
# Lists a directory of COUNT names the harness made on the server.
. /run/conformance/guest/prelude.sh

must mount_nfs
cd /mnt/nfs/listed || fail "cd"
must "$programs/listing" "$COUNT"
# As find and rm see it, with and without attributes asked for.
must [ "$(find . -type f | wc -l)" = "$COUNT" ]
cd / && must umount /mnt/nfs && must mount_nfs /mnt/nfs nordirplus
cd /mnt/nfs/listed && must "$programs/listing" "$COUNT"
