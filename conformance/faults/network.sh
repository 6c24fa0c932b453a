#!/bin/bash
# A bad network: packets of both directions are late, lost, sent twice, out of order. Requests and replies are sent again;
# nothing may happen twice or be lost.
. /run/conformance/guest/prelude.sh

modules=/usr/lib/uml/modules/$(uname -r)/kernel
for module in net/sched/sch_netem net/sched/sch_ingress net/sched/cls_matchall net/sched/act_mirred drivers/net/ifb; do
  must insmod "$modules/$module.ko"
done
must mount_nfs
ip link show ifb0 >/dev/null 2>&1 || must ip link add ifb0 type ifb
must ip link set ifb0 up
must tc qdisc add dev vec0 handle ffff: ingress
must tc filter add dev vec0 parent ffff: matchall action mirred egress redirect dev ifb0
weather=(netem delay 3ms 2ms loss 1% duplicate 1% reorder 5% 50%)
must tc qdisc add dev vec0 root "${weather[@]}"
must tc qdisc add dev ifb0 root "${weather[@]}"

step "verified writes"
fio --name=rain --directory=/mnt/nfs --rw=randwrite --bsrange=4k-256k --size="$(in_full 64m 8m)" --end_fsync=1 \
  --ioengine=psync --verify=crc32c --verify_fatal=1 --randseed="$SEED" --fallocate=none >/tmp/fio.log 2>&1 ||
  fail "fio: $(tail -5 /tmp/fio.log)"
step "calls that must not happen twice"
for round in $(seq "$(in_full 300 40)"); do
  mkdir /mnt/nfs/d && echo "$round" >/mnt/nfs/d/f && ln /mnt/nfs/d/f /mnt/nfs/d/g && mv /mnt/nfs/d/f /mnt/nfs/d/h &&
    rm /mnt/nfs/d/g /mnt/nfs/d/h && rmdir /mnt/nfs/d || fail "round $round"
done
dropped() { tc -s qdisc show dev "$1" | sed -n 's/.*dropped \([0-9]*\).*/\1/p' | head -1; }
step "packets lost: $(dropped vec0) out, $(dropped ifb0) in"
[ "$(dropped vec0)" -gt 0 ] && [ "$(dropped ifb0)" -gt 0 ] || fail "the network was not bad"
must umount /mnt/nfs
