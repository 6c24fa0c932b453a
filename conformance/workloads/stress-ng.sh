#!/bin/bash
# stress-ng's file stressors, one after the other, each with --verify.
# Left out: what NFS version 3 has no call for (fallocate, xattr, leases, file-ioctl, copy_file_range, O_TMPFILE, fiemap)
# and what never reaches a server (pipes, memfd, eventfd).
. /run/conformance/guest/prelude.sh

must mount_nfs
mkdir /mnt/nfs/stress && chmod 777 /mnt/nfs/stress && cd /mnt/nfs/stress || fail "mkdir"
seconds=$(in_full 10 1)
stressors=(
  access chdir chmod chown dentry dir dirdeep dirmany dup fcntl filename flock fsize fstat getdent hdd io link locka lockf
  lockofd mknod mmap metamix open rename seek sendfile symlink sync-file touch unlink utime
)
[ "$FULL" = 1 ] || stressors=(access chmod dentry dir fstat getdent hdd link metamix rename seek symlink unlink utime)
known=" $(stress-ng --stressors) "
failed=()
for stressor in "${stressors[@]}"; do
  case $known in *" $stressor "*) ;; *) continue ;; esac # Versions of stress-ng differ.
  if timeout -s KILL $((seconds * 10 + 60)) \
    stress-ng --"$stressor" 2 --timeout "$seconds" --verify --temp-path /mnt/nfs/stress --oomable >/tmp/stress.log 2>&1; then
    step "$stressor"
  else
    echo "FAIL $stressor ($?)"
    grep -v "dispatching\|setting to" /tmp/stress.log | head -8
    failed+=("$stressor")
  fi
done
[ ${#failed[@]} -eq 0 ] || fail "stressors: ${failed[*]}"
cd / && must [ -z "$(ls -A /mnt/nfs/stress)" ]
