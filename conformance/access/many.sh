#!/bin/bash
# The namespace of 10,000 shares as a client sees it that may use a part of it.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

must mount_nfs /mnt/root '' "/@$TOKEN/"
step "list"
listed=$(ls /mnt/root | wc -l)
[ "$listed" -gt 50 ] && [ "$listed" -lt "$COMPANIES" ] || fail "$listed of $COMPANIES folders are seen"
must [ -z "$(ls /mnt/root | grep -v '^company-1')" ]
step "walk"
for department in /mnt/root/company-1/department-*; do
  for share in "$department"/share-*; do must touch "$share/file"; done
done
must [ "$(find /mnt/root/company-1 -name file | wc -l)" -gt 40 ]
step "mount"
for number in $(seq 10); do must mount_nfs "/mnt/$number" '' "/@$TOKEN/company-1$number/department-$((number % 10))/share-0"; done
for number in $(seq 10); do must touch "/mnt/$number/file"; done
step "unmount"
must umount -a -t nfs
step "end"
