#include "rpc.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { auth_none = 0, auth_sys = 1, message_call = 0, message_reply = 1, rpc_version = 2 };
enum { reply_accepted = 0, accept_success = 0 };
static const uint32_t last_fragment = 0x80000000u;

int rpc_dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (fd < 0) die("socket: %s", strerror(errno));
  if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1) die("not an IPv4 address: %s", options.host);
  struct sockaddr_in source = {.sin_family = AF_INET};
  if (options.source && inet_pton(AF_INET, options.source, &source.sin_addr) != 1)
    die("not an IPv4 address: %s", options.source);
  /* From a reserved port as the kernel's client does; without root it fails, and most servers do not mind. */
  if (bindresvport(fd, &source) < 0) {
    source.sin_port = 0;
    if (options.source && bind(fd, (struct sockaddr *)&source, sizeof source))
      die("bind to %s: %s", options.source, strerror(errno));
  }
  if (connect(fd, (struct sockaddr *)&address, sizeof address))
    die("connect to %s port %d: %s", options.host, port, strerror(errno));
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) die("TCP_NODELAY: %s", strerror(errno));
  return fd;
}

uint32_t rpc_fresh_xid(void) {
  static uint32_t next;
  if (!next) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    next = (uint32_t)(time.tv_nsec / 1000) * 4096u + (uint32_t)time.tv_sec;
  }
  if (++next == 0) next = 1;
  return next;
}

void rpc_begin(struct xdr_out *out, uint32_t xid, uint32_t program, uint32_t version, uint32_t procedure) {
  static const char machine[] = "berth-load";
  out->size = 4;
  put_u32(out, xid);
  put_u32(out, message_call);
  put_u32(out, rpc_version);
  put_u32(out, program);
  put_u32(out, version);
  put_u32(out, procedure);
  put_u32(out, auth_sys);
  put_u32(out, 5 * 4 + (sizeof machine - 1 + 3) / 4 * 4); /* stamp, name's length, uid, gid, no groups; the name */
  put_u32(out, 1);
  put_string(out, machine);
  put_u32(out, options.uid);
  put_u32(out, options.gid);
  put_u32(out, 0);
  put_u32(out, auth_none);
  put_u32(out, 0);
}

void rpc_end(struct xdr_out *out, uint32_t data) {
  struct xdr_out mark = {out->bytes, 0};
  put_u32(&mark, last_fragment | ((uint32_t)out->size - 4 + data));
}

void rpc_accept(struct xdr_in *in) {
  uint32_t verifier_size;
  if (get_u32(in) != message_reply) die("not a reply");
  if (get_u32(in) != reply_accepted) die("call denied");
  get_u32(in);
  get_opaque(in, &verifier_size);
  uint32_t status = get_u32(in);
  if (in->cut || status != accept_success) die("call not carried out: accept_stat %u", status);
}

static void read_all(int fd, uint8_t *bytes, size_t size) {
  while (size > 0) {
    ssize_t got = read(fd, bytes, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) die("server closed the connection");
    bytes += got;
    size -= (size_t)got;
  }
}

void rpc_call(int fd, struct xdr_out *out, struct xdr_in *in) {
  static uint8_t reply[65536];
  size_t have = 0;
  bool last = false;
  rpc_end(out, 0);
  for (size_t sent = 0; sent < out->size;) {
    ssize_t wrote = send(fd, out->bytes + sent, out->size - sent, MSG_NOSIGNAL);
    if (wrote < 0) die("send: %s", strerror(errno));
    sent += (size_t)wrote;
  }
  while (!last) {
    uint32_t mark;
    read_all(fd, (uint8_t *)&mark, sizeof mark);
    mark = ntohl(mark);
    last = mark & last_fragment;
    mark &= ~last_fragment;
    if (mark > sizeof reply - have) die("reply of more than %zu bytes", sizeof reply);
    read_all(fd, reply + have, mark);
    have += mark;
  }
  *in = (struct xdr_in){reply, reply + have, false};
  get_u32(in);
  rpc_accept(in);
}
