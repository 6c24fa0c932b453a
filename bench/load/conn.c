#include "conn.h"

#include "rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { slot_bits = 8 };
_Static_assert(1 << slot_bits == depth_max, "an xid carries its slot's number");

static uint8_t received[recv_bytes_max];

void conn_open(struct conn *conn, int id, const struct intake *intake) {
  conn->id = id;
  conn->random_state = 0x9e3779b97f4a7c15u * (uint64_t)(id + 1);
  conn->slots = calloc((size_t)options.depth, sizeof *conn->slots);
  conn->reply = malloc(intake->reply_keep);
  if (!conn->slots || !conn->reply) die("out of memory");
  conn->fd = rpc_dial(options.nfs_port);
  if (fcntl(conn->fd, F_SETFL, O_NONBLOCK) < 0) die("O_NONBLOCK: %s", strerror(errno));
}

/* The slot's number rides in the xid, so that a reply finds its slot without a search. */
static uint32_t next_xid(uint32_t slot) {
  static uint32_t serial;
  if (!serial) serial = rpc_fresh_xid();
  if (++serial << slot_bits == 0) serial++;
  return serial << slot_bits | slot;
}

struct slot *conn_slot(struct conn *conn, uint32_t xid) {
  uint32_t number = xid & (depth_max - 1);
  if (number >= (uint32_t)options.depth || conn->slots[number].xid != xid) die("reply to no call: xid %08x", xid);
  return &conn->slots[number];
}

void conn_queue(struct conn *conn, struct slot *slot, uint64_t now) {
  struct xdr_out out = {slot->head, 0};
  const struct op_row *row = &op_rows[slot->op];
  slot->xid = next_xid((uint32_t)(slot - conn->slots));
  slot->write_size = 0;
  slot->sent_ns = now;
  rpc_begin(&out, slot->xid, nfs_program, nfs_version, row->procedure);
  row->encode(conn, slot, &out);
  rpc_end(&out, slot->write_size);
  conn->queue[conn->queued++] = (struct iovec){out.bytes, out.size};
  if (slot->write_size) conn->queue[conn->queued++] = (struct iovec){payload, slot->write_size};
  conn->inflight++;
}

bool conn_flush(struct conn *conn) {
  int first = 0;
  while (first < conn->queued) {
    struct msghdr message = {.msg_iov = conn->queue + first, .msg_iovlen = (size_t)(conn->queued - first)};
    ssize_t sent = sendmsg(conn->fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) die("send: %s", strerror(errno));
    size_t left = (size_t)sent;
    while (first < conn->queued && left >= conn->queue[first].iov_len) left -= conn->queue[first++].iov_len;
    if (left > 0) {
      conn->queue[first].iov_base = (uint8_t *)conn->queue[first].iov_base + left;
      conn->queue[first].iov_len -= left;
    }
  }
  conn->queued -= first;
  if (first > 0) memmove(conn->queue, conn->queue + first, (size_t)conn->queued * sizeof *conn->queue);
  return conn->queued > 0;
}

static void keep(struct conn *conn, const struct intake *intake, const uint8_t *bytes, size_t size) {
  size_t wanted = intake->reply_keep - conn->reply_have;
  size_t kept = size < wanted ? size : wanted;
  memcpy(conn->reply + conn->reply_have, bytes, kept);
  conn->reply_have += kept;
}

static void step_over(struct conn *conn, size_t size, reply_handler handler) {
  conn->reply_size += size;
  conn->fragment_left -= (uint32_t)size;
  if (conn->fragment_left > 0) return;
  conn->mark_have = 0;
  if (!conn->fragment_last) return;
  handler(conn);
  conn->reply_have = conn->reply_size = 0;
}

static void feed(struct conn *conn, const struct intake *intake, const uint8_t *bytes, size_t size,
                 reply_handler handler) {
  while (size > 0) {
    if (conn->mark_have < sizeof conn->mark) {
      conn->mark[conn->mark_have++] = *bytes++;
      size--;
      if (conn->mark_have < sizeof conn->mark) continue;
      struct xdr_in mark = {conn->mark, conn->mark + sizeof conn->mark, false};
      uint32_t word = get_u32(&mark);
      conn->fragment_last = word >> 31;
      conn->fragment_left = word & 0x7fffffffu;
    }
    size_t part = size < conn->fragment_left ? size : conn->fragment_left;
    keep(conn, intake, bytes, part);
    step_over(conn, part, handler);
    bytes += part;
    size -= part;
  }
}

void conn_receive(struct conn *conn, const struct intake *intake, reply_handler handler) {
  for (;;) {
    /* TCP drops data under MSG_TRUNC instead of copying it: big READs then cost the generator next to nothing. */
    bool drop = conn->fragment_left > 0 && conn->reply_have == intake->reply_keep;
    size_t asked = drop ? conn->fragment_left : intake->recv_bytes;
    ssize_t got = recv(conn->fd, drop ? NULL : received, asked, drop ? MSG_TRUNC : 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) die("recv: %s", strerror(errno));
    if (got == 0) die("server closed the connection");
    if (drop) step_over(conn, (size_t)got, handler);
    else feed(conn, intake, received, (size_t)got, handler);
    if ((size_t)got < asked) return;
  }
}
