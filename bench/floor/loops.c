/* loops MODE DIRECTORY SECONDS: what this machine does without any server, in one thread; prints what berth-load prints.
 *
 *   pread4k, pwrite4k   4 KiB at random in DIRECTORY/data/f0
 *   pread1m, pwrite1m   1 MiB after the other
 *   fsync4k             4 KiB written and fsync'ed
 *   fsync-create        a file made or removed in DIRECTORY/create, and the directory fsync'ed: one fsync a call */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { file_bytes = 64 << 20, latencies_max = 1 << 20 };

static uint8_t buffer[1 << 20];
static double latencies[latencies_max];
static int file, directory;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double clock_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static off_t place(uint64_t turn, size_t size) {
  uint64_t blocks = file_bytes / size;
  /* A multiplicative walk visits small blocks in no order that read-ahead would know. */
  return (off_t)((size < sizeof buffer ? turn * 2654435761u : turn) % blocks * size);
}

static void io(uint64_t turn, size_t size, int writes) {
  off_t at = place(turn, size);
  ssize_t done = writes ? pwrite(file, buffer, size, at) : pread(file, buffer, size, at);
  if (done != (ssize_t)size) die("data/f0");
}

static void create(uint64_t turn) {
  if (turn % 2 == 0) {
    int made = openat(directory, "loop", O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (made < 0) die("create/loop");
    close(made);
  } else if (unlinkat(directory, "loop", 0)) die("create/loop");
  if (fsync(directory)) die("fsync of create");
}

/* Bytes moved. */
static size_t step(const char *mode, uint64_t turn) {
  size_t size = strstr(mode, "1m") ? sizeof buffer : 4096;
  if (!strcmp(mode, "fsync-create")) return create(turn), 0;
  io(turn, size, !strncmp(mode, "pwrite", 6) || !strcmp(mode, "fsync4k"));
  if (!strcmp(mode, "fsync4k") && fsync(file)) die("fsync of data/f0");
  return size;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int known(const char *mode) {
  static const char *const modes[] = {"pread4k", "pwrite4k", "pread1m", "pwrite1m", "fsync4k", "fsync-create"};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (!strcmp(modes[i], mode)) return 1;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 4 || !known(argv[1])) return fprintf(stderr, "usage: loops MODE DIRECTORY SECONDS\n"), 2;
  if (chdir(argv[2])) die(argv[2]);
  file = open("data/f0", O_RDWR);
  directory = open("create", O_RDONLY | O_DIRECTORY);
  if (file < 0 || directory < 0) die("data/f0 and create");
  double begun = clock_us(), end = begun + atof(argv[3]) * 1e6, now = begun;
  uint64_t calls = 0, bytes = 0;
  for (; now < end || calls % 2; calls++) {
    double before = now;
    bytes += step(argv[1], calls);
    now = clock_us();
    latencies[calls % latencies_max] = now - before;
  }
  size_t kept = calls < latencies_max ? calls : latencies_max;
  qsort(latencies, kept, sizeof *latencies, by_size);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"mode\":\"%s\",\"seconds\":%.6f,\"calls\":%llu,\"bytes\":%llu,\"names\":0,\"errors\":0,\"p50Us\":%.2f,\"p99Us\":%.2f,"
         "\"maxUs\":%.2f,\"serverUserSeconds\":%.3f,\"serverSystemSeconds\":%.3f,\"generatorSeconds\":0}\n",
         argv[1], (now - begun) / 1e6, (unsigned long long)calls, (unsigned long long)bytes, latencies[kept / 2],
         latencies[kept * 99 / 100], latencies[kept - 1], (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6,
         (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6);
  return 0;
}
