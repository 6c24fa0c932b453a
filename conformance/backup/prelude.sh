# Sourced by the guest scripts of backup/ after guest/prelude.sh and access/prelude.sh. Set by the harness: BACKUP and
# WORKER, tokens; SHARES, a path without the leading slash on each line; DATA, bytes of all files.
mapfile -t shares <<<"$SHARES"
view=/mnt/backup
live=/mnt/live

# As a user would type it: a backup's mount caches.
mount_view() { must mount_nfs "$view" ro "/@$BACKUP/.backup${1:-}"; }
mount_live() { must mount_nfs "$live" '' "/@$WORKER/"; }
unmount() { must umount -R "$1"; }

# list DIRECTORY, of whatever filesystem
list() { bash /run/conformance/backup/list.sh "$1"; }

# compare INDEX DIRECTORY: a share brought back, or seen, against what the host says of its snapshot (`ask truth DAY`).
# `lost`, a script for sed, takes out of both what the program does not keep.
lost=
compare() {
  local what=${shares[$1]} found
  found=$(diff <(sed -E "$lost" "/run/exchange/truth-$1") <(list "$2" | sed -E "$lost") | head -20)
  [ -z "$found" ] || fail "$what differs from its snapshot: $found"
}

# Bytes that the client's kernel has read of files in the view; proc(5), nfs(5): the fifth number of "bytes:".
bytes_read() {
  awk -v view="$view" '
    /^device / { inside = index($0, " mounted on " view) > 0 }
    inside && $1 == "bytes:" { sum += $6 }
    END { printf "%d\n", sum }' /proc/self/mountstats
}

# measured COMMAND...: sets bytes (of files), sent (by the server, of all it answered) and reads (READ calls).
measured() {
  local before sent_before reads_before
  before=$(bytes_read)
  read -r sent_before reads_before < <(ask sent)
  must "$@"
  bytes=$(($(bytes_read) - before))
  read -r sent reads < <(ask sent)
  sent=$((sent - sent_before)) reads=$((reads - reads_before))
  step "$*: $bytes bytes of files ($(percent $bytes)), $reads READ calls, $sent bytes sent ($(percent $sent))"
}
percent() { awk -v part="$1" -v whole="$DATA" 'BEGIN { printf "%.2f %%", 100 * part / whole }'; }

# day NAME: a snapshot of everything; and the share does not stand still until the backup begins.
day() {
  step "$1: $(ask take "$1")"
  mount_live
  echo "since $1" >>"$live/${shares[0]}/odd/setuid" || fail "write"
  unmount "$live"
  mount_view
}

# One file in a hundred gets more at its end; and one of each other kind of change, of which rsync alone (IN_PLACE=0) is
# not made to find the one that leaves size and mtime as they were.
change() {
  mount_live
  local files index odd=$live/${shares[1]}/odd
  mapfile -d '' -t files < <(find "$live" -type f -print0 | LC_ALL=C sort -z)
  for ((index = 50; index < ${#files[@]}; index += 100)); do
    echo "one more line" >>"${files[index]}" || fail "write to ${files[index]}"
  done
  step "changed $((${#files[@]} / 100)) of ${#files[@]} files"
  must mv "$odd/same as secret" "$odd/renamed"
  must rm "$odd/broken link"
  must rmdir "$odd/empty"
  must mkdir "$odd/new"
  echo new >"$odd/new/file" || fail "write"
  must chmod 640 "$odd/setuid"
  must chown 2000:1000 "$live/${shares[2]}/odd/setuid"
  must mv "$live/${shares[2]}/odd/shared" "$live/${shares[2]}/odd/moved"
  if [ "${IN_PLACE:-1}" = 1 ]; then
    local in_place=$live/${shares[2]}/odd/secret
    must touch -r "$in_place" /tmp/times
    printf 'FOR' | must dd of="$in_place" conv=notrunc status=none
    must touch -r /tmp/times "$in_place"
  fi
  unmount "$live"
}

# two_days: `full`, `incremental` and `restore` are the program's; restore puts everything below $restored.
restored=/tmp/restored
two_days() {
  day monday
  measured full
  [ "$bytes" -ge $((DATA * 95 / 100)) ] || fail "$bytes of $DATA bytes read: the measure is wrong, or something was missed"
  unmount "$view"
  bring_back monday
  change
  day tuesday
  measured incremental
  [ $((bytes * 100)) -lt $((DATA * 3)) ] || fail "$(percent "$bytes") read again"
  [ $((sent * 100)) -lt $((DATA * 3)) ] || fail "$(percent "$sent") sent again"
  unmount "$view"
  bring_back tuesday
}

bring_back() {
  local index
  step "back as of $1"
  must rm -rf $restored
  must mkdir $restored
  must restore
  ask truth "$1"
  for index in "${!shares[@]}"; do
    compare "$index" "$restored/${shares[index]}"
    must grep -q "\"name\": \"$1\"" "$restored/${shares[index]}/.berth/manifest.json"
  done
  must [ "$(ls -A $restored)" = $'finance\nshop' ]
}
