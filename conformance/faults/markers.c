/*
 * Writes numbered records, each synced before the next, and prints the number of the last one that is safe. Its output
 * is the promise that the harness holds against the server's own copy. Arguments: a file, and for how many seconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int fd = open(argv[1], O_CREAT | O_WRONLY, 0644);
  if (fd < 0) return perror("open"), 1;
  time_t end = time(NULL) + atoi(argv[2]);
  for (int number = 0; time(NULL) < end; number++) {
    char record[65];
    snprintf(record, sizeof record, "%010d %052llu\n", number, number * 0x9e3779b97f4a7c15ULL);
    if (pwrite(fd, record, 64, number * 64L) != 64) return perror("write"), 1;
    if (fsync(fd)) return perror("fsync"), 1;
    printf("safe %d\n", number);
    fflush(stdout);
  }
  return close(fd) ? perror("close"), 1 : 0;
}
