#!/bin/bash
# A repository's life on the share.
. /run/conformance/guest/prelude.sh

must mount_nfs
step "a repository with history, outside"
must git init -q -b main /tmp/origin
cp -a /run/exchange/small/tree /tmp/origin/ || fail "copy"
cd /tmp/origin && git add -A && git commit -qm first || fail "first commit"
rounds=$(in_full 30 4)
for round in $(seq "$rounds"); do
  find tree -type f -name '*.h' | sort | awk "NR % $rounds == $round % $rounds" | head -40 |
    while IFS= read -r file; do echo "$round" >>"$file"; done
  must git commit -qam "round $round"
done

step "clone"
cd /mnt/nfs && must git clone -q file:///tmp/origin work
cd work || fail "cd"
[ "$(git rev-parse HEAD)" = "$(git -C /tmp/origin rev-parse HEAD)" ] || fail "another HEAD"
[ -z "$(git status --porcelain)" ] || fail "the clone is not clean: $(git status --porcelain | head -3)"
must diff -r --no-dereference tree /tmp/origin/tree

step "commit, merge, stash"
must git switch -qc topic
for number in $(seq 40); do echo "$number" >"topic-$number" || fail "write"; done
git add -A && git commit -qm topic || fail "commit"
must git switch -q main
echo main >on-main && git add on-main && git commit -qm on-main || fail "commit"
must git merge -q --no-edit topic
echo changed >>on-main && must git stash -q && must git stash pop -q && must git checkout -q on-main
must git tag done
must git push -q origin main:pushed

step "gc, fsck, clone of the clone with hard links"
must git gc -q --aggressive --prune=now
must git fsck --full --strict
must git clone -q /mnt/nfs/work /mnt/nfs/again
must git -C /mnt/nfs/again fsck --full
[ -z "$(git status --porcelain)" ] || fail "not clean at the end"

cd / && must umount /mnt/nfs && must mount_nfs
step "fsck after a fresh mount"
must git -C /mnt/nfs/work fsck --full
