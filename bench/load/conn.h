/* One connection at work: calls queued without copying their data, replies taken from the stream as they come. */
#ifndef BERTH_LOAD_CONN_H
#define BERTH_LOAD_CONN_H

#include "ops.h"

enum { recv_bytes_max = 256 * 1024 };

/* How replies are received; it depends on the mode only. */
struct intake {
  /* Bytes asked of one recv. Small when most of a reply is READ data that nobody looks at. */
  size_t recv_bytes;
  /* Bytes of a record that are kept for decoding. The rest is counted and dropped. */
  size_t reply_keep;
};

/* Called with a whole reply; conn->reply holds its first bytes. */
typedef void (*reply_handler)(struct conn *conn);

void conn_open(struct conn *conn, int id, const struct intake *intake);

/* Encodes the op of the slot, numbers it and queues it. `now` is the time it counts as sent. */
void conn_queue(struct conn *conn, struct slot *slot, uint64_t now);

/* Sends what the socket takes. Returns whether something is left. */
bool conn_flush(struct conn *conn);

/* Receives until the socket is empty and hands over each reply that is complete. */
void conn_receive(struct conn *conn, const struct intake *intake, reply_handler handler);

/* The slot whose call this xid is; dies when there is none. */
struct slot *conn_slot(struct conn *conn, uint32_t xid);

#endif
