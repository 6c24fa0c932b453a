#!/bin/bash
# STEP before: all shares are backed up twice, and described. STEP after: on a new gateway they are as they were.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/backup/prelude.sh
shares+=(shop/empty)

if [ "$STEP" = before ]; then
  step "first: $(ask backUp)"
  change
  step "then: $(ask backUp)"
  mount_live
  for index in "${!shares[@]}"; do list "$live/${shares[index]}" >"/run/exchange/truth-$index" || fail "list"; done
  must [ "$(grep -cE '^[0-9a-f]{64} ' /run/exchange/truth-0)" -gt 100 ]
  unmount "$live"
else
  mount_live
  for index in "${!shares[@]}"; do compare "$index" "$live/${shares[index]}"; done
  step "and clients go on"
  must touch "$live/${shares[0]}/after the disaster"
  must rm "$live/${shares[0]}/after the disaster"
  unmount "$live"
fi
