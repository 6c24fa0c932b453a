/* What the share says of itself: statfs, pathconf. */
#include "check.h"
#include <sys/statvfs.h>

int main(void) {
  struct statvfs before, after;
  ok(statvfs(".", &before));
  is(before.f_bsize >= 512 && before.f_frsize >= 512);
  is(before.f_blocks > 0 && before.f_bfree <= before.f_blocks && before.f_bavail <= before.f_bfree);
  is(before.f_ffree <= before.f_files);
  equal(before.f_namemax, 255);
  static char megabyte[1 << 20];
  memset(megabyte, 'x', sizeof megabyte);
  int fd = ok(open("weight", O_CREAT | O_WRONLY, 0644));
  for (int i = 0; i < 64; i++) equal(write(fd, megabyte, sizeof megabyte), sizeof megabyte);
  ok(fsync(fd));
  ok(close(fd));
  ok(statvfs(".", &after));
  long long used = (long long)(before.f_bfree - after.f_bfree) * before.f_frsize;
  is(used > 32 << 20 && used < 256 << 20); /* btrfs accounts late and coarsely */
  equal(pathconf(".", _PC_NAME_MAX), 255);
  equal(pathconf(".", _PC_NO_TRUNC), 1);
  equal(pathconf(".", _PC_CHOWN_RESTRICTED), 1);
  return done();
}
