# Verified writes and changes of names in /mnt/nfs, while the harness moves it: for scripts that mount it there.

verified_writes() {
  local round=0
  # It leaves a file where it is.
  cd /tmp || return 1
  until [ -e /tmp/enough ]; do
    round=$((round + 1))
    fio --name=move --directory=/mnt/nfs --rw=randrw --bsrange=4k-64k --size=16m --fsync=64 --end_fsync=1 \
      --ioengine=psync --verify=crc32c --verify_fatal=1 --randseed=$((SEED + round)) --fallocate=none \
      >/tmp/fio.log 2>&1 || { touch /tmp/fio-failed && return 1; }
    echo 3 >/proc/sys/vm/drop_caches
  done
  echo $round >/tmp/fio-rounds
}

changes_of_names() {
  local round=0
  until [ -e /tmp/enough ]; do
    round=$((round + 1))
    mkdir /mnt/nfs/d && echo "$round" >/mnt/nfs/d/f && ln /mnt/nfs/d/f /mnt/nfs/d/g && mv /mnt/nfs/d/f /mnt/nfs/h &&
      [ "$(cat /mnt/nfs/h /mnt/nfs/d/g | uniq)" = $round ] && rm /mnt/nfs/d/g /mnt/nfs/h && rmdir /mnt/nfs/d ||
      { touch /tmp/names-failed && return 1; }
  done
  echo $round >/tmp/name-rounds
}

begin_work() {
  verified_writes &
  writer=$!
  changes_of_names &
  names=$!
}

# work_goes_on: neither has failed.
work_goes_on() {
  [ -e /tmp/fio-failed ] && fail "fio: $(tail -5 /tmp/fio.log)"
  [ -e /tmp/names-failed ] && fail "changes of names"
  return 0
}

end_work() {
  touch /tmp/enough
  wait "$writer" || fail "fio: $(tail -5 /tmp/fio.log)"
  wait "$names" || fail "changes of names"
}
