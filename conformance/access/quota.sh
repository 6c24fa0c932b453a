#!/bin/bash
# Shares with a quota of 64 MiB, and of 300 files.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

column() { df -k --output="$1" /mnt/bytes | tail -1 | tr -d ' '; }
fill() { dd if=/dev/zero of="/mnt/bytes/$1" bs=64k count=4096 "${@:2}"; }
full="Disk quota exceeded"

step "bytes"
must mount_nfs /mnt/bytes '' "/@$TOKEN/bytes"
must [ "$(column size) $(column used) $(column avail)" = "65536 0 65536" ]
must_fail "$full" fill first oflag=direct
ask full
[ "$(column avail)" -lt 656 ] || fail "df: $(df -k /mnt/bytes)"
must_fail "$full" fill second conv=fsync
must rm -f /mnt/bytes/second
must [ "$(stat -c %s /mnt/bytes/first)" -gt 60000000 ]
ask full

step "written over, read, renamed: no room is needed"
must dd if=/dev/urandom of=/mnt/bytes/first bs=64k count=16 conv=notrunc,fsync status=none
must mv /mnt/bytes/first /mnt/bytes/renamed
must cat /mnt/bytes/renamed >/dev/null
ask full

step "freed"
must truncate -s 32M /mnt/bytes/renamed
[ "$(column avail)" -gt 32000 ] || fail "df: $(df -k /mnt/bytes)"
must dd if=/dev/zero of=/mnt/bytes/more bs=1M count=30 conv=fsync status=none
must_fail "$full" fill rest oflag=direct
ask full
must rm /mnt/bytes/renamed /mnt/bytes/more
[ "$(column avail)" -gt 60000 ] || fail "df: $(df -k /mnt/bytes)"
must_fail "$full" fill again oflag=direct
ask full

step "kept over a restart"
ask restart
must_fail "$full" fill late oflag=direct
must rm -f /mnt/bytes/late

step "raised, lowered, lifted"
ask raise
must [ "$(column size)" = 131072 ]
must_fail "$full" fill raised conv=fsync
must rm -f /mnt/bytes/raised
must_fail "$full" fill raised oflag=direct
ask full 2
ask lower
must [ "$(column avail)" = 0 ]
must_fail "$full" dd if=/dev/zero of=/mnt/bytes/no bs=4k count=1 oflag=direct
must cat /mnt/bytes/raised >/dev/null
must rm /mnt/bytes/raised /mnt/bytes/no
must_fail "$full" dd if=/dev/zero of=/mnt/bytes/no bs=4k count=1 oflag=direct
ask lift
must dd if=/dev/zero of=/mnt/bytes/much bs=1M count=200 conv=fsync status=none

step "files"
must mount_nfs /mnt/files '' "/@$TOKEN/files"
for number in $(seq 400); do
  touch "/mnt/files/$number" 2>/tmp/error || break
done
grep -q "$full" /tmp/error || fail "$number files: $(cat /tmp/error)"
ask fullOfFiles
must_fail "$full" mkdir /mnt/files/directory
must_fail "$full" ln -s link /mnt/files/link
must_fail "$full" mkfifo /mnt/files/fifo
must mv /mnt/files/1 /mnt/files/one
must ln /mnt/files/one /mnt/files/hard-link
must rm /mnt/files/hard-link
must rm /mnt/files/one
must mkdir /mnt/files/directory
must_fail "$full" touch /mnt/files/another
ask raiseFiles
must touch /mnt/files/another
must [ "$(df --output=itotal /mnt/files | tail -1 | tr -d ' ')" = 600 ]
