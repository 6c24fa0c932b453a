#!/bin/bash
# The server's filesystem turns read-only below a mounted share, and writable again. The harness turns it when told:
# the script writes `ask` and waits for `answer`.
. /run/conformance/guest/prelude.sh

turn() {
  rm -f /run/exchange/answer
  echo "$1" >/run/exchange/ask
  for _ in $(seq 600); do
    [ -e /run/exchange/answer ] && return
    sleep 0.1
  done
  fail "no answer from the harness"
}

must mount_nfs
cd /mnt/nfs && mkdir directory && seq 1000 >file || fail "before"
must sync file
turn ro
must cmp file <(seq 1000)
must_fail "Read-only file system" dd if=/dev/zero of=file bs=1k count=1 conv=notrunc,fsync
must_fail "Read-only file system" touch new
must_fail "Read-only file system" mkdir new
must_fail "Read-only file system" rm file
must_fail "Read-only file system" mv file other
must_fail "Read-only file system" ln file other
must_fail "Read-only file system" ln -s file other
must_fail "Read-only file system" chmod 600 file
must_fail "Read-only file system" rmdir directory
must cmp file <(seq 1000)
turn rw
must touch new && seq 5 >>file && rm file && must rmdir directory
cd / && must umount /mnt/nfs
