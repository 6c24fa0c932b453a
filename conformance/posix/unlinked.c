/* Files removed or replaced while open: the client keeps them under a .nfs name until the last close. */
#include "check.h"
#include <sys/mman.h>

static int silly_names(void) {
  DIR *dir = opendir(".");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(dir));) count += strncmp(entry->d_name, ".nfs", 4) == 0;
  closedir(dir);
  return count;
}

int main(void) {
  char text[16] = "";
  make_file("f", "before");
  int fd = ok(open("f", O_RDWR));
  ok(unlink("f"));
  is(!exists("f"));
  equal(silly_names(), 1);
  equal(pread(fd, text, 6, 0), 6);
  is(memcmp(text, "before", 6) == 0);
  equal(pwrite(fd, "after!", 6, 0), 6);
  ok(fsync(fd));
  struct stat st;
  ok(fstat(fd, &st));
  equal(st.st_size, 6);
  make_file("f", "a new one");
  equal(pread(fd, text, 6, 0), 6);
  is(memcmp(text, "after!", 6) == 0);
  ok(close(fd));
  equal(silly_names(), 0);
  is(has_text("f", "a new one"));

  /* Two descriptors: the first close removes nothing. */
  int one = ok(open("f", O_RDONLY)), two = ok(open("f", O_RDONLY));
  ok(unlink("f"));
  ok(close(one));
  equal(pread(two, text, 5, 0), 5);
  ok(close(two));
  equal(silly_names(), 0);

  /* A mapping outlives the descriptor and the name. */
  make_file("mapped", "mapped text");
  fd = ok(open("mapped", O_RDWR));
  char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  is(map != MAP_FAILED);
  ok(close(fd));
  ok(unlink("mapped"));
  is(memcmp(map, "mapped text", 11) == 0);
  map[0] = 'M';
  ok(msync(map, 4096, MS_SYNC));
  ok(munmap(map, 4096));
  equal(silly_names(), 0);

  /* A directory with such a file cannot go; it can after the close. */
  ok(mkdir("d", 0755));
  make_file("d/open", "x");
  fd = ok(open("d/open", O_RDONLY));
  ok(unlink("d/open"));
  checks_made++;
  if (rmdir("d") == 0 || (errno != ENOTEMPTY && errno != EBUSY && errno != EEXIST)) REPORT("rmdir of a used directory");
  ok(close(fd));
  ok(rmdir("d"));

  /* Removed while others have a link. */
  make_file("linked", "kept");
  ok(link("linked", "other"));
  fd = ok(open("linked", O_RDONLY));
  ok(unlink("linked"));
  ok(close(fd));
  is(has_text("other", "kept"));
  equal(status_of("other").st_nlink, 1);
  return done();
}
