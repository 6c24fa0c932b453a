#!/bin/bash
# rm -rf of COUNT files the harness made on the server, in one wide directory and in many.
. /run/conformance/guest/prelude.sh

must mount_nfs
must rm -rf /mnt/nfs/removed
must [ -z "$(ls -A /mnt/nfs)" ]
must [ -z "$(ls -A /run/served)" ]
