#!/bin/bash
# bacula-fd, with a director and a storage daemon of the guest's own. Incrementals are accurate ones: others take for
# changed what is younger than their own last start, and what they read then was older than that.
. /run/conformance/guest/prelude.sh
. /run/conformance/access/prelude.sh
. /run/conformance/backup/prelude.sh

home=/tmp/bacula
mkdir -p $home/volumes
daemon="Working Directory = $home; Pid Directory = $home"
messages="Messages { Name = all; append = $home/log = all, !skipped, !restored }"
common='Client = fd; FileSet = view; Storage = sd; Pool = volumes; Messages = all'
cat >$home/dir.conf <<END
Director { Name = dir; Password = secret; DirAddress = 127.0.0.1; QueryFile = /dev/null; Messages = all; $daemon }
Client { Name = fd; Address = 127.0.0.1; Password = secret; Catalog = catalog }
Storage { Name = sd; Address = 127.0.0.1; Password = secret; Device = volumes; Media Type = File }
Catalog { Name = catalog; dbname = catalog; dbuser = ""; dbpassword = "" }
Pool { Name = volumes; Pool Type = Backup; Label Format = volume }
FileSet { Name = view; Include { Options { onefs = no }; File = $view } }
Job { Name = backup; Type = Backup; Level = Incremental; Accurate = yes; $common }
Job { Name = restore; Type = Restore; Where = /tmp/all; $common }
$messages
END
cat >$home/fd.conf <<END
FileDaemon { Name = fd; FDAddress = 127.0.0.1; $daemon }
Director { Name = dir; Password = secret }
Messages { Name = all; director = dir = all, !skipped, !restored }
END
cat >$home/sd.conf <<END
Storage { Name = sd; SDAddress = 127.0.0.1; $daemon }
Director { Name = dir; Password = secret }
Device {
  Name = volumes; Media Type = File; Archive Device = $home/volumes; LabelMedia = yes; Random Access = yes
  AutomaticMount = yes; RemovableMedia = no; AlwaysOpen = no
}
Messages { Name = all; director = dir = all }
END
cat >$home/console.conf <<END
Director { Name = dir; Password = secret; address = 127.0.0.1 }
END
sed "s:^cd .*:cd $home:; s:XXX_DBNAME_XXX:catalog:" /usr/share/bacula-director/make_sqlite3_tables | must bash
for part in sd fd dir; do bacula-$part -f -c $home/$part.conf & done
for port in 9101 9102 9103; do
  within 60 bash -c "until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.2; done"
done

# console COMMAND: the job it starts must end well.
console() {
  : >$home/log
  printf '%s\nwait\nquit\n' "$1" | bconsole -c $home/console.conf >/tmp/said
  grep -E 'Termination: +(Backup|Restore) OK$' $home/log >/dev/null || {
    cat /tmp/said $home/log
    return 1
  }
}
full() { console "run job=backup level=Full yes"; }
incremental() {
  # Directories come back with the job that has them, and files of later jobs come into them then.
  lost+='; s/^(.*: d [0-7]+ [0-9]+:[0-9]+) .*/\1/'
  console "run job=backup level=Incremental yes"
}
restore() {
  console "restore client=fd current select all done yes" && mv "/tmp/all$view"/* $restored/ && rm -r /tmp/all
}
# Of times it keeps the seconds.
lost='s/\.[0-9]{10}//'
two_days
