/* null-server PORT: answers every RPC call over TCP with an empty success, and does nothing else: the floor of what a server
 * of this protocol costs. One thread, one epoll, all calls that have come answered in one send. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The accepted reply of RFC 5531 §9 with its record mark: mark, xid, and five words that never change. */
enum { events_max = 64, receive_max = 128 * 1024, reply_size = 28, call_size_min = 24 };

typedef struct {
  int fd;
  size_t have;
  uint8_t bytes[receive_max];
} client_t;

static uint8_t replies[receive_max / call_size_min * reply_size + reply_size];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static size_t put_reply(uint8_t *to, const uint8_t *xid) {
  static const uint8_t head[4] = {0x80, 0, 0, reply_size - 4}, kind[4] = {0, 0, 0, 1};
  memset(to, 0, reply_size);
  memcpy(to, head, 4);
  memcpy(to + 4, xid, 4);
  memcpy(to + 8, kind, 4);
  return reply_size;
}

/* Answers the whole records; 0 when the connection is to be closed. */
static int answer(client_t *client) {
  size_t at = 0, size = 0;
  while (client->have - at >= 4) {
    uint32_t mark;
    memcpy(&mark, client->bytes + at, 4);
    size_t record = ntohl(mark) & 0x7fffffffu;
    if (record < call_size_min || record > receive_max - 4) return 0;
    if (client->have - at < 4 + record) break;
    size += put_reply(replies + size, client->bytes + at + 4);
    at += 4 + record;
  }
  client->have -= at;
  memmove(client->bytes, client->bytes + at, client->have);
  return size == 0 || send(client->fd, replies, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static void serve(client_t *client) {
  ssize_t got = recv(client->fd, client->bytes + client->have, sizeof client->bytes - client->have, 0);
  if (got > 0) {
    client->have += (size_t)got;
    if (answer(client)) return;
  }
  close(client->fd);
  free(client);
}

static void welcome(int epoll, int listener) {
  int on = 1;
  client_t *client = calloc(1, sizeof *client);
  if (!client) die("calloc");
  client->fd = accept(listener, NULL, NULL);
  if (client->fd < 0) die("accept");
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event)) die("epoll_ctl");
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: null-server PORT\n"), 2;
  int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((uint16_t)atoi(argv[1]));
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, events_max)) die("listen");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, ready[events_max];
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event)) die("epoll_ctl");
  for (;;) {
    int count = epoll_wait(epoll, ready, events_max, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      if (ready[i].data.ptr) serve(ready[i].data.ptr);
      else welcome(epoll, listener);
    }
  }
}
