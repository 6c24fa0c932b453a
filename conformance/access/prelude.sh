# Sourced by the guest scripts of access/ after guest/prelude.sh.

# ask WORD...: the harness does it while the script waits; prints what it answers. See conversation.mjs.
ask() {
  local exchange=/run/exchange
  echo "$*" >$exchange/question.new && mv $exchange/question.new $exchange/question
  until [ -e $exchange/answer ] || [ -e $exchange/refusal ]; do sleep 0.02; done
  if [ -e $exchange/refusal ]; then
    echo "FAIL $*: $(cat $exchange/refusal)" >&2
    kill -TERM $$
  fi
  cat $exchange/answer
  rm $exchange/answer
}

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
