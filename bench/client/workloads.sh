# The workloads of client.sh: `run_NAME` is timed, in the share's root; the rest is not.

pick() { if [ "$QUICK" = 1 ]; then echo "$1"; else echo "$2"; fi; }
transactions=$(pick 50 200)
random_mib=$(pick 8 32)
fsynced_mib=$(pick 2 8)
sequential_mib=$(pick 32 128)

# From the host's disk into the guest's memory, so that reading them takes no part.
copy_inputs() {
  must cp -a /run/exchange/inputs /tmp/inputs
  must git clone -q --bare --no-local /tmp/inputs/origin /tmp/origin.git
}

# What workloads find on the share.
make_files() {
  cd $share || fail "cd"
  must git clone -q --no-local -b one /tmp/origin.git work
  must cp -r /tmp/inputs/npm npm
  mkdir fio && head -c "${sequential_mib}M" /dev/urandom >fio/read-me || fail "write"
  cd /
}

# Everything once, uncounted: programs are read from the host's disk, and a server has compiled what it runs.
warm_up() {
  cd $share && run_untar && run_read && run_remove
  cd /
}

run_untar() { must tar --numeric-owner -xpf /tmp/inputs/tree.tar; }
# A pipe: to /dev/null itself tar reads nothing.
run_read() { must tar -cf - tree | cat >/dev/null; }
run_remove() { must rm -rf tree; }

# To the other branch and back.
run_checkout() {
  cd work && must git checkout -q two && must git checkout -q one
}
check_checkout() {
  [ -z "$(git -C $share/work status --porcelain)" ] || fail "not clean after the checkout"
}

prepare_npm() { must rm -rf $share/npm/node_modules; }
# V8 is told not to use AVX (see conformance/README.md) and to be of one thread: threads of one process share what the guest does not save.
run_npm() {
  cd npm
  UV_THREADPOOL_SIZE=1 must node --no-enable-avx --no-enable-avx2 --single-threaded "$NPM" ci --offline --ignore-scripts --no-audit \
    --no-fund --no-update-notifier --silent --cache /tmp/inputs/npm-cache
}
check_npm() {
  (cd $share/npm/node_modules && find . -type f ! -path './.package-lock.json' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >/tmp/installed
  must cmp /tmp/installed /tmp/inputs/npm-installed
}

prepare_sqlite() { must rm -f $share/test.db; }
run_sqlite() {
  {
    echo "pragma journal_mode=delete; pragma synchronous=full; create table t(id integer primary key, v text);"
    for number in $(seq "$transactions"); do echo "insert into t(v) values('row $number');"; done
  } | must sqlite3 -bail test.db >/dev/null
}
check_sqlite() {
  [ "$(sqlite3 $share/test.db 'select count(*) from t')" = "$transactions" ] || fail "rows are missing"
}

# fio's own time, without that of its start, which takes a second in the guest.
run_fio() {
  must fio --name=job --directory=fio --ioengine=psync --fallocate=none --randseed=1 --output-format=json "$@" >/tmp/fio.json
  took=$(awk -F'[:,]' '/"job_runtime"/ { print $2 / 1000; exit }' /tmp/fio.json)
}
run_fio_random_read() { run_fio --filename=read-me --rw=randread --bs=4k --size="${random_mib}m"; }
run_fio_random_write() { run_fio --filename=random --rw=randwrite --bs=4k --size="${fsynced_mib}m" --fsync=32; }
run_fio_read() { run_fio --filename=read-me --rw=read --bs=1m --size="${sequential_mib}m"; }
run_fio_write() { run_fio --filename=sequential --rw=write --bs=1m --size="${sequential_mib}m" --end_fsync=1; }
prepare_fio_random_write() { rm -f $share/fio/random; }
prepare_fio_write() { rm -f $share/fio/sequential; }
