/*
 * Checks for the POSIX programs: each prints what went wrong with its line and goes on; main ends with done().
 *
 *   ok(call)           call must not be negative; gives its value
 *   fails(EXIST, call) call must be negative with errno EEXIST (the E is added)
 *   is(condition)      condition must hold
 *   equal(a, b)        two whole numbers must be equal; both are printed when not
 */
#ifndef CHECK_H
#define CHECK_H
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int checks_made, checks_failed;

#define REPORT(...) (checks_failed++, printf("FAIL %s:%d: ", __FILE_NAME__, __LINE__), printf(__VA_ARGS__), putchar('\n'), fflush(stdout))

#define ok(call)                                                        \
  ({                                                                    \
    errno = 0;                                                          \
    long long value_ = (long long)(call);                               \
    checks_made++;                                                      \
    if (value_ < 0) REPORT("%s: %s", #call, strerrorname_np(errno));    \
    value_;                                                             \
  })

#define fails(name, call)                                                                                  \
  ({                                                                                                       \
    errno = 0;                                                                                             \
    long long value_ = (long long)(call);                                                                  \
    checks_made++;                                                                                         \
    if (value_ >= 0) REPORT("%s: worked, wanted E" #name, #call);                                          \
    else if (errno != E##name) REPORT("%s: %s, wanted E" #name, #call, strerrorname_np(errno));            \
  })

#define is(condition)                                 \
  ({                                                  \
    checks_made++;                                    \
    if (!(condition)) REPORT("not so: %s", #condition); \
  })

#define equal(a, b)                                                                          \
  ({                                                                                         \
    long long a_ = (long long)(a), b_ = (long long)(b);                                      \
    checks_made++;                                                                           \
    if (a_ != b_) REPORT("%s is %lld, wanted %s = %lld", #a, a_, #b, b_);                     \
  })

/* Every program is started in an empty directory of the mount. */
static inline int done(void) {
  printf("%d checks, %d failed\n", checks_made, checks_failed);
  return checks_failed > 0 || checks_made == 0;
}

static inline void make_file(const char *name, const char *text) {
  int fd = ok(open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644));
  equal(write(fd, text, strlen(text)), strlen(text));
  ok(close(fd));
}

static inline int has_text(const char *name, const char *text) {
  char buffer[4096];
  int fd = open(name, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t size = read(fd, buffer, sizeof buffer);
  close(fd);
  return size == (ssize_t)strlen(text) && memcmp(buffer, text, size) == 0;
}

static inline struct stat status_of(const char *name) {
  struct stat st = {0};
  ok(lstat(name, &st));
  return st;
}

static inline int exists(const char *name) { return faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

/* Number of names in a directory without . and .. */
static inline int count_names(const char *directory) {
  DIR *dir = opendir(directory);
  if (!dir) return -1;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(dir));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) count++;
  closedir(dir);
  return count;
}

/* Runs code as another user in a child, so that the parent stays root; its failed checks are added to ours. */
#define AS(user, group, ngroups, groups, code)                                       \
  do {                                                                               \
    fflush(stdout);                                                                  \
    pid_t child_ = fork();                                                           \
    if (child_ == 0) {                                                               \
      checks_failed = 0;                                                             \
      ok(setgroups(ngroups, groups));                                                \
      ok(setresgid(group, group, group));                                            \
      ok(setresuid(user, user, user));                                               \
      code;                                                                          \
      fflush(stdout);                                                                \
      _exit(checks_failed > 100 ? 100 : checks_failed);                              \
    }                                                                                \
    int status_;                                                                     \
    waitpid(child_, &status_, 0);                                                    \
    checks_made++;                                                                   \
    checks_failed += WIFEXITED(status_) ? WEXITSTATUS(status_) : 1;                  \
  } while (0)

#endif
