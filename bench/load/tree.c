/* Finds the handles the modes work on: the runner has made the files (see README.md, "The tree"). */
#include "tree.h"

#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { path_max = 1024 };

static struct fh mount_root(int fd, const char *path) {
  uint8_t bytes[2048];
  struct xdr_out out = {bytes, 0};
  struct xdr_in in;
  struct fh root;
  if (strlen(path) > path_max) die("export path of more than %d bytes", path_max);
  rpc_begin(&out, rpc_fresh_xid(), mount_program, mount_version, 1);
  put_string(&out, path);
  rpc_call(fd, &out, &in);
  uint32_t status = get_u32(&in);
  if (status != 0) die("MNT of %s: mountstat3 %u", path, status);
  if (!get_fh(&in, &root)) die("MNT of %s gave no handle", path);
  return root;
}

static struct fh find(int fd, const struct fh *directory, const char *name) {
  uint8_t bytes[call_head_max];
  struct xdr_out out = {bytes, 0};
  struct xdr_in in;
  struct fh fh;
  rpc_begin(&out, rpc_fresh_xid(), nfs_program, nfs_version, op_rows[op_lookup].procedure);
  put_fh(&out, directory);
  put_string(&out, name);
  rpc_call(fd, &out, &in);
  uint32_t status = get_u32(&in);
  if (status != 0) die("LOOKUP of %s: nfsstat3 %u", name, status);
  if (!get_fh(&in, &fh)) die("LOOKUP of %s gave no handle", name);
  return fh;
}

static void add_directory(struct fh directory) {
  if (tree.directories_count == directories_max) die("more than %d directories", directories_max);
  tree.directories[tree.directories_count++] = directory;
}

/* The roots of the exports a file names, one in each line. */
static void mount_exports(int mount_fd) {
  char line[path_max + 2];
  FILE *file = fopen(options.exports, "r");
  if (!file) die("%s: %s", options.exports, strerror(errno));
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    add_directory(mount_root(mount_fd, line));
  }
  fclose(file);
}

/* For op_find: d0 and so on of the export, or the roots of many exports. */
static void find_directories(int mount_fd, int fd) {
  char name[name_size_max];
  tree.directories = calloc(directories_max, sizeof *tree.directories);
  if (!tree.directories) die("out of memory");
  if (options.exports) {
    mount_exports(mount_fd);
  } else {
    tree.root = mount_root(mount_fd, options.export_path);
    for (uint32_t i = 0; i < options.directories; i++) {
      snprintf(name, sizeof name, "d%u", i);
      add_directory(find(fd, &tree.root, name));
    }
  }
  if (tree.directories_count == 0) die("no directories");
}

static void find_files(int mount_fd, int fd, struct conn *conns) {
  char name[name_size_max];
  tree.root = mount_root(mount_fd, options.export_path);
  snprintf(name, sizeof name, "names-%u", options.names);
  tree.names = find(fd, &tree.root, name);
  tree.create = options.create_in_names ? tree.names : find(fd, &tree.root, "create");
  tree.targets_count = options.names < targets_max ? options.names : targets_max;
  for (uint32_t i = 0; i < tree.targets_count; i++) {
    entry_name(name, i);
    tree.targets[i] = find(fd, &tree.names, name);
  }
  struct fh data = find(fd, &tree.root, "data");
  for (int i = 0; i < options.conns; i++) {
    snprintf(name, sizeof name, "f%d", i % data_files);
    conns[i].file = find(fd, &data, name);
  }
}

void tree_find(const struct mode *mode, struct conn *conns) {
  int fd = rpc_dial(options.nfs_port), mount_fd = rpc_dial(options.mount_port);
  if (mode->percent[op_find] > 0) find_directories(mount_fd, fd);
  else find_files(mount_fd, fd, conns);
  close(mount_fd);
  close(fd);
}
