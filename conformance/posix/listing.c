/* A directory of very many names: listed exactly once each, warm and cold. Argument: how many. */
#include "check.h"

/* Lists `.` and counts how often each numbered name was seen. */
static void once_each(int count, unsigned char *seen) {
  memset(seen, 0, count);
  DIR *dir = opendir(".");
  int strangers = 0;
  for (struct dirent *entry; (entry = readdir(dir));) {
    int number;
    if (sscanf(entry->d_name, "%d-", &number) == 1 && number >= 0 && number < count) seen[number]++;
    else strangers++;
  }
  closedir(dir);
  int wrong = 0;
  for (int i = 0; i < count; i++) wrong += seen[i] != 1;
  equal(wrong, 0);
  equal(strangers, 2);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int count = atoi(argv[1]);
  unsigned char *seen = malloc(count);
  struct stat st;
  /* The harness makes the names on the server: this is about listing. */
  once_each(count, seen);
  int fd = ok(open("/proc/sys/vm/drop_caches", O_WRONLY));
  equal(write(fd, "3", 1), 1);
  ok(close(fd));
  once_each(count, seen);
  ok(stat("0-a-name", &st));
  free(seen);
  return done();
}
