#!/bin/bash
# A restore in place under a client that reads, writes, lists and has its working directory there.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

# Longest that the client may believe attributes; the default is 60 s.
believed=4
# tree: all that is visible, but what is written all the time; sizes and link counts of directories are the filesystem's own.
tree() {
  find /mnt/db -path /mnt/db/written -prune -o -type d -printf '%y %m %U:%G %T@ %p\n' -o \
    -printf '%y %m %U:%G %s %n %T@ %p -> %l\n' | LC_ALL=C sort
}
contents() { find /mnt/db -type f ! -path /mnt/db/written -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; }
differ() { diff <(echo "$1") <(echo "$2") | head -20; }
# is_now TREE CONTENTS: bytes at the next open, all else when the client believes its attributes no longer.
is_now() {
  local now
  now=$(contents)
  [ "$now" = "$2" ] || fail "contents: $(differ "$2" "$now")"
  sleep $((believed + 1))
  now=$(tree)
  [ "$now" = "$1" ] || fail "tree: $(differ "$1" "$now")"
  must [ -z "$(find /mnt/db -maxdepth 1 -name '.berth*')" ]
}

must mount_nfs /mnt/db "actimeo=$believed" "/@$TOKEN/db"
cd /mnt/db || fail "cd"

step "a tree with something of everything"
must mkdir -p dir/sub/deep gone becomes-file setgid
for i in $(seq 60); do echo "before $i" >"dir/file-$i" || fail "write"; done
echo deep >dir/sub/deep/file
echo gone >gone/file
must ln dir/file-1 dir/sub/second-name
must ln -s ../dir/file-2 dir/sub/link
must mkfifo dir/fifo
must chown 1000:2000 dir/file-3 setgid
must chmod 4750 dir/file-4
must chmod 2775 setgid
must touch -d '2001-02-03 04:05:06.789012345' dir/file-5 dir/sub
yes before | head -c 16M >read || fail "write"
printf 'as it was' >written || fail "write"
sync
ask fill before
# Nothing is believed of what the host did.
sleep $((believed + 1))
then_tree=$(tree)
then_contents=$(contents)
ask take then

step "all of it changed"
for i in $(seq 10 30); do echo "after  $i" >"dir/file-$i" || fail "write"; done
touch -r dir/file-9 dir/file-12
must rm dir/file-31 dir/sub/link dir/fifo
must mv dir/file-32 dir/file-33
must rm -r gone becomes-file
echo file >becomes-file
must mkdir -p dir/fifo/extra extra/deep
echo extra >extra/deep/file
must rm dir/sub/second-name
echo another >dir/sub/second-name
must chown 0:0 dir/file-3
must chmod 600 dir/file-4 dir/file-40
must touch dir/file-5
yes after! | head -c 16M >read || fail "write"
ask fill after
sleep $((believed + 1))
after_tree=$(tree)
after_contents=$(contents)

step "files open, one read slowly and one written; names listed; a working directory"
exec 3<read
must [ "$(head -c 7000 <&3 | md5sum)" = "$(yes after! | head -c 7000 | md5sum)" ]
: >/run/exchange/safe
$programs/markers /mnt/db/written 600 >/run/exchange/safe 2>/tmp/writer.log &
writer=$!
while :; do ls -lR /mnt/db >/dev/null; done 2>/tmp/lister.log &
lister=$!
cd dir/sub/deep || fail "cd"
until [ "$(wc -l </run/exchange/safe)" -ge 20 ]; do sleep 0.1; done

# open_files WORD: a file that was replaced has what it had, or is stale; never anything else.
open_files() {
  local rest
  echo 3 >/proc/sys/vm/drop_caches
  if cat <&3 >/tmp/rest 2>/tmp/read.log; then
    must [ "$(wc -c </tmp/rest)" = $((16 * 1024 * 1024 - 7000)) ]
    must cmp /tmp/rest <(yes after! | head -c 16M | tail -c +7001)
    echo "# read to its end"
  else
    must grep -Eq 'Stale file handle|Input/output error' /tmp/read.log
    must cmp -n "$(wc -c </tmp/rest)" /tmp/rest <(yes after! | head -c 16M | tail -c +7001)
    echo "# read until it was stale"
  fi
}

step "back to then"
ask restore then
must [ "$(cat /mnt/db/written)" = 'as it was' ]
must [ "$(cat file)" = deep ]
is_now "$then_tree" "$then_contents"
must [ "$(cat ../../file-12)" = "before 12" ]
must [ /mnt/db/dir/file-1 -ef ../second-name ]
open_files
must [ "$(cat /mnt/db/written)" = 'as it was' ]
safe=$(wc -l </run/exchange/safe)
if kill -0 $writer 2>/dev/null; then echo "# the writer goes on, $safe"; else
  must grep -Eq 'Stale file handle|Input/output error' /tmp/writer.log
  echo "# the writer's file is stale"
fi
kill $writer 2>/dev/null
wait $writer
must [ "$(cat /mnt/db/written)" = 'as it was' ]

step "and forth to what was saved before"
ask restore safety
is_now "$after_tree" "$after_contents"
must [ "$(head -c 10 /mnt/db/written)" = 0000000000 ]

step "back, killed on the way"
ask interrupt
is_now "$then_tree" "$then_contents"
must [ "$(cat file)" = deep ]
must [ "$(cat /mnt/db/written)" = 'as it was' ]

step "what the lister met"
must kill $lister
# What goes while it looks is missing, stale, or no directory any more; nothing else.
unexpected=$(grep -Ev 'No such file or directory|Stale file handle|Not a directory' /tmp/lister.log)
[ -z "$unexpected" ] || fail "$unexpected"
must mkdir after-all
echo new >after-all/file
must [ "$(cat after-all/file)" = new ]
cd /
