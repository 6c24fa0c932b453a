#!/bin/bash
# What a share's options promise: squashing, read-only, who may mount.
. /run/conformance/guest/prelude.sh

owner() { stat -c %u:%g "$1"; }
as_user() { setpriv --reuid=1000 --regid=1000 --clear-groups "$@"; }
nobody=65534:65534

step "squash: all"
must mount_nfs /mnt/all '' /all
must touch /mnt/all/by-root
must as_user touch /mnt/all/by-user
[ "$(owner /run/served/all/by-root) $(owner /run/served/all/by-user)" = "$nobody $nobody" ] || fail "owners: $(ls -ln /mnt/all)"

step "squash: root"
must mount_nfs /mnt/root '' /root
must touch /mnt/root/by-root
must as_user touch /mnt/root/by-user
[ "$(owner /run/served/root/by-root) $(owner /run/served/root/by-user)" = "$nobody 1000:1000" ] || fail "owners: $(ls -ln /mnt/root)"
must_fail "Permission denied" cat /mnt/root/secret
must_fail "Operation not permitted" chown 1000 /mnt/root/by-root
must_fail "Operation not permitted" chmod 777 /mnt/root/secret

step "readOnly"
must mount_nfs /mnt/read-only '' /read-only
must [ "$(cat /mnt/read-only/file)" = readable ]
for change in "touch new" "mkdir new" "rm file" "mv file new" "ln file new" "ln -s file new" "chmod 600 file"; do
  # shellcheck disable=SC2086
  must_fail "Read-only file system" env -C /mnt/read-only $change
done
# ACCESS grants no writing, as the kernel's server does: the open is refused before any change is asked for.
must_fail "Permission denied" truncate -s 0 /mnt/read-only/file
must [ "$(cat /run/served/read-only/file)" = readable ]

step "clients"
must_fail "mount.nfs: access denied" mount_nfs /mnt/others '' /others
