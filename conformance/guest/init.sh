#!/bin/bash
# PID 1 of the guest. Its root is the host's, read through hostfs; a tmpfs laid over it makes everything writable, in
# guest memory only. Three host directories are mounted live:
#   /run/conformance   the tests (this project's conformance/)
#   /run/exchange      what host and guest hand each other; the script's exit status goes to /run/exchange/status
#   /run/served        the directory behind the server under test, as its administrator sees it
# The script's output goes to ttyS0, the kernel's messages to the console.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8

power_off() {
  echo o >/proc/sysrq-trigger
  sleep 10
}

modules=/usr/lib/uml/modules/$(uname -r)/kernel

build_root() {
  mount -n -t proc proc /proc
  insmod "$modules/fs/overlayfs/overlay.ko"
  mount -n -t tmpfs -o mode=755 tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/root || return 1
  mount -n -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root || return 1
  cd /mnt/root || return 1
  mount -n -t proc proc proc
  mount -n -t sysfs sysfs sys
  mount -n -t devtmpfs devtmpfs dev
  mkdir -p dev/pts dev/shm
  mount -n -t devpts -o gid=5,mode=620 devpts dev/pts
  mount -n -t tmpfs -o mode=1777 tmpfs dev/shm
  for directory in run mnt; do mount -n -t tmpfs -o mode=755 tmpfs $directory; done
  for directory in tmp var/tmp; do mount -n -t tmpfs -o mode=1777 tmpfs $directory; done
  ln -sfn /proc/self/fd dev/fd
  for number in 0:stdin 1:stdout 2:stderr; do ln -sfn /proc/self/fd/${number%:*} dev/${number#*:}; done
  mkdir -p run/lock run/old mnt/nfs mnt/second
  for pair in "conformance=$GUEST_CONFORMANCE" "exchange=$GUEST_EXCHANGE" "served=$GUEST_SERVED"; do
    mkdir -p run/${pair%%=*}
    mount -n -t hostfs none run/${pair%%=*} -o "${pair#*=}" || return 1
  done
  pivot_root . run/old && cd /
}

start_network() {
  hostname guest
  printf '127.0.0.1 localhost guest\n%s server\n' "$GUEST_SERVER" >/etc/hosts
  ip link set lo up
  ip addr add "$GUEST_ADDRESS/24" dev vec0 && ip link set vec0 up
  local module
  for module in net/sunrpc/sunrpc fs/nfs_common/grace fs/nfs_common/nfs_acl fs/lockd/lockd lib/oid_registry \
    net/dns_resolver/dns_resolver fs/netfs/netfs fs/fscache/fscache fs/nfs/nfs fs/nfs/nfsv3; do
    insmod "$modules/$module.ko" || return 1
  done
  mkdir -p /var/lib/nfs/rpc_pipefs
  mount -n -t rpc_pipefs sunrpc /var/lib/nfs/rpc_pipefs
}

if [ "${1:-}" != inside ]; then
  build_root && exec /run/conformance/guest/init.sh inside
  power_off
fi

exec >/dev/ttyS0 2>&1 </dev/null
stty -F /dev/ttyS0 raw -echo
umount -n -l /run/old
: >/etc/mtab && ln -sfn /proc/self/mounts /etc/mtab
start_network || { echo "guest: no network or no NFS client" && power_off; }
cd /tmp
# shellcheck disable=SC1091
. /run/exchange/environment
bash "$GUEST_SCRIPT"
status=$?
cd /
# A mount of a server that is gone would hold the power-off for minutes.
timeout -s KILL 5 umount -a -f -t nfs 2>/dev/null
echo $status >/run/exchange/status
power_off
