#!/bin/bash
# The harness deletes the share while a write goes on in it, and puts it back.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

# The share is gone: each command ends, with an error that says so.
gone() {
  local output status
  output=$(within 20 "$@" 2>&1)
  status=$?
  [ $status != 0 ] || fail "should have failed: $*"
  case $output in *"Permission denied"* | *"Stale file handle"*) ;; *) fail "($status) $*: $output" ;; esac
}

must mount_with "$TOKEN" /shop/files /mnt/files
must mkdir /mnt/files/tree
for number in $(seq 200); do seq "$number" 3000 >"/mnt/files/tree/$number" || fail "write"; done
must ln -s 7 /mnt/files/tree/link
must chmod 600 /mnt/files/tree/7
must chown 1000:1000 /mnt/files/tree/8
must setpriv --reuid=1000 --regid=1000 --clear-groups chmod 640 /mnt/files/tree/8
describe() { find tree -type f -exec md5sum {} + | sort && find tree -printf '%p %m %U %G %s %T@ %l\n' | sort; }
cd /mnt/files || fail "cd"
describe >/tmp/before
cd /

step "deleted under a write"
must mount_nfs /mnt/writer '' "/@$TOKEN/shop/files"
# Directly: the client tells of EACCES and ESTALE at fsync and close only, else.
dd if=/dev/zero of=/mnt/writer/big bs=1M count=8000 oflag=direct 2>/tmp/writer.log &
writer=$!
sleep 1
ask delete
since=$SECONDS
while kill -0 $writer 2>/dev/null; do
  [ $((SECONDS - since)) -lt 30 ] || fail "the write hangs"
  sleep 0.1
done
wait $writer && fail "the write has not failed"
grep -Eq "Permission denied|Stale file handle" /tmp/writer.log || fail "$(cat /tmp/writer.log)"
gone ls /mnt/files/tree
gone cat /mnt/files/tree/1
gone touch /mnt/files/new
gone df /mnt/files
must_fail "mount.nfs: " mount_with "$TOKEN" /shop/files /mnt/refused

step "undeleted"
ask undelete
must mount_with "$TOKEN" /shop/files /mnt/again
must rm /mnt/again/big
(cd /mnt/again && describe) >/tmp/after || fail "describe"
must diff /tmp/before /tmp/after
gone ls /mnt/files/tree

step "undeleted at another path"
ask delete
gone ls /mnt/again
ask undelete /elsewhere
must mount_with "$TOKEN" /elsewhere /mnt/elsewhere
(cd /mnt/elsewhere && describe) >/tmp/after || fail "describe"
must diff /tmp/before /tmp/after

step "purged"
ask delete
ask purge
gone ls /mnt/elsewhere
must_fail "mount.nfs: " mount_with "$TOKEN" /elsewhere /mnt/refused
must within 20 umount -f /mnt/files
