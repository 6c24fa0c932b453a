#!/bin/bash
# Tickets that the harness fetches with a token.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

mount_ticket() { mount_nfs "$2" noac,lookupcache=none "$1"; }
refuse_ticket() { must_fail "access denied by server" mount_ticket "$1" /mnt/refused; }

step "used once"
ticket=$(ask ticket 60)
must mount_ticket "$ticket" /mnt/first
echo text >/mnt/first/file || fail "write"

step "used by a second address"
ask steal "$ticket"
other=$(ask ticket 60)
ask use "$other"
refuse_ticket "$other"
third=$(ask ticket 60)
must mount_ticket "$third" /mnt/third && must umount /mnt/third
must ip addr add 192.168.77.3/24 dev vec0
must ip route replace 192.168.77.0/24 dev vec0 src 192.168.77.3
refuse_ticket "$third"
must ip route replace 192.168.77.0/24 dev vec0 src 192.168.77.2
must ip addr del 192.168.77.3/24 dev vec0

step "for its own path only"
fourth=$(ask ticket 60)
refuse_ticket "${fourth%/files}/other"
must mount_ticket "${fourth%/shop/files}" /mnt/short-line
must [ "$(cat /mnt/short-line/file)" = text ]
refused=$(ask refused)
[ "$refused" = refused ] || refuse_ticket "$refused"

step "kept over a restart"
fifth=$(ask ticket 60)
ask restart
must mount_ticket "$fifth" /mnt/restarted

step "expired"
brief=$(ask ticket 4)
must mount_ticket "$brief" /mnt/brief
unused=$(ask ticket 1)
sleep 5
refuse_ticket "$brief"
refuse_ticket "$unused"
must [ "$(cat /mnt/brief/file)" = text ]

step "the token revoked"
sixth=$(ask ticket 60)
ask revoke
refuse_ticket "$sixth"
for mount in first short-line restarted brief; do must_fail "Permission denied" ls /mnt/$mount; done
