#!/bin/bash
# Writes of 1 GB that the harness ends in the middle: by revoking the token, by ending the grant, by a rule, by making the
# share read-only. A write under another grant goes on beside them. The client tells of EACCES at once where a write goes
# directly, else with fsync.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

steady() {
  dd if=/dev/zero of=/mnt/other/steady bs=64k count=200000 oflag=direct 2>/tmp/steady.log &
  other=$!
}

# stopped_write NAME TOKEN MESSAGE [DD-OPTION...]
stopped_write() {
  local name=$1 token=$2 message=$3 status
  shift 3
  step "$name: $*"
  must mount_nfs "/mnt/$name" '' "/@$token/victim"
  dd if=/dev/zero of="/mnt/$name/$name" bs=1M count=1024 "$@" 2>"/tmp/$name.log" &
  local writer=$!
  ask "$name"
  for _ in $(seq 100); do
    kill -0 $writer 2>/dev/null || break
    sleep 0.1
  done
  kill -0 $writer 2>/dev/null && fail "the write hangs"
  wait $writer
  status=$?
  [ $status != 0 ] || fail "the write has not failed"
  grep -q "$message" "/tmp/$name.log" || fail "$name: $(cat "/tmp/$name.log")"
  kill -0 $other || fail "the other write ended: $(cat /tmp/steady.log)"
}

must mount_nfs /mnt/other '' "/@$OTHER/other"
must mount_with "$REVOKED" /victim /mnt/dead
must [ -z "$(ls /mnt/dead)" ]
steady
stopped_write revoked "$REVOKED" "Permission denied" conv=fsync
if [ "$FULL" = 1 ]; then
  stopped_write ended "$ENDED" "Permission denied" oflag=direct
  stopped_write denied "$DENIED" "Permission denied" conv=fsync
fi
stopped_write turned "$TURNED" "Read-only file system" oflag=direct
kill $other && wait $other 2>/dev/null
[ ! -s /tmp/steady.log ] || fail "the other write: $(cat /tmp/steady.log)"

step "read-only and writable again"
must_fail "Read-only file system" touch /mnt/turned/new
must ls /mnt/turned/revoked
ask writable
must touch /mnt/turned/new

step "dead handles stay dead"
must_fail "Permission denied" ls /mnt/dead
must mount_with "$FRESH" /victim /mnt/fresh
must ls /mnt/fresh/revoked
must_fail "Permission denied" ls /mnt/dead
ask restart
must_fail "Permission denied" within 60 ls /mnt/dead
must ls /mnt/fresh/revoked
must touch /mnt/turned/later
if [ "$FULL" = 1 ]; then
  ask kill
  must_fail "Permission denied" within 60 ls /mnt/dead
  must_fail "Permission denied" within 60 touch /mnt/ended/new
  must_fail "Permission denied" within 60 touch /mnt/denied/new
  must touch /mnt/turned/latest
fi
