/* Hard and symbolic links. */
#include "check.h"

static void hard(void) {
  make_file("a", "text");
  ok(link("a", "b"));
  equal(status_of("a").st_ino, status_of("b").st_ino);
  equal(status_of("a").st_nlink, 2);
  make_file("b", "changed");
  is(has_text("a", "changed"));
  fails(EXIST, link("a", "b"));
  fails(NOENT, link("missing", "c"));
  fails(NOENT, link("a", "missing/c"));
  ok(mkdir("d", 0755));
  fails(PERM, link("d", "e"));
  fails(NOTDIR, link("a", "b/c"));
  ok(link("a", "d/c"));
  ok(unlink("a"));
  equal(status_of("b").st_nlink, 2);
  is(has_text("d/c", "changed"));
  ok(unlink("b"));
  ok(unlink("d/c"));
  make_file("here", "");
  fails(XDEV, link("here", "/tmp/there"));
  fails(XDEV, rename("here", "/tmp/there"));
  ok(symlink("here", "soft"));
  ok(linkat(AT_FDCWD, "soft", AT_FDCWD, "soft-too", 0)); /* a link to the link itself */
  equal(status_of("soft-too").st_ino, status_of("soft").st_ino);
  make_file("popular", "");
  for (int i = 0; i < 500; i++) {
    char name[32];
    sprintf(name, "name-%d", i);
    ok(link("popular", name));
  }
  equal(status_of("popular").st_nlink, 501);
}

static void symbolic(void) {
  char target[PATH_MAX + 1], back[PATH_MAX + 1];
  ok(symlink("../any/thing at all", "s"));
  equal(readlink("s", back, sizeof back), 19);
  is(memcmp(back, "../any/thing at all", 19) == 0);
  equal(status_of("s").st_mode & S_IFMT, S_IFLNK);
  equal(status_of("s").st_size, 19);
  fails(EXIST, symlink("x", "s"));
  fails(NOENT, open("s", O_RDONLY));
  make_file("plain", "");
  fails(INVAL, readlink("plain", back, sizeof back));
  fails(NOENT, readlink("missing", back, sizeof back));
  fails(NOENT, symlink("", "empty"));
  const size_t lengths[] = {1, 59, 60, 61, 255, 256, 1000};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    memset(target, 't', lengths[i]);
    target[lengths[i]] = 0;
    ok(symlink(target, "sized"));
    equal(readlink("sized", back, sizeof back), lengths[i]);
    is(memcmp(back, target, lengths[i]) == 0);
    ok(unlink("sized"));
  }
  ok(symlink("bytes-\xff\xfe", "odd"));
  equal(readlink("odd", back, sizeof back), 8);
  is(memcmp(back, "bytes-\xff\xfe", 8) == 0);
  ok(symlink("loop-b", "loop-a"));
  ok(symlink("loop-a", "loop-b"));
  fails(LOOP, open("loop-a", O_RDONLY));
  fails(LOOP, chdir("loop-a"));
  ok(mkdir("real", 0755));
  make_file("real/file", "reached");
  ok(symlink("real", "way"));
  ok(symlink("way/file", "way-to-file"));
  is(has_text("way/file", "reached") && has_text("way-to-file", "reached"));
  ok(unlink("way"));
  is(exists("real/file"));
  /* Absolute targets are the client's, never the server's. */
  ok(symlink("/proc/self/comm", "absolute"));
  is(has_text("absolute", "links\n"));
}

int main(void) {
  hard();
  symbolic();
  return done();
}
