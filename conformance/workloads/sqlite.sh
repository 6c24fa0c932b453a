#!/bin/bash
# SQLite in its default mode, with a rollback journal, on the share.
. /run/conformance/guest/prelude.sh

must mount_nfs
database=/mnt/nfs/test.db
rows=$(in_full 200000 20000)
sql() { sqlite3 -bail "$database" "$@"; }
ask() { sql ".timeout 5000" "$1"; }
sound() { [ "$(ask 'pragma integrity_check')" = ok ] || fail "integrity: $(ask 'pragma integrity_check' | head -3)"; }

[ "$(ask 'pragma journal_mode=delete')" = delete ] || fail "journal mode"
step "load $rows rows, with an index"
must sql "create table t(id integer primary key, k int, v text); create index t_k on t(k);
  with recursive n(i) as (select 1 union all select i+1 from n where i<$rows)
  insert into t select i, (i*7919) % 100003, hex(randomblob(40)) from n;"
sound

step "many small transactions"
count=$(in_full 1000 50)
for number in $(seq "$count"); do echo "insert into t(k,v) values($number,'single');"; done | must sql
[ "$(ask "select count(*) from t where v='single'")" = "$count" ] || fail "lost single rows"

step "update, delete, vacuum"
must sql "update t set v = v || 'x' where k % 3 = 0; delete from t where k % 5 = 0; vacuum;"
sound

for round in $(seq "$(in_full 10 2)"); do
  before=$(ask "select count(*), sum(k) from t")
  # With a small cache it writes to the database, not only to the journal, before the kill.
  sqlite3 "$database" "pragma cache_size=10; begin; update t set v = hex(randomblob(100)), k = k+1;
    with recursive n(i) as (select 1 union all select i+1 from n where i<1e9) select count(*) from n;" >/dev/null &
  pid=$!
  until [ "$(stat -c %s "$database-journal" 2>/dev/null || echo 0)" -gt 200000 ]; do
    kill -0 $pid || fail "sqlite ended by itself"
    sleep 0.1
  done
  kill -9 $pid
  wait $pid 2>/dev/null
  [ -s "$database-journal" ] || fail "no hot journal after the kill"
  [ "$(ask "select count(*), sum(k) from t")" = "$before" ] || fail "round $round: not rolled back"
  sound
  step "killed in a transaction, rolled back ($round)"
done

must umount /mnt/nfs && must mount_nfs
step "sound after a fresh mount"
sound
