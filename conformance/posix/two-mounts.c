/*
 * Two mounts of one share that share no cache, as two clients would be. Arguments: two directories, one on each, and
 * the same directory as the server's administrator sees it.
 */
#include "check.h"

static char path_buffer[8][PATH_MAX];
static int path_next;

static const char *at(const char *directory, const char *name) {
  char *path = path_buffer[path_next++ % 8];
  snprintf(path, PATH_MAX, "%s/%s", directory, name);
  return path;
}

/* Runs code in a second process and waits for it after `beside`. */
#define AT_ONCE(code, beside)                          \
  do {                                                 \
    fflush(stdout);                                    \
    pid_t child_ = fork();                             \
    if (child_ == 0) {                                 \
      checks_failed = 0;                               \
      code;                                            \
      fflush(stdout);                                  \
      _exit(checks_failed > 100 ? 100 : checks_failed); \
    }                                                  \
    beside;                                            \
    int status_;                                       \
    waitpid(child_, &status_, 0);                      \
    checks_failed += WIFEXITED(status_) ? WEXITSTATUS(status_) : 1; \
  } while (0)

/* What one wrote and closed, the other sees at its next open. */
static void close_to_open(const char *a, const char *b) {
  for (int round = 0; round < 50; round++) {
    char text[32];
    sprintf(text, "round %d of the text", round);
    make_file(at(a, "shared"), text);
    is(has_text(at(b, "shared"), text));
    sprintf(text, "answer %d", round);
    make_file(at(b, "shared"), text);
    is(has_text(at(a, "shared"), text));
  }
}

/* Exactly one of two wins each name. */
static void exclusive_race(const char *a, const char *b) {
  enum { races = 200 };
  int won_here = 0, won_there = 0;
  for (int round = 0; round < races; round++) {
    char name[32];
    sprintf(name, "race-%d", round);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(open(at(b, name), O_CREAT | O_EXCL | O_WRONLY, 0644) >= 0);
    int fd = open(at(a, name), O_CREAT | O_EXCL | O_WRONLY, 0644);
    int status;
    waitpid(child, &status, 0);
    won_here += fd >= 0;
    won_there += WEXITSTATUS(status);
    equal((fd >= 0) + WEXITSTATUS(status), 1);
    if (fd >= 0) ok(close(fd));
    else fails(EXIST, open(at(a, name), O_CREAT | O_EXCL | O_WRONLY, 0644));
  }
  printf("races won: %d here, %d there\n", won_here, won_there);
}

/* mkdir is a lock for many programs: one winner. */
static void mkdir_race(const char *a, const char *b) {
  for (int round = 0; round < 100; round++) {
    char name[32];
    sprintf(name, "lock-%d", round);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(mkdir(at(b, name), 0755) == 0);
    int won = mkdir(at(a, name), 0755) == 0;
    int status;
    waitpid(child, &status, 0);
    equal(won + WEXITSTATUS(status), 1);
  }
}

/* NFS has no append: the client seeks to the end it knows. Taking turns, with open and close, nothing is lost. */
static void append_in_turns(const char *a, const char *b) {
  for (int round = 0; round < 100; round++) {
    int fd = ok(open(at(round % 2 ? a : b, "log"), O_CREAT | O_WRONLY | O_APPEND, 0644));
    equal(write(fd, "0123456789\n", 11), 11);
    ok(close(fd));
  }
  equal(status_of(at(a, "log")).st_size, 1100);
}

/* Two write blocks of one file at once, each its own: O_DIRECT, so that no page of one covers the other's. */
static void interleaved_blocks(const char *a, const char *b) {
  enum { blocks = 200, size = 4096 };
  static char block[size] __attribute__((aligned(4096)));
  ok(close(ok(open(at(a, "blocks"), O_CREAT | O_WRONLY, 0644))));
  AT_ONCE(
      {
        int fd = ok(open(at(b, "blocks"), O_WRONLY | O_DIRECT));
        memset(block, 'b', size);
        for (int i = 1; i < blocks; i += 2) equal(pwrite(fd, block, size, (off_t)i * size), size);
        ok(close(fd));
      },
      {
        int fd = ok(open(at(a, "blocks"), O_WRONLY | O_DIRECT));
        memset(block, 'a', size);
        for (int i = 0; i < blocks; i += 2) equal(pwrite(fd, block, size, (off_t)i * size), size);
        ok(close(fd));
      });
  int fd = ok(open(at(a, "blocks"), O_RDONLY | O_DIRECT)), wrong = 0;
  for (int i = 0; i < blocks; i++) {
    equal(pread(fd, block, size, (off_t)i * size), size);
    wrong += block[0] != (i % 2 ? 'b' : 'a') || block[size - 1] != block[0];
  }
  equal(wrong, 0);
  ok(close(fd));
}

/* Both make and remove names in one directory: at the end it holds what it should. */
static void busy_directory(const char *a, const char *b) {
  ok(mkdir(at(a, "busy"), 0755));
  const char *mounts[] = {a, b};
  for (int who = 0; who < 2; who++) {
    fflush(stdout);
    if (fork() == 0) {
      checks_failed = 0;
      for (int i = 0; i < 300; i++) {
        char name[32], other[32];
        sprintf(name, "busy/%d-%d", who, i);
        sprintf(other, "busy/%d-%d-moved", who, i);
        ok(close(ok(open(at(mounts[who], name), O_CREAT | O_EXCL | O_WRONLY, 0644))));
        if (i % 3 == 0) ok(unlink(at(mounts[who], name)));
        if (i % 3 == 1) ok(rename(at(mounts[who], name), at(mounts[who], other)));
      }
      fflush(stdout);
      _exit(checks_failed > 100 ? 100 : checks_failed);
    }
  }
  for (int who = 0; who < 2; who++) {
    int status;
    wait(&status);
    checks_failed += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
}

/* Removed behind the client's back: ESTALE for who has it open, ENOENT for who looks again. */
static void stale(const char *a, const char *b, const char *served) {
  make_file(at(a, "doomed"), "text");
  int fd = ok(open(at(a, "doomed"), O_RDWR | O_DIRECT));
  ok(unlink(at(served, "doomed")));
  static char block[4096] __attribute__((aligned(4096)));
  fails(STALE, pread(fd, block, sizeof block, 0));
  fails(STALE, pwrite(fd, block, sizeof block, 0));
  close(fd);
  is(!exists(at(b, "doomed")));
  ok(mkdir(at(a, "doomed-directory"), 0755));
  int dir = ok(open(at(a, "doomed-directory"), O_RDONLY | O_DIRECTORY));
  ok(rmdir(at(served, "doomed-directory")));
  checks_made++;
  if (openat(dir, "new", O_CREAT | O_WRONLY, 0644) >= 0 || (errno != ESTALE && errno != ENOENT))
    REPORT("made a file in a removed directory: %s", strerrorname_np(errno));
  close(dir);
  /* A name used again is another file: the old handle must not reach it. */
  make_file(at(a, "reborn"), "first");
  fd = ok(open(at(a, "reborn"), O_RDONLY | O_DIRECT));
  ok(unlink(at(served, "reborn")));
  make_file(at(served, "reborn"), "other");
  fails(STALE, pread(fd, block, sizeof block, 0));
  close(fd);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  close_to_open(argv[1], argv[2]);
  exclusive_race(argv[1], argv[2]);
  mkdir_race(argv[1], argv[2]);
  append_in_turns(argv[1], argv[2]);
  interleaved_blocks(argv[1], argv[2]);
  busy_directory(argv[1], argv[2]);
  /* Counted by a listing that is surely fresh: the server's own. */
  equal(count_names(at(argv[3], "busy")), 400);
  stale(argv[1], argv[2], argv[3]);
  return done();
}
