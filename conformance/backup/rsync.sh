#!/bin/bash
# rsync to a directory that stays, day by day.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/backup/prelude.sh

# It compares sizes and mtimes; ctimes it does not know.
IN_PLACE=0
copy() { rsync -aHAX --numeric-ids --delete "$view/" /tmp/copy/; }
full() { copy; }
incremental() { copy; }
restore() { rsync -aHAX --numeric-ids /tmp/copy/ $restored/; }
two_days
