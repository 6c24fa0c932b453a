#!/bin/bash
# restic to a repository of its own.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/backup/prelude.sh

# Nothing in the guest may use AVX, and Go looks for itself.
export GODEBUG=cpu.avx=off,cpu.avx2=off,cpu.avx512f=off,cpu.avx512bw=off,cpu.avx512vl=off,cpu.fma=off,cpu.erms=off
export RESTIC_REPOSITORY=/tmp/repository RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=/tmp/cache

full() { restic init >/dev/null && restic backup "$view"; }
incremental() { restic backup "$view" | tee /tmp/said; }
restore() {
  restic restore latest --target /tmp/all && mv "/tmp/all$view"/* $restored/ && rm -r /tmp/all
}
two_days
must restic check
# Files: A new, B changed, C unmodified
read -r new changed unmodified < <(sed -nE 's/^Files: +([0-9]+) new, +([0-9]+) changed, +([0-9]+) unmodified.*/\1 \2 \3/p' /tmp/said)
step "new $new, changed $changed, unmodified $unmodified"
must [ $((unmodified * 100)) -ge $(((new + changed + unmodified) * 97)) ]
