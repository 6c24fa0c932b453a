/* A FUSE filesystem that shows a directory and takes its time over each call: what a store across a slow network is like, or
 * a disk that stalls. It speaks to /dev/fuse itself, so that a compiler is all it takes. For tests.
 *
 *   slow-filesystem DIRECTORY MOUNTPOINT CONTROL
 *
 * CONTROL is a file whose first four bytes are a number in the machine's order: milliseconds that each call takes from now on,
 * or -1 for calls that are not answered until it says something else. It runs until it is unmounted. */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { THREAD_COUNT = 128, NODE_COUNT_MAX = 65536, WRITE_MAX = 128 * 1024, REQUEST_MAX = WRITE_MAX + 8192 };

/* Objects by number, from FUSE_ROOT_ID on; never forgotten, so that handles stay good. */
typedef struct {
  int fd; /* O_PATH */
  uint64_t inode;
} node_t;
static node_t nodes[NODE_COUNT_MAX];
static uint64_t node_count = FUSE_ROOT_ID + 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int device;
static volatile int32_t *delay_ms;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void take_time(void) {
  while (*delay_ms < 0) usleep(5000);
  if (*delay_ms > 0) usleep((useconds_t)*delay_ms * 1000);
}

static void reply(uint64_t unique, int error, const void *data, size_t size) {
  struct fuse_out_header header = {.len = (uint32_t)(sizeof header + size), .error = -error, .unique = unique};
  struct iovec parts[] = {{&header, sizeof header}, {(void *)(uintptr_t)data, size}};
  /* ENOENT: the call was interrupted, and nobody waits for it. */
  if (writev(device, parts, size ? 2 : 1) < 0 && errno != ENOENT && errno != ENODEV) die("writev");
}

static void path_of(char *into, int fd) { sprintf(into, "/proc/self/fd/%d", fd); }

static void fill(struct fuse_attr *attr, const struct stat *st) {
  *attr = (struct fuse_attr){
      .ino = st->st_ino, .size = (uint64_t)st->st_size, .blocks = (uint64_t)st->st_blocks,
      .atime = (uint64_t)st->st_atim.tv_sec, .mtime = (uint64_t)st->st_mtim.tv_sec, .ctime = (uint64_t)st->st_ctim.tv_sec,
      .atimensec = (uint32_t)st->st_atim.tv_nsec, .mtimensec = (uint32_t)st->st_mtim.tv_nsec, .ctimensec = (uint32_t)st->st_ctim.tv_nsec,
      .mode = st->st_mode, .nlink = (uint32_t)st->st_nlink, .uid = st->st_uid, .gid = st->st_gid,
      .rdev = (uint32_t)((minor(st->st_rdev) & 0xff) | (major(st->st_rdev) << 8) | ((minor(st->st_rdev) & ~0xffu) << 12)),
      .blksize = 4096};
}

/* The number of what an O_PATH descriptor refers to; takes the descriptor over. */
static uint64_t node_of(int fd, uint64_t inode) {
  pthread_mutex_lock(&lock);
  uint64_t id = FUSE_ROOT_ID;
  while (id < node_count && nodes[id].inode != inode) id++;
  if (id == node_count) {
    if (id == NODE_COUNT_MAX) die("too many objects");
    nodes[id] = (node_t){fd, inode};
    node_count++;
  } else {
    /* A number that is used again is another object now. */
    struct stat st;
    if (fstat(nodes[id].fd, &st) || st.st_nlink == 0) dup3(fd, nodes[id].fd, O_CLOEXEC);
    close(fd);
  }
  pthread_mutex_unlock(&lock);
  return id;
}

static int enter(int dirfd, const char *name, struct fuse_entry_out *out) {
  struct stat st;
  int fd = name[0] == '.' && !name[1] ? dup(dirfd) : openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstatat(fd, "", &st, AT_EMPTY_PATH)) return errno;
  *out = (struct fuse_entry_out){.nodeid = node_of(fd, st.st_ino), .generation = 1};
  fill(&out->attr, &st);
  return 0;
}

/* What a call has made belongs to who made it. */
static int give(const struct fuse_in_header *in, int dirfd, const char *name, struct fuse_entry_out *out) {
  if (fchownat(dirfd, name, in->uid, in->gid, AT_SYMLINK_NOFOLLOW)) return errno;
  return enter(dirfd, name, out);
}

static int set_attributes(int fd, const struct fuse_setattr_in *set) {
  char path[64];
  path_of(path, fd);
  struct timespec times[2] = {{(time_t)set->atime, set->atimensec}, {(time_t)set->mtime, set->mtimensec}};
  if (!(set->valid & FATTR_ATIME)) times[0].tv_nsec = UTIME_OMIT;
  if (set->valid & FATTR_ATIME_NOW) times[0].tv_nsec = UTIME_NOW;
  if (!(set->valid & FATTR_MTIME)) times[1].tv_nsec = UTIME_OMIT;
  if (set->valid & FATTR_MTIME_NOW) times[1].tv_nsec = UTIME_NOW;
  if (set->valid & (FATTR_UID | FATTR_GID) &&
      fchownat(fd, "", set->valid & FATTR_UID ? set->uid : (uid_t)-1, set->valid & FATTR_GID ? set->gid : (gid_t)-1, AT_EMPTY_PATH))
    return errno;
  if (set->valid & FATTR_SIZE && truncate(path, (off_t)set->size)) return errno;
  if (set->valid & FATTR_MODE && chmod(path, set->mode & 07777)) return errno;
  if (set->valid & (FATTR_ATIME | FATTR_MTIME) && utimensat(fd, "", times, AT_EMPTY_PATH)) return errno;
  return 0;
}

static size_t list(int fd, const struct fuse_read_in *read, char *into) {
  static __thread char page[32768];
  size_t size = 0;
  if (lseek(fd, (off_t)read->offset, SEEK_SET) < 0) return 0;
  for (;;) {
    long got = syscall(SYS_getdents64, fd, page, sizeof page);
    if (got <= 0) return size;
    for (long at = 0; at < got;) {
      struct dirent64 *entry = (void *)(page + at);
      size_t length = strlen(entry->d_name), taken = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length);
      if (size + taken > read->size) return size;
      struct fuse_dirent *out = (void *)(into + size);
      memset(out, 0, taken);
      *out = (struct fuse_dirent){.ino = entry->d_ino, .off = (uint64_t)entry->d_off, .namelen = (uint32_t)length, .type = entry->d_type};
      memcpy(out->name, entry->d_name, length);
      size += taken, at += entry->d_reclen;
    }
  }
}

static int open_node(int fd, int flags) {
  char path[64];
  path_of(path, fd);
  return open(path, (flags & ~(O_NOFOLLOW | O_CREAT | O_EXCL)) | O_CLOEXEC);
}

static void answer(const struct fuse_in_header *in, const char *body, char *out) {
  int fd = in->nodeid < node_count ? nodes[in->nodeid].fd : -1, error = 0;
  size_t size = 0;
  struct fuse_entry_out *entry = (void *)out;
#define RESULT(call) do { if ((call) < 0) error = errno; } while (0)
  switch (in->opcode) {
    case FUSE_INIT: {
      const struct fuse_init_in *init = (const void *)body;
      struct fuse_init_out result = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_readahead = init->max_readahead,
                                     .flags = init->flags & (FUSE_EXPORT_SUPPORT | FUSE_BIG_WRITES | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES | FUSE_ASYNC_READ),
                                     .max_background = THREAD_COUNT, .max_write = WRITE_MAX, .max_pages = WRITE_MAX / 4096, .time_gran = 1};
      memcpy(out, &result, size = sizeof result);
      break;
    }
    case FUSE_LOOKUP: error = enter(fd, body, entry), size = sizeof *entry; break;
    case FUSE_GETATTR: {
      struct fuse_attr_out *result = (void *)out;
      struct stat st;
      RESULT(fstatat(fd, "", &st, AT_EMPTY_PATH));
      memset(result, 0, size = sizeof *result);
      if (!error) fill(&result->attr, &st);
      break;
    }
    case FUSE_SETATTR: {
      struct fuse_attr_out *result = (void *)out;
      struct stat st;
      error = set_attributes(fd, (const void *)body);
      memset(result, 0, size = sizeof *result);
      if (!error && !fstatat(fd, "", &st, AT_EMPTY_PATH)) fill(&result->attr, &st);
      break;
    }
    case FUSE_READLINK: {
      ssize_t got = readlinkat(fd, "", out, 4096);
      if (got < 0) error = errno;
      else size = (size_t)got;
      break;
    }
    case FUSE_SYMLINK:
      RESULT(symlinkat(body + strlen(body) + 1, fd, body));
      if (!error) error = give(in, fd, body, entry), size = sizeof *entry;
      break;
    case FUSE_MKNOD: {
      const struct fuse_mknod_in *make = (const void *)body;
      RESULT(mknodat(fd, body + sizeof *make, make->mode, make->rdev));
      if (!error) error = give(in, fd, body + sizeof *make, entry), size = sizeof *entry;
      break;
    }
    case FUSE_MKDIR: {
      const struct fuse_mkdir_in *make = (const void *)body;
      RESULT(mkdirat(fd, body + sizeof *make, make->mode));
      if (!error) error = give(in, fd, body + sizeof *make, entry), size = sizeof *entry;
      break;
    }
    case FUSE_CREATE: {
      const struct fuse_create_in *make = (const void *)body;
      const char *name = body + sizeof *make;
      struct fuse_open_out *opened = (void *)(out + sizeof *entry);
      int file = openat(fd, name, (int)(make->flags | O_CREAT | O_CLOEXEC), make->mode);
      if (file < 0) error = errno;
      else error = give(in, fd, name, entry);
      *opened = (struct fuse_open_out){.fh = (uint64_t)file, .open_flags = FOPEN_DIRECT_IO};
      size = sizeof *entry + sizeof *opened;
      break;
    }
    case FUSE_UNLINK: RESULT(unlinkat(fd, body, 0)); break;
    case FUSE_RMDIR: RESULT(unlinkat(fd, body, AT_REMOVEDIR)); break;
    case FUSE_RENAME:
    case FUSE_RENAME2: {
      const struct fuse_rename2_in *to = (const void *)body;
      const char *names = body + (in->opcode == FUSE_RENAME ? sizeof(struct fuse_rename_in) : sizeof *to);
      RESULT(renameat2(fd, names, nodes[to->newdir].fd, names + strlen(names) + 1, in->opcode == FUSE_RENAME ? 0 : to->flags));
      break;
    }
    case FUSE_LINK: {
      const struct fuse_link_in *link = (const void *)body;
      char path[64];
      path_of(path, nodes[link->oldnodeid].fd);
      RESULT(linkat(AT_FDCWD, path, fd, body + sizeof *link, AT_SYMLINK_FOLLOW));
      if (!error) error = enter(fd, body + sizeof *link, entry), size = sizeof *entry;
      break;
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR: {
      const struct fuse_open_in *open = (const void *)body;
      struct fuse_open_out *opened = (void *)out;
      int file = open_node(fd, (int)open->flags);
      if (file < 0) error = errno;
      *opened = (struct fuse_open_out){.fh = (uint64_t)file, .open_flags = in->opcode == FUSE_OPEN ? FOPEN_DIRECT_IO : 0};
      size = sizeof *opened;
      break;
    }
    case FUSE_READ: {
      const struct fuse_read_in *read = (const void *)body;
      ssize_t got = pread((int)read->fh, out, read->size, (off_t)read->offset);
      if (got < 0) error = errno;
      else size = (size_t)got;
      break;
    }
    case FUSE_READDIR: {
      const struct fuse_read_in *read = (const void *)body;
      size = list((int)read->fh, read, out);
      break;
    }
    case FUSE_WRITE: {
      const struct fuse_write_in *write = (const void *)body;
      struct fuse_write_out *result = (void *)out;
      ssize_t got = pwrite((int)write->fh, body + sizeof *write, write->size, (off_t)write->offset);
      if (got < 0) error = errno;
      *result = (struct fuse_write_out){.size = (uint32_t)got};
      size = sizeof *result;
      break;
    }
    case FUSE_STATFS: {
      struct fuse_statfs_out *result = (void *)out;
      struct statfs st;
      RESULT(fstatfs(fd, &st));
      *result = (struct fuse_statfs_out){.st = {.blocks = st.f_blocks, .bfree = st.f_bfree, .bavail = st.f_bavail, .files = st.f_files,
                                               .ffree = st.f_ffree, .bsize = (uint32_t)st.f_bsize, .namelen = 255, .frsize = (uint32_t)st.f_frsize}};
      size = sizeof *result;
      break;
    }
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR: close((int)((const struct fuse_release_in *)(const void *)body)->fh); break;
    case FUSE_FSYNC:
    case FUSE_FSYNCDIR: RESULT(fsync((int)((const struct fuse_fsync_in *)(const void *)body)->fh)); break;
    case FUSE_FLUSH: break;
    default: error = ENOSYS;
  }
  reply(in->unique, error, out, error ? 0 : size);
}

static int takes_time(uint32_t opcode) { return opcode != FUSE_INIT && opcode != FUSE_RELEASE && opcode != FUSE_RELEASEDIR; }

static void *serve(void *unused) {
  (void)unused;
  char *request = malloc(REQUEST_MAX), *out = malloc(REQUEST_MAX);
  if (!request || !out) die("malloc");
  for (;;) {
    ssize_t size = read(device, request, REQUEST_MAX);
    if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
    /* Unmounted. */
    if (size < (ssize_t)sizeof(struct fuse_in_header)) exit(0);
    const struct fuse_in_header *in = (const void *)request;
    if (in->opcode == FUSE_FORGET || in->opcode == FUSE_BATCH_FORGET || in->opcode == FUSE_INTERRUPT) continue;
    if (takes_time(in->opcode)) take_time();
    answer(in, request + sizeof *in, out);
  }
}

int main(int count, char **arguments) {
  if (count != 4) return fprintf(stderr, "usage: slow-filesystem DIRECTORY MOUNTPOINT CONTROL\n"), 2;
  struct stat st;
  char options[256];
  umask(0);
  int control = open(arguments[3], O_RDONLY | O_CLOEXEC);
  if (control < 0) die(arguments[3]);
  delay_ms = mmap(NULL, 4096, PROT_READ, MAP_SHARED, control, 0);
  if (delay_ms == MAP_FAILED) die("mmap");
  nodes[FUSE_ROOT_ID].fd = open(arguments[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (nodes[FUSE_ROOT_ID].fd < 0 || fstat(nodes[FUSE_ROOT_ID].fd, &st)) die(arguments[1]);
  nodes[FUSE_ROOT_ID].inode = st.st_ino;
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) die("/dev/fuse");
  sprintf(options, "fd=%d,rootmode=%o,user_id=0,group_id=0,allow_other,default_permissions", device, st.st_mode & S_IFMT);
  if (mount("slow", arguments[2], "fuse.slow", MS_NOSUID | MS_NODEV, options)) die("mount");
  for (int i = 1; i < THREAD_COUNT; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL)) die("pthread_create");
  }
  puts("mounted");
  fflush(stdout);
  serve(NULL);
}
