/* Directories: making, removing, listing, and listing while names go. */
#include "check.h"

static void making(void) {
  ok(mkdir("d", 0751));
  equal(status_of("d").st_mode, S_IFDIR | 0751);
  fails(EXIST, mkdir("d", 0755));
  fails(NOENT, mkdir("missing/d", 0755));
  make_file("f", "");
  fails(NOTDIR, mkdir("f/d", 0755));
  fails(EXIST, mkdir("f", 0755));
  fails(NOTDIR, rmdir("f"));
  fails(ISDIR, unlink("d"));
  fails(NOENT, rmdir("missing"));
  make_file("d/inside", "");
  fails(NOTEMPTY, rmdir("d"));
  ok(unlink("d/inside"));
  ok(rmdir("d"));
  ok(mkdir("counted", 0755));
  nlink_t before = status_of("counted").st_nlink;
  ok(mkdir("counted/a", 0755));
  ok(mkdir("counted/b", 0755));
  is(status_of("counted").st_nlink == before + 2 || before == 1); /* btrfs always says 1 */
  ok(rmdir("counted/a"));
  is(status_of("counted").st_nlink == before + 1 || before == 1);
}

static void fill(const char *directory, int count) {
  ok(mkdir(directory, 0755));
  ok(chdir(directory));
  for (int i = 0; i < count; i++) {
    char name[64];
    sprintf(name, "entry-with-a-middling-name-%06d", i);
    int fd = open(name, O_CREAT | O_WRONLY, 0644);
    if (fd < 0) REPORT("open %s: %s", name, strerrorname_np(errno));
    else close(fd);
  }
  ok(chdir(".."));
}

/* Each name is seen once, in pieces, from any position, and after going back. */
static void positions(int count) {
  DIR *dir = opendir("many");
  long middle = -1;
  char at_middle[256] = "";
  int seen = 0;
  for (struct dirent *entry; (entry = readdir(dir)); seen++) {
    if (seen == count / 2) {
      middle = telldir(dir);
      entry = readdir(dir);
      seen++;
      if (entry) strcpy(at_middle, entry->d_name);
    }
  }
  equal(seen, count + 2);
  seekdir(dir, middle);
  struct dirent *entry = readdir(dir);
  is(entry && strcmp(entry->d_name, at_middle) == 0);
  rewinddir(dir);
  for (seen = 0; readdir(dir); seen++) continue;
  equal(seen, count + 2);
  closedir(dir);
}

/* What rm -r does: unlink what readdir gave, go on reading. Nothing may be left, nothing seen twice. */
static void removing_while_reading(const char *directory) {
  DIR *dir = opendir(directory);
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.') ok(unlinkat(dirfd(dir), entry->d_name, 0));
  closedir(dir);
  equal(count_names(directory), 0);
  ok(rmdir(directory));
}

/* Names that stay must each be seen once, while others come and go. */
static void changing_while_reading(int count) {
  fill("changing", count);
  unsigned char *seen = calloc(count, 1);
  DIR *dir = opendir("changing");
  int read_so_far = 0;
  for (struct dirent *entry; (entry = readdir(dir)); read_so_far++) {
    int number;
    if (sscanf(entry->d_name, "entry-with-a-middling-name-%d", &number) == 1) seen[number]++;
    if (read_so_far % 10 == 0) {
      char name[64];
      sprintf(name, "added-%d", read_so_far);
      ok(close(ok(openat(dirfd(dir), name, O_CREAT | O_WRONLY, 0644))));
      if (read_so_far % 20 == 0) ok(unlinkat(dirfd(dir), name, 0));
    }
    if (read_so_far > 10 * count) {
      REPORT("reading does not end");
      break;
    }
  }
  int wrong = 0;
  for (int i = 0; i < count; i++) wrong += seen[i] != 1;
  equal(wrong, 0);
  closedir(dir);
  free(seen);
  removing_while_reading("changing");
}

static void types(void) {
  ok(mkdir("types", 0755));
  ok(mkdir("types/directory", 0755));
  make_file("types/file", "");
  ok(symlink("x", "types/link"));
  ok(mkfifo("types/pipe", 0644));
  DIR *dir = opendir("types");
  for (struct dirent *entry; (entry = readdir(dir));) {
    struct stat st;
    ok(fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW));
    if (entry->d_name[0] != '.') equal(entry->d_ino, st.st_ino);
    if (entry->d_type != DT_UNKNOWN) equal(entry->d_type, IFTODT(st.st_mode));
  }
  closedir(dir);
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1000;
  making();
  types();
  fill("many", count);
  positions(count);
  removing_while_reading("many");
  changing_while_reading(count / 2);
  return done();
}
