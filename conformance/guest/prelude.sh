# Sourced by every guest script. Set by the harness: SERVER, PORT, MOUNT_PORT, SHARE, FILESYSTEM, FULL (1 in a full run, else 0), SEED.
set -u
umask 022
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=Tester GIT_AUTHOR_EMAIL=tester@example.org GIT_COMMITTER_NAME=Tester
export GIT_COMMITTER_EMAIL=tester@example.org
programs=/run/exchange/programs

# mount_nfs [DIRECTORY [OPTIONS [SHARE]]]: a hard mount, as a user would type it.
mount_nfs() {
  local directory=${1:-/mnt/nfs} options=${2:-} share=${3:-$SHARE}
  mkdir -p "$directory"
  mount -t nfs -o "vers=3,proto=tcp,mountproto=tcp,port=$PORT,mountport=$MOUNT_PORT,nolock${options:+,$options}" \
    "$SERVER:$share" "$directory"
}

# ask WORD...: the harness does it while the script waits; prints what it answers. See guest/conversation.mjs.
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

# in_full A B: A in a full run, B in the cut.
in_full() { if [ "$FULL" = 1 ]; then echo "$1"; else echo "$2"; fi; }

step() { echo "# $SECONDS s: $*"; }

fail() {
  echo "FAIL $*"
  exit 1
}

# must COMMAND...: runs it and gives up when it fails.
must() {
  "$@" || fail "($?) $*"
}

# must_fail MESSAGE COMMAND...: it has to fail, and say MESSAGE.
must_fail() {
  local message=$1 output
  shift
  if output=$("$@" 2>&1); then fail "should have failed: $*"; fi
  case $output in *"$message"*) ;; *) fail "$*: wanted '$message', got '$output'" ;; esac
}
