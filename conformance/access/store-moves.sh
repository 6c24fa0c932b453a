#!/bin/bash
# Verified writes, changes of names and a git repository in a share, while the harness moves it to another filesystem and back.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/access/work.sh

# tree DIRECTORY: all that programs look at to see whether something changed: the same before and after.
tree() {
  (cd "$1" && find . -printf '%y %m %U:%G %T@ %C@ %i %p -> %l\n' | LC_ALL=C sort -k7)
}
contents() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

must mount_nfs /mnt/nfs '' "/@$TOKEN/finance/db"
must mount_with "$TOKEN" /finance/db /mnt/uncached
step "a repository, and something of everything"
must git init -q -b main /mnt/nfs/work
cd /mnt/nfs/work || fail "cd"
must mkdir -p dir/sub 'odd names'
for i in $(seq 200); do echo "$i" >"dir/file-$i" || fail "write"; done
must ln dir/file-1 dir/sub/second-name
must ln -s ../dir/file-2 dir/sub/link
must touch -d '2001-02-03 04:05:06.789012345' dir/file-5
git add -A && git commit -qm first || fail "commit"
must mkdir /mnt/nfs/kept
seq 100000 >/mnt/nfs/kept/numbers || fail "write"
sync
was=$(tree /mnt/uncached/work)
sums=$(contents /mnt/uncached/work)
exec 8<>/mnt/nfs/kept/open
cd /mnt/nfs/work/dir/sub || fail "cd"
begin_work
moves=0
for round in $(seq "$(in_full 4 1)"); do
  for store in other image; do
    echo "# $(ask to $store)"
    moves=$((moves + 1))
    work_goes_on
    echo "$round $store" >&8 || fail "the open file"
    must [ "$(cat ../file-7)" = 7 ]
    must [ "$(ls -i ../file-1 | cut -d' ' -f1)" = "$(ls -i second-name | cut -d' ' -f1)" ]
    must [ "$(tail -1 /mnt/nfs/kept/numbers)" = 100000 ]
    [ -z "$(git -C /mnt/nfs/work status --porcelain)" ] || fail "git finds changes: $(git -C /mnt/nfs/work status --porcelain | head -3)"
    [ "$(tree /mnt/uncached/work | grep -v '\.git')" = "$(echo "$was" | grep -v '\.git')" ] ||
      fail "another tree: $(diff <(echo "$was") <(tree /mnt/uncached/work) | head -20)"
    sleep 1
  done
done
end_work
step "$moves moves, $(cat /tmp/fio-rounds) rounds of fio, $(cat /tmp/name-rounds) of names"

step "all is there, by what was opened before and by a fresh mount"
must [ "$(wc -l <&8)" -ge 0 ]
must [ "$(wc -l </mnt/nfs/kept/open)" = "$moves" ]
ask to other
ask restart
must git -C /mnt/nfs/work fsck --full
[ "$(contents /mnt/uncached/work | grep -v '\.git/index')" = "$(echo "$sums" | grep -v '\.git/index')" ] || fail "other contents"
echo more >&8 || fail "the open file, after the restart"
exec 8>&-
must mount_with "$TOKEN" /finance/db /mnt/fresh
[ "$(tree /mnt/fresh/work | grep -v '\.git')" = "$(echo "$was" | grep -v '\.git')" ] || fail "another tree after the restart"
must [ "$(tail -1 /mnt/fresh/kept/open)" = more ]
must cmp /mnt/fresh/kept/numbers <(seq 100000)
cd / && must umount /mnt/nfs /mnt/uncached /mnt/fresh
