/* What the parts of the load generator share: its options, one connection, one call in flight, and the counts. */
#ifndef BERTH_LOAD_H
#define BERTH_LOAD_H

#include "histogram.h"
#include "xdr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

enum {
  depth_max = 256,
  conns_max = 1024,
  /* Files data/f0 and on; connections share them. */
  data_files = 8,
  /* The largest call without WRITE data: RPC header with AUTH_SYS, a 64-byte handle, a name, an sattr3. */
  call_head_max = 512,
  fh_size_max = 64,
  name_size_max = 40,
  /* Handles that GETATTR and ACCESS walk over. */
  targets_max = 1000,
  directories_max = 100000,
  /* dircount and maxcount of READDIRPLUS, equal as the Linux client sends them. */
  listing_bytes = 65536,
  /* Bytes written into each file that CREATE makes. */
  created_bytes = 4096,
};

struct fh {
  uint8_t bytes[fh_size_max];
  uint32_t size;
};

struct options {
  const char *host;
  const char *source; /* the address to connect from; NULL for any */
  const char *export_path;
  const char *mode;
  int nfs_port;
  int mount_port;
  int conns;
  int depth;
  uint32_t size;      /* bytes of one READ or WRITE */
  uint64_t file_size; /* bytes of each data file */
  uint32_t names;     /* entries of the directory names-N, or of each that find goes through */
  uint32_t directories; /* d0 and on, that find goes through */
  const char *exports;  /* a file with exports, a line each, that find goes through instead */
  bool create_in_names; /* files come and go in names-N rather than in create */
  bool stable;        /* WRITE is to be on the disk when it is answered */
  bool once;          /* ends when a connection has gone through its file, or find through all files */
  bool random;        /* offsets at random rather than one after the other */
  uint32_t uid;
  uint32_t gid;
  uint64_t interval_ns; /* from one call to the next; 0: the next when a reply comes */
  double seconds;
  double warmup;
  int server_pid; /* whose CPU time is measured; 0 for nobody's */
};

/* One call in flight. A slot belongs to one connection and has at most one call out at a time. */
struct slot {
  uint32_t xid; /* 0 when nothing is out */
  int op;       /* an enum op of ops.h */
  uint64_t sent_ns;
  uint32_t write_size; /* bytes of payload that follow the head */
  struct fh found;     /* the file that LOOKUP or CREATE gave, for the calls that follow */
  char name[name_size_max];
  uint64_t cookie; /* where this slot's READDIRPLUS goes on */
  uint8_t cookie_verf[8];
  uint32_t listed; /* names seen in the listing so far, without . and .. */
  uint8_t head[call_head_max];
};

struct conn {
  int fd;
  int id;
  struct slot *slots;
  int inflight;
  uint64_t random_state;
  uint64_t offset;   /* next sequential offset */
  uint64_t blocks_begun; /* READs and WRITEs so far */
  uint32_t sequence; /* makes xids and names of created files unique */
  struct fh file;    /* this connection's own data file */

  /* Bytes to send: at most a head and a payload for each slot. */
  struct iovec queue[2 * depth_max];
  int queued;
  bool wants_out;

  /* The reply being taken apart: RFC 5531 §11, fragments each led by a word. */
  uint8_t mark[4];
  uint32_t mark_have;
  uint32_t fragment_left;
  bool fragment_last;
  uint8_t *reply; /* the first `reply_keep` bytes of the record */
  size_t reply_have;
  size_t reply_size; /* bytes of the record so far, kept or not */
};

/* Handles looked up before the measurement starts. */
struct tree {
  struct fh root;
  struct fh names;  /* the directory names-N */
  struct fh create; /* the directory where files come and go */
  struct fh targets[targets_max];
  uint32_t targets_count;
  struct fh *directories; /* of find */
  uint32_t directories_count;
  uint64_t visited; /* files that find has begun with */
};

struct counts {
  uint64_t calls;
  uint64_t bytes; /* of READ and WRITE data */
  uint64_t names; /* listed by READDIRPLUS, without . and .. */
  uint64_t errors;
};

extern struct options options;
extern struct tree tree;
extern struct counts counts;
/* Data of every WRITE, `options.size` or `created_bytes` long, whichever is more. */
extern uint8_t *payload;

/* Prints "berth-load: ..." and ends the program with status 1. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
