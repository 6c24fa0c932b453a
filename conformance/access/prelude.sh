# Sourced by the guest scripts of access/ after guest/prelude.sh.

# mount_with TOKEN PATH DIRECTORY [OPTIONS]: nothing is cached, so that every command asks the server.
mount_with() {
  mount_nfs "$3" "noac,lookupcache=none${4:+,$4}" "/@$1$2"
}

# must_refuse_mount TOKEN PATH
must_refuse_mount() {
  must_fail "access denied by server" mount_with "$1" "$2" /mnt/refused
}

# within SECONDS COMMAND...: it must end in time; gives its status.
within() {
  local limit=$1 status
  shift
  timeout -s KILL "$limit" "$@"
  status=$?
  [ $status = 137 ] && fail "no end within $limit s: $*"
  return $status
}
