/* Modes, owners, times and sizes, as root. */
#include "check.h"
#include <time.h>

static int later(struct timespec a, struct timespec b) {
  return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void modes(void) {
  make_file("f", "x");
  for (int mode = 0; mode < 010000; mode += 0111) {
    ok(chmod("f", mode));
    equal(status_of("f").st_mode & 07777, mode);
  }
  ok(mkdir("d", 0755));
  ok(chmod("d", 02775));
  equal(status_of("d").st_mode & 07777, 02775);
  ok(chmod("d", 01777));
  equal(status_of("d").st_mode & 07777, 01777);
  fails(NOENT, chmod("missing", 0644));
  ok(symlink("f", "l"));
  ok(chmod("l", 0600)); /* follows */
  equal(status_of("f").st_mode & 07777, 0600);
}

static void owners(void) {
  make_file("owned", "x");
  ok(chown("owned", 1000, 2000));
  equal(status_of("owned").st_uid, 1000);
  equal(status_of("owned").st_gid, 2000);
  ok(chown("owned", -1, 3000));
  equal(status_of("owned").st_uid, 1000);
  equal(status_of("owned").st_gid, 3000);
  ok(chown("owned", 4000000000u, 65536));
  equal(status_of("owned").st_uid, 4000000000u);
  equal(status_of("owned").st_gid, 65536);
  ok(symlink("missing", "link"));
  ok(lchown("link", 1000, 1000));
  equal(status_of("link").st_uid, 1000);
  /* A new owner takes setuid and setgid from a program. */
  ok(chmod("owned", 06755));
  ok(chown("owned", 1001, 1001));
  equal(status_of("owned").st_mode & 07777, 0755);
  /* A setgid directory gives its group to what is made in it, and itself to directories. */
  ok(mkdir("team", 0755));
  ok(chown("team", 0, 5000));
  ok(chmod("team", 02775));
  make_file("team/file", "");
  ok(mkdir("team/sub", 0755));
  ok(symlink("x", "team/link"));
  equal(status_of("team/file").st_gid, 5000);
  equal(status_of("team/link").st_gid, 5000);
  equal(status_of("team/sub").st_gid, 5000);
  equal(status_of("team/sub").st_mode & 07777, 02755);
}

static void set_times(void) {
  make_file("t", "x");
  const struct timespec wanted[][2] = {
      {{1000000000, 123456789}, {1100000000, 987654321}},
      {{1, 1}, {2, 0}}, /* Linux clients cut the nanoseconds of second 0 */
      {{4000000000, 7}, {4000000000, 8}}, /* seconds are unsigned in NFS version 3 */
      {{2147483647, 999999999}, {2147483647, 1}},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    ok(utimensat(AT_FDCWD, "t", wanted[i], 0));
    struct stat st = status_of("t");
    equal(st.st_atim.tv_sec, wanted[i][0].tv_sec);
    equal(st.st_atim.tv_nsec, wanted[i][0].tv_nsec);
    equal(st.st_mtim.tv_sec, wanted[i][1].tv_sec);
    equal(st.st_mtim.tv_nsec, wanted[i][1].tv_nsec);
  }
  struct stat before = status_of("t");
  const struct timespec only_mtime[] = {{0, UTIME_OMIT}, {5, 5}};
  ok(utimensat(AT_FDCWD, "t", only_mtime, 0));
  equal(status_of("t").st_atim.tv_sec, before.st_atim.tv_sec);
  equal(status_of("t").st_mtim.tv_sec, 5);
  const struct timespec now[] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  ok(utimensat(AT_FDCWD, "t", now, 0));
  is(labs(status_of("t").st_mtim.tv_sec - time(NULL)) < 5);
  ok(symlink("t", "tl"));
  ok(utimensat(AT_FDCWD, "tl", wanted[0], AT_SYMLINK_NOFOLLOW));
  equal(status_of("tl").st_mtim.tv_nsec, 987654321);
  is(status_of("t").st_mtim.tv_nsec != 987654321);
  ok(mkdir("td", 0755));
  ok(utimensat(AT_FDCWD, "td", wanted[0], 0));
  equal(status_of("td").st_mtim.tv_nsec, 987654321);
}

/* Which operations move which times. The server's clock has ticks: wait for more than one. */
static void moved_times(void) {
  ok(mkdir("m", 0755));
  make_file("m/f", "x");
  struct stat dir = status_of("m"), file = status_of("m/f");
  usleep(30000);
  ok(chmod("m/f", 0600));
  is(later(status_of("m/f").st_ctim, file.st_ctim));
  is(!later(status_of("m/f").st_mtim, file.st_mtim));
  is(!later(status_of("m").st_mtim, dir.st_mtim));
  usleep(30000);
  file = status_of("m/f");
  make_file("m/f", "longer");
  is(later(status_of("m/f").st_mtim, file.st_mtim) && later(status_of("m/f").st_ctim, file.st_ctim));
  usleep(30000);
  file = status_of("m/f");
  ok(link("m/f", "m/g"));
  is(later(status_of("m/f").st_ctim, file.st_ctim) && !later(status_of("m/f").st_mtim, file.st_mtim));
  is(later(status_of("m").st_mtim, dir.st_mtim));
  usleep(30000);
  dir = status_of("m");
  ok(unlink("m/g"));
  is(later(status_of("m").st_mtim, dir.st_mtim) && later(status_of("m").st_ctim, dir.st_ctim));
  usleep(30000);
  dir = status_of("m");
  ok(rename("m/f", "m/h"));
  is(later(status_of("m").st_mtim, dir.st_mtim));
  usleep(30000);
  file = status_of("m/h");
  ok(truncate("m/h", 1));
  is(later(status_of("m/h").st_mtim, file.st_mtim));
}

static void sizes(void) {
  int fd = ok(open("sized", O_CREAT | O_WRONLY, 0644));
  static char megabyte[1 << 20];
  equal(write(fd, megabyte, sizeof megabyte), sizeof megabyte);
  ok(fsync(fd));
  ok(close(fd));
  struct stat st = status_of("sized");
  equal(st.st_size, 1 << 20);
  is(st.st_blocks * 512LL >= 1 << 20 || st.st_blocks == 0); /* btrfs counts when it has written */
  is(st.st_blksize >= 4096);
  equal(st.st_dev, status_of(".").st_dev);
}

int main(void) {
  umask(022);
  modes();
  owners();
  set_times();
  moved_times();
  sizes();
  return done();
}
