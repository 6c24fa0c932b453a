#!/bin/bash
# Runs one program of posix/ in an empty directory of the mount. PROGRAM, ARGUMENTS: which.
. /run/conformance/guest/prelude.sh

must mount_nfs
mkdir /mnt/nfs/here && cd /mnt/nfs/here || fail "mkdir"
# shellcheck disable=SC2086
must "$programs/$PROGRAM" ${ARGUMENTS:-}
cd / && must rm -rf /mnt/nfs/here
must [ -z "$(ls -A /mnt/nfs)" ]
