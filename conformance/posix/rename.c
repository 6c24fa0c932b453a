/* rename(2): every kind of thing onto every kind of thing. */
#include "check.h"

enum kind { none, file, empty_directory, full_directory, link_to_file, fifo, kinds };
static const char *const names[] = {"nothing", "file", "empty directory", "full directory", "symbolic link", "fifo"};

static void make(enum kind kind, const char *name) {
  char below[64];
  switch (kind) {
    case none: break;
    case file: make_file(name, "file"); break;
    case full_directory: /* and then */
    case empty_directory:
      ok(mkdir(name, 0755));
      snprintf(below, sizeof below, "%s/inside", name);
      if (kind == full_directory) make_file(below, "inside");
      break;
    case link_to_file: ok(symlink("target", name)); break;
    case fifo: ok(mkfifo(name, 0644)); break;
    case kinds: break;
  }
}

static void clear(const char *name) {
  char below[64];
  snprintf(below, sizeof below, "%s/inside", name);
  unlink(below);
  if (unlink(name) < 0) rmdir(name);
}

static int is_directory(enum kind kind) { return kind == empty_directory || kind == full_directory; }

/* What rename(2) owes, 0 for success. */
static int owed(enum kind from, enum kind to) {
  if (from == none) return ENOENT;
  if (to == none) return 0;
  if (is_directory(from) && !is_directory(to)) return ENOTDIR;
  if (!is_directory(from) && is_directory(to)) return EISDIR;
  return to == full_directory ? ENOTEMPTY : 0;
}

static void matrix(const char *from_name, const char *to_name) {
  for (enum kind from = none; from < kinds; from++) {
    for (enum kind to = none; to < kinds; to++) {
      make(from, from_name);
      make(to, to_name);
      ino_t number = from == none ? 0 : status_of(from_name).st_ino;
      int result = rename(from_name, to_name) == 0 ? 0 : errno;
      checks_made++;
      /* POSIX lets a full directory say EEXIST as well. */
      if (result != owed(from, to) && !(owed(from, to) == ENOTEMPTY && result == EEXIST))
        REPORT("%s onto %s (%s): %s, wanted %s", names[from], names[to], to_name, strerror(result),
               strerror(owed(from, to)));
      if (result == 0) {
        is(!exists(from_name));
        equal(status_of(to_name).st_ino, number);
      }
      clear(from_name);
      clear(to_name);
    }
  }
}

static void special_cases(void) {
  make_file("one", "1");
  ok(link("one", "same"));
  ok(rename("one", "same")); /* two names of one file: nothing happens */
  is(exists("one") && exists("same"));
  ok(rename("one", "one"));
  ok(mkdir("outer", 0755));
  ok(mkdir("outer/inner", 0755));
  fails(INVAL, rename("outer", "outer/inner/outer"));
  fails(NOTEMPTY, rename("outer/inner", "outer"));
  fails(NOENT, rename("one", "missing/one"));
  fails(NOTDIR, rename("one", "same/below"));
  fails(BUSY, rename("outer/.", "other"));
  /* A moved directory knows its new parent, and link counts follow. */
  ok(mkdir("elsewhere", 0755));
  nlink_t before = status_of("elsewhere").st_nlink;
  ok(rename("outer/inner", "elsewhere/inner"));
  equal(status_of("elsewhere/inner/..").st_ino, status_of("elsewhere").st_ino);
  struct stat st;
  ok(stat("elsewhere", &st));
  is(st.st_nlink == before + 1 || before == 1); /* btrfs always says 1 */
  /* The file replaced stays readable through its descriptor. */
  make_file("old", "old");
  make_file("new", "new");
  int fd = ok(open("old", O_RDONLY));
  ok(rename("new", "old"));
  char text[4] = "";
  equal(read(fd, text, 3), 3);
  is(memcmp(text, "old", 3) == 0);
  is(has_text("old", "new"));
  ok(close(fd));
  /* Replacing in a circle many times loses nothing. */
  for (int round = 0; round < 200; round++) {
    make_file("draft", "final");
    ok(rename("draft", "published"));
    is(has_text("published", "final"));
  }
}

int main(void) {
  matrix("from", "to");
  ok(mkdir("other", 0755));
  matrix("from", "other/to");
  ok(rmdir("other"));
  special_cases();
  return done();
}
