#!/bin/bash
# What people do on a share, each thing timed on every server in turn. Set by the harness besides what guest/prelude.sh
# lists: SERVERS (NAME=PORT:MOUNTPORT:PATH of each), ROUNDS, WORKLOADS, QUICK (1 or 0). Before each timed command the
# harness is told (`ask begin`), so that it can have the disk at rest and read the server's clock.
. /run/conformance/guest/prelude.sh
. /run/exchange/client/workloads.sh

share=/mnt/nfs
declare -A reach
names=()
for server in $SERVERS; do
  names+=("${server%%=*}")
  reach[${server%%=*}]=${server#*=}
done

leave() {
  if mountpoint -q $share; then must umount $share; fi
}

# enter NAME: a fresh mount, so that the client has nothing in its cache. `memory` is the guest's own, without a server.
enter() {
  leave
  if [ "$1" = memory ]; then
    mkdir -p /tmp/memory && must mount --bind /tmp/memory $share
    return
  fi
  IFS=: read -r PORT MOUNT_PORT path <<<"${reach[$1]}"
  must mount_nfs $share '' "$path"
}

# Calls the client has sent on this mount.
calls() {
  awk -v share=$share '$5 == share { inside = 1 } $1 == "device" && $5 != share { inside = 0 }
    inside && /per-op/ { ops = 1; next } inside && ops { sum += $2 } END { print sum + 0 }' /proc/self/mountstats
}

# measure WORKLOAD NAME: `prepare_WORKLOAD` if there is one, then `run_WORKLOAD` on a fresh mount, timed. A workload that
# knows its time better sets `took`, in seconds.
measure() {
  local workload=$1 name=$2 from before after
  if declare -F "prepare_$workload" >/dev/null; then
    enter "$name"
    "prepare_$workload"
  fi
  enter "$name"
  cd $share || fail "cd"
  ask begin "$workload" "$name" >/dev/null
  before=$(calls) took='' from=$EPOCHREALTIME
  "run_$workload"
  took=${took:-$(awk "BEGIN { print $EPOCHREALTIME - $from }")}
  cd /
  after=$(calls)
  ask end "$workload" "$name" "$took" $((after - before)) >/dev/null
  if declare -F "check_$workload" >/dev/null; then "check_$workload"; fi
}

copy_inputs
for name in "${names[@]}" memory; do
  ask note "preparing $name" >/dev/null
  enter "$name"
  make_files
  warm_up
done
enter "${names[0]}"
ask mounted "$(grep " $share nfs " /proc/mounts | cut -d' ' -f4)" >/dev/null
for round in $(seq "$ROUNDS"); do
  order=("${names[@]}")
  # Who begins alternates.
  [ $((round % 2)) = 1 ] || order=($(printf '%s\n' "${names[@]}" | tac))
  # Without a server there is little to vary.
  [ "$round" -gt 1 ] || order+=(memory)
  for workload in $WORKLOADS; do
    for name in "${order[@]}"; do measure "$workload" "$name"; done
  done
done
leave
