/* Names: longest, too long, any byte but / and NUL, long paths, deep trees. */
#include "check.h"

static void lengths(void) {
  char name[257];
  memset(name, 'n', sizeof name);
  name[255] = 0;
  make_file(name, "longest");
  is(has_text(name, "longest"));
  ok(unlink(name));
  ok(mkdir(name, 0755));
  ok(rmdir(name));
  ok(symlink("x", name));
  ok(unlink(name));
  name[255] = 'n';
  name[256] = 0;
  fails(NAMETOOLONG, open(name, O_CREAT | O_WRONLY, 0644));
  fails(NAMETOOLONG, open(name, O_RDONLY));
  fails(NAMETOOLONG, mkdir(name, 0755));
  fails(NAMETOOLONG, rmdir(name));
  fails(NAMETOOLONG, unlink(name));
  fails(NAMETOOLONG, symlink("x", name));
  make_file("short", "");
  fails(NAMETOOLONG, rename("short", name));
  fails(NAMETOOLONG, link("short", name));
  fails(NAMETOOLONG, mkfifo(name, 0644));
  equal(pathconf(".", _PC_NAME_MAX), 255);
}

/* Makes, lists, renames and removes names of one byte each, and a few of many. */
static void any_byte(void) {
  ok(mkdir("bytes", 0755));
  ok(chdir("bytes"));
  int made = 0;
  for (int byte = 1; byte < 256; byte++) {
    if (byte == '/' || byte == '.') continue;
    make_file((char[]){byte, 0}, "x");
    made++;
  }
  const char *odd[] = {"caf\xe9", "\xff\xfe\xfd", "new\nline", "\xc3\xa9", "e\xcc\x81", " ", "...", ".hidden", "a:b",
                       "CASE", "case", "-rf", "\\", "*"};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    if (strlen(odd[i]) > 1) make_file(odd[i], odd[i]), made++;
  }
  equal(count_names("."), made);
  is(has_text("CASE", "CASE") && has_text("case", "case"));                 /* case matters */
  is(has_text("\xc3\xa9", "\xc3\xa9") && has_text("e\xcc\x81", "e\xcc\x81")); /* Unicode is not normalised */
  DIR *dir = opendir(".");
  unsigned char seen[256] = {0};
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[1] == 0) seen[(unsigned char)entry->d_name[0]]++;
  closedir(dir);
  for (int byte = 1; byte < 256; byte++)
    if (byte != '/') is(seen[byte] == 1); /* '.' is the directory itself */
  for (int byte = 1; byte < 256; byte++)
    if (byte != '/' && byte != '.') ok(unlink((char[]){byte, 0}));
  ok(chdir(".."));
}

static void deep_tree(void) {
  enum { depth = 250 };
  int start = ok(open(".", O_RDONLY | O_DIRECTORY));
  for (int level = 0; level < depth; level++) {
    ok(mkdir("a-level-of-the-deep-tree", 0755));
    ok(chdir("a-level-of-the-deep-tree"));
  }
  make_file("bottom", "reached");
  is(has_text("bottom", "reached"));
  for (int level = 0; level < depth; level++) ok(chdir(".."));
  struct stat here = status_of("."), there;
  ok(fstat(start, &there));
  equal(here.st_ino, there.st_ino);
  ok(close(start));
  char path[PATH_MAX + 100];
  size_t length = 0;
  while (length < PATH_MAX) length += sprintf(path + length, "a-level-of-the-deep-tree/");
  fails(NAMETOOLONG, open(path, O_RDONLY));
}

static void dots(void) {
  fails(INVAL, rmdir("."));
  fails(NOTEMPTY, rmdir("bytes/.."));
  fails(EXIST, mkdir(".", 0755));
  fails(EXIST, mkdir("..", 0755));
  equal(status_of("bytes/..").st_ino, status_of(".").st_ino);
}

int main(void) {
  lengths();
  any_byte();
  deep_tree();
  dots();
  return done();
}
