#!/bin/bash
# .snapshot at the root of a share: what it has, what it keeps, and when it goes.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

# tree DIRECTORY: everything that backup programs look at, but access times, the link counts of directories (btrfs has 1)
# and what is not of the directory itself.
tree() {
  (cd "$1" && find . -name .snapshot -prune -o -printf '%y %m %U:%G %s %T@ %C@ %i %p -> %l\n' | LC_ALL=C sort -k8)
}
contents() { (cd "$1" && find . -name .snapshot -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

must mount_with "$TOKEN" /finance/db /mnt/db
cd /mnt/db || fail "cd"

step "a tree with something of everything"
must mkdir -p dir/sub 'odd names' setgid
for i in $(seq 300); do echo "$i" >"dir/file-$i" || fail "write"; done
printf 'x' >"odd names/$(printf 'tab\tand \xff')" || fail "write"
must ln dir/file-1 dir/sub/second-name
must ln -s ../dir/file-2 dir/sub/link
must mkfifo dir/fifo
must chown 1000:2000 dir/file-3 setgid
must chmod 4750 dir/file-4
must chmod 2775 setgid
must touch -d '2001-02-03 04:05:06.789012345' dir/file-5 dir/sub
must dd if=/dev/zero of=sparse bs=1 count=1 seek=100M status=none
sync
live=$(tree .)
was=$(contents .)

step "hidden, and there"
driver=$(ask take first)
echo "# driver $driver"
# CephFS marks the cut itself by the ctime of the directory that it is of.
marks_cut() { [ "$FILESYSTEM" = cephfs ]; }
marks_cut && live=$(tree .)
must [ -d .snapshot/first ]
must [ "$(ls -A .snapshot)" = first ]
must [ -z "$(find . -maxdepth 1 -name .snapshot)" ]
must [ "$(stat -c %d .snapshot/first)" != "$(stat -c %d .)" ]

step "the same, whatever happens to the share"
then=$(tree .snapshot/first)
[ "$then" = "$live" ] || fail "differs: $(diff <(echo "$live") <(echo "$then") | head -20)"
# CephFS does not tell what of a file is a hole.
[ "$FILESYSTEM" = cephfs ] || must [ "$(du -s --block-size=1M .snapshot/first/sparse | cut -f1)" -le 1 ]
for i in $(seq 100); do echo changed >"dir/file-$i" || fail "write"; done
must rm -r dir/sub
must mv dir/file-200 'odd names/moved'
must chmod 600 dir/file-150
must truncate -s 10 sparse
sync
[ "$(tree .snapshot/first)" = "$live" ] || fail "changed with the share"
[ "$(contents .snapshot/first)" = "$was" ] || fail "its contents changed with the share"
must [ .snapshot/first/dir/file-1 -ef .snapshot/first/dir/sub/second-name ]

step "nothing in it changes"
for change in "touch .snapshot/first/new" "rm .snapshot/first/dir/file-7" "mkdir .snapshot/first/d" \
  "mv .snapshot/first/dir .snapshot/first/moved" "chmod 777 .snapshot/first/dir/file-7" \
  "truncate -s 0 .snapshot/first/dir/file-7" "ln -s x .snapshot/first/link" "mkdir .snapshot/new" "rmdir .snapshot/first"; do
  # shellcheck disable=SC2086
  must_fail "" $change
done
must_fail "Read-only file system" touch .snapshot/first/new
must_fail "File exists" mkdir .snapshot
must_fail "No such file or directory" ls .snapshot/nothing
must_fail "No such file or directory" ls dir/.snapshot

step "a second one"
live=$(tree .)
ask take second >/dev/null
marks_cut && live=$(tree .)
must [ "$(ls -A .snapshot | tr '\n' ' ')" = "first second " ]
[ "$(tree .snapshot/second)" = "$live" ] || fail "differs: $(diff <(echo "$live") <(tree .snapshot/second) | head -20)"
must [ "$(cat .snapshot/first/dir/file-1 .snapshot/second/dir/file-1)" = $'1\nchanged' ]

step "open over a restart, and by its new name"
exec 3<.snapshot/first/dir/file-9
ask restart
must [ "$(cat <&3)" = 9 ]
[ "$(contents .snapshot/first)" = "$was" ] || fail "another after the restart"
ask rename first renamed
must [ "$(ls -A .snapshot | tr '\n' ' ')" = "renamed second " ]
must [ "$(cat .snapshot/renamed/dir/file-10)" = 10 ]

step "visible, or for backups alone"
ask show visible
# A client reads a directory again when it has changed.
must touch changed
must [ "$(find . -maxdepth 1 -name .snapshot)" = ./.snapshot ]
must [ "$(ls -A | grep -cx .snapshot)" = 1 ]
must [ -z "$(ls -A /mnt/db/dir | grep -x .snapshot)" ]
ask show backup
must rm changed
must_fail "" ls .snapshot/second
ask allowBackup
must ls .snapshot/second
ask show hidden

step "removed"
exec 4<.snapshot/renamed/dir/file-11
ask remove renamed
must_fail "Stale file handle" cat <&4
exec 3<&- 4<&-
must [ "$(ls -A .snapshot)" = second ]
must [ "$(ask list)" = second ]
must [ "$(cat .snapshot/second/dir/file-101)" = 101 ]

step "a tree of many, listed and copied"
must mkdir many
count=$(in_full 2000 200)
for i in $(seq "$count"); do echo "$i" >"many/$i" || fail "write"; done
ask take many >/dev/null
must [ "$(ls .snapshot/many/many | wc -l)" = "$count" ]
must cp -a .snapshot/many/many /tmp/copied
must diff -r many /tmp/copied
cd /
