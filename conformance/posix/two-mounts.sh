#!/bin/bash
# Two mounts in one guest that share neither cache nor connection: to the server, two clients.
. /run/conformance/guest/prelude.sh

must mount_nfs /mnt/nfs nosharecache
must mount_nfs /mnt/second nosharecache
mkdir /mnt/nfs/here || fail "mkdir"
must "$programs/two-mounts" /mnt/nfs/here /mnt/second/here /run/served/here
must rm -rf /mnt/nfs/here
