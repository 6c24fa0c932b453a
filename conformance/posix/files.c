/* Regular files: open and its errors, reading and writing, truncation, holes, great offsets. */
#include "check.h"

static void opening(void) {
  fails(NOENT, open("missing", O_RDONLY));
  int fd = ok(open("new", O_CREAT | O_EXCL | O_RDWR, 0640));
  equal(status_of("new").st_mode, S_IFREG | 0640);
  equal(status_of("new").st_size, 0);
  fails(EXIST, open("new", O_CREAT | O_EXCL | O_RDWR, 0640));
  ok(close(fd));
  ok(mkdir("directory", 0755));
  fails(ISDIR, open("directory", O_WRONLY));
  fails(ISDIR, open("directory", O_RDWR | O_CREAT, 0644));
  fails(EXIST, open("directory", O_RDONLY | O_CREAT | O_EXCL, 0644));
  fails(NOTDIR, open("new/below", O_RDONLY));
  fails(NOTDIR, open("new", O_RDONLY | O_DIRECTORY));
  fails(NOENT, open("missing/below", O_CREAT | O_WRONLY, 0644));
  fails(NOENT, open("", O_RDONLY));
  ok(symlink("new", "link"));
  fails(LOOP, open("link", O_RDONLY | O_NOFOLLOW));
  fails(EXIST, open("link", O_CREAT | O_EXCL | O_WRONLY, 0644));
  ok(symlink("made-through-link", "dangling"));
  ok(close(ok(open("dangling", O_CREAT | O_WRONLY, 0644))));
  is(exists("made-through-link"));
  make_file("new", "some text");
  ok(close(ok(open("new", O_WRONLY | O_TRUNC))));
  equal(status_of("new").st_size, 0);
  umask(027);
  ok(close(ok(open("masked", O_CREAT | O_WRONLY, 0666))));
  equal(status_of("masked").st_mode & 07777, 0640);
  umask(022);
  fd = ok(open("read-only", O_CREAT | O_RDWR, 0444));
  equal(write(fd, "x", 1), 1);
  ok(close(fd));
}

static void reading_and_writing(void) {
  int fd = ok(open("data", O_CREAT | O_RDWR, 0644));
  static char pattern[300000], back[300001];
  for (size_t at = 0; at < sizeof pattern; at++) pattern[at] = at * 31 + at / 251;
  equal(pwrite(fd, pattern, sizeof pattern, 0), sizeof pattern);
  equal(pread(fd, back, sizeof back, 0), sizeof pattern);
  is(memcmp(pattern, back, sizeof pattern) == 0);
  equal(pread(fd, back, 10, sizeof pattern), 0);
  equal(pread(fd, back, 100, sizeof pattern - 7), 7);
  equal(pwrite(fd, "across", 6, 4093), 6);
  equal(pread(fd, back, 6, 4093), 6);
  is(memcmp(back, "across", 6) == 0);
  ok(fsync(fd));
  ok(fdatasync(fd));
  struct stat st;
  ok(fstat(fd, &st));
  equal(st.st_size, sizeof pattern);
  ok(close(fd));
  fd = ok(open("data", O_RDONLY));
  fails(BADF, write(fd, "x", 1));
  ok(close(fd));
  fd = ok(open("appended", O_CREAT | O_WRONLY | O_APPEND, 0644));
  for (int i = 0; i < 100; i++) equal(pwrite(fd, "line\n", 5, 0), 5); /* O_APPEND wins over the offset */
  ok(close(fd));
  equal(status_of("appended").st_size, 500);
}

static void truncation(void) {
  make_file("cut", "0123456789");
  ok(truncate("cut", 4));
  is(has_text("cut", "0123"));
  ok(truncate("cut", 8));
  int fd = ok(open("cut", O_RDWR));
  char back[8];
  equal(read(fd, back, 8), 8);
  is(memcmp(back, "0123\0\0\0\0", 8) == 0);
  ok(ftruncate(fd, 0));
  ok(close(fd));
  equal(status_of("cut").st_size, 0);
  fails(INVAL, truncate("cut", -1));
  fails(NOENT, truncate("missing", 0));
  ok(mkdir("cut-directory", 0755));
  fails(ISDIR, truncate("cut-directory", 0));
  /* What was cut off must not come back when the file grows again. */
  fd = ok(open("regrown", O_CREAT | O_RDWR, 0644));
  char full[8192], after[8192];
  memset(full, 'x', sizeof full);
  equal(pwrite(fd, full, sizeof full, 0), sizeof full);
  ok(ftruncate(fd, 100));
  ok(ftruncate(fd, sizeof full));
  equal(pread(fd, after, sizeof after, 0), sizeof after);
  is(after[99] == 'x' && after[100] == 0 && after[8191] == 0);
  ok(close(fd));
}

static void holes(void) {
  int fd = ok(open("sparse", O_CREAT | O_RDWR, 0644));
  equal(pwrite(fd, "end", 3, 100 << 20), 3);
  ok(fsync(fd));
  struct stat st;
  ok(fstat(fd, &st));
  equal(st.st_size, (100 << 20) + 3);
  is(st.st_blocks * 512 < 1 << 20); /* `used` in the server's attributes tells the hole */
  char back[4096];
  equal(pread(fd, back, sizeof back, 50 << 20), sizeof back);
  for (size_t at = 0; at < sizeof back; at++)
    if (back[at]) REPORT("a byte in the hole"), at = sizeof back;
  /* NFS version 3 does not tell where holes are: the whole file counts as data, its end as the hole. */
  equal(lseek(fd, 0, SEEK_DATA), 0);
  equal(lseek(fd, 0, SEEK_HOLE), st.st_size);
  fails(OPNOTSUPP, fallocate(fd, 0, 0, 4096));
  fails(OPNOTSUPP, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
  ok(close(fd));
}

static void great_offsets(void) {
  const off_t offsets[] = {(1LL << 31) - 2, (1LL << 32) - 2, 5LL << 30, 1LL << 40};
  for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    int fd = ok(open("great", O_CREAT | O_RDWR | O_TRUNC, 0644));
    char back[4] = "";
    equal(pwrite(fd, "far", 4, offsets[i]), 4);
    ok(fsync(fd));
    ok(close(fd));
    equal(status_of("great").st_size, offsets[i] + 4);
    fd = ok(open("great", O_RDONLY | O_DIRECT));
    ok(close(fd));
    fd = ok(open("great", O_RDONLY));
    ok(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
    equal(pread(fd, back, 4, offsets[i]), 4);
    is(memcmp(back, "far", 4) == 0);
    ok(close(fd));
  }
  ok(unlink("great"));
}

int main(void) {
  opening();
  reading_and_writing();
  truncation();
  holes();
  great_offsets();
  return done();
}
