#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

struct options options = {
    .host = "127.0.0.1",
    .export_path = "/",
    .mode = "getattr",
    .nfs_port = 2049,
    .conns = 1,
    .depth = 16,
    .size = 4096,
    .file_size = 64u << 20,
    .names = 1000,
    .directories = 1,
    .seconds = 3,
    .warmup = 0.5,
};

static double number(const char *name, const char *text, double low, double high) {
  char *end;
  double value = strtod(text, &end);
  if (*text == 0 || *end != 0 || !(value >= low && value <= high))
    die("--%s wants a number from %.15g to %.15g, not '%s'", name, low, high, text);
  return value;
}

static void usage(void) {
  printf("usage: berth-load --nfs-port N --export PATH --mode MODE [options]\n"
         "  modes: %s\n"
         "  --host A (127.0.0.1)  --mount-port N (the NFS port)  --conns N (1)  --depth N (16)\n"
         "  --size BYTES (4096) of a READ or WRITE  --file-mb N (64)  --random  --stable  --once  --names N (1000)\n"
         "  --create-in-names  find: --directories N (1) or --exports FILE, a line each\n"
         "  --seconds N (3)  --warmup N (0.5)  --pid N the server's, for its CPU time  --uid N (0)  --gid N (0)\n"
         "  --source A the address to connect from  --rate N calls a second, however long replies take: one connection\n",
         mode_names());
}

const struct mode *options_parse(int argc, char **argv) {
  const struct mode *mode;
  enum { host, nfs_port, mount_port, export_path, mode_name, conns, depth, size, file_mb, is_random, is_stable, is_once, names,
         directories, exports, create_in_names, seconds, warmup, pid, uid, gid, source, rate, help };
  static const struct option rows[] = {
      [host] = {"host", 1, 0, host},
      [nfs_port] = {"nfs-port", 1, 0, nfs_port},
      [mount_port] = {"mount-port", 1, 0, mount_port},
      [export_path] = {"export", 1, 0, export_path},
      [mode_name] = {"mode", 1, 0, mode_name},
      [conns] = {"conns", 1, 0, conns},
      [depth] = {"depth", 1, 0, depth},
      [size] = {"size", 1, 0, size},
      [file_mb] = {"file-mb", 1, 0, file_mb},
      [is_random] = {"random", 0, 0, is_random},
      [is_stable] = {"stable", 0, 0, is_stable},
      [is_once] = {"once", 0, 0, is_once},
      [names] = {"names", 1, 0, names},
      [directories] = {"directories", 1, 0, directories},
      [exports] = {"exports", 1, 0, exports},
      [create_in_names] = {"create-in-names", 0, 0, create_in_names},
      [seconds] = {"seconds", 1, 0, seconds},
      [warmup] = {"warmup", 1, 0, warmup},
      [pid] = {"pid", 1, 0, pid},
      [uid] = {"uid", 1, 0, uid},
      [gid] = {"gid", 1, 0, gid},
      [source] = {"source", 1, 0, source},
      [rate] = {"rate", 1, 0, rate},
      [help] = {"help", 0, 0, help},
      {0, 0, 0, 0},
  };
  for (int row; (row = getopt_long(argc, argv, "", rows, NULL)) != -1;) {
    if (row == '?') exit(2);
    const char *name = rows[row].name;
    switch (row) {
      case host: options.host = optarg; break;
      case nfs_port: options.nfs_port = (int)number(name, optarg, 1, 65535); break;
      case mount_port: options.mount_port = (int)number(name, optarg, 1, 65535); break;
      case export_path: options.export_path = optarg; break;
      case mode_name: options.mode = optarg; break;
      case conns: options.conns = (int)number(name, optarg, 1, conns_max); break;
      case depth: options.depth = (int)number(name, optarg, 1, depth_max); break;
      case size: options.size = (uint32_t)number(name, optarg, 4, 16 << 20); break;
      case file_mb: options.file_size = (uint64_t)number(name, optarg, 1, 1 << 20) << 20; break;
      case is_random: options.random = true; break;
      case is_stable: options.stable = true; break;
      case is_once: options.once = true; break;
      case names: options.names = (uint32_t)number(name, optarg, 1, 1000000); break;
      case directories: options.directories = (uint32_t)number(name, optarg, 1, directories_max); break;
      case exports: options.exports = optarg; break;
      case create_in_names: options.create_in_names = true; break;
      case seconds: options.seconds = number(name, optarg, 0.01, 86400); break;
      case warmup: options.warmup = number(name, optarg, 0, 86400); break;
      case pid: options.server_pid = (int)number(name, optarg, 1, 1 << 30); break;
      case uid: options.uid = (uint32_t)number(name, optarg, 0, UINT32_MAX); break;
      case source: options.source = optarg; break;
      case rate: options.interval_ns = (uint64_t)(1e9 / number(name, optarg, 1, 1e6)); break;
      case gid: options.gid = (uint32_t)number(name, optarg, 0, UINT32_MAX); break;
      case help: usage(); exit(0);
    }
  }
  if (optind < argc) die("not understood: %s", argv[optind]);
  if (!options.mount_port) options.mount_port = options.nfs_port;
  mode = mode_find(options.mode);
  if (!mode) die("no mode %s; there are: %s", options.mode, mode_names());
  if (options.interval_ns && options.conns > 1) die("--rate is for one connection");
  if (options.size % 4 != 0) die("--size wants a multiple of 4: data is sent without padding");
  if (options.once && options.warmup > 0) die("--once wants --warmup 0");
  if (options.size > options.file_size) die("--size is more than the file");
  return mode;
}
