#!/bin/bash
# A program that writes numbered records to two files in turn, with O_SYNC and without.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh

must mount_with "$TOKEN" /ledger /mnt/ledger sync
# One process, both files open: each write is answered before the next begins.
perl -e '
  use IO::Handle;
  open(my $a, ">", "/mnt/ledger/a") or die $!;
  open(my $b, ">", "/mnt/ledger/b") or die $!;
  my $record = 0;
  while (!-e "/tmp/enough") {
    my $to = $record % 2 ? $b : $a;
    syswrite($to, sprintf("%08d\n", $record)) == 9 or die $!;
    $record++;
  }
  close($a) or die $!; close($b) or die $!;
  print "$record records\n";
' &
writer=$!
until [ -s /mnt/ledger/b ]; do sleep 0.1; done
ask snapshots
touch /tmp/enough
wait $writer || fail "the writer failed"
cd /
