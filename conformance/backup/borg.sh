#!/bin/bash
# borg to a repository of its own.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/backup/prelude.sh

export BORG_BASE_DIR=/tmp/borg BORG_REPO=/tmp/repository BORG_PASSPHRASE=secret
mkdir /tmp/borg

full() { borg init --encryption repokey && cd "$view" && borg create --stats ::full . && cd /; }
# Of each file: A added, M modified, U unchanged.
incremental() { cd "$view" && borg create --list --filter AMCEU ::incremental . 2>/tmp/said && cd /; }
restore() { cd $restored && borg extract --numeric-ids "::$(borg list --last 1 --short)" && cd /; }
two_days
must borg check
unmodified=$(grep -c '^U' /tmp/said)
others=$(grep -c '^[AMCE]' /tmp/said)
step "new or changed $others, unmodified $unmodified"
must [ $((unmodified * 100)) -ge $(((others + unmodified) * 97)) ]
