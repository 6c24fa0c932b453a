#!/bin/bash
# GNU tar with --listed-incremental, two levels.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/backup/prelude.sh

# The device number is the client's, another with each mount.
archive() {
  tar --create --file="/tmp/level$1.tar" --listed-incremental=/tmp/snar --no-check-device --format=posix --numeric-owner \
    -C "$view" .
}

# tar takes for changed what changed after it began. What it read was older, by as much as lies between cut and start:
# its list of files gets the time of the cut, or changes in between would be in neither level.
set_time_of_cut() {
  local cut
  cut=$(perl -MJSON::PP -0ne 'print decode_json($_)->{snapshot}{cutAt}, "\n"' "$view/${shares[0]}/.berth/manifest.json") || return
  CUT=$(date -d "$cut" +%s) perl -0777 -pi -e 's/^(GNU tar-\S+\n)\d+\0\d+\0/$1$ENV{CUT}\0000\0/ or die "no list of tar\n"' /tmp/snar
}
full() { archive 0 && set_time_of_cut; }
incremental() { archive 1 && set_time_of_cut; }
restore() {
  local level
  for level in /tmp/level?.tar; do
    tar --extract --file="$level" --listed-incremental=/dev/null --numeric-owner -p -C $restored || return
  done
}
two_days
