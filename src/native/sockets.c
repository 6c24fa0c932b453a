/* What Node does not do with a TCP socket. */
#include "native.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int set(int fd, int level, int option, int value) { return setsockopt(fd, level, option, &value, sizeof value); }

/* Whose a port is: one socket's, that of several of which this is the first, or that of several which this joins. */
typedef enum { PORT_ALONE, PORT_FIRST, PORT_JOINS } port_share_t;

/* Binds and listens; -1 and errno. The first socket of a port listens before it may be joined: so two servers that start
 * at once, or one that finds another program there, are refused as without SO_REUSEPORT. */
static int listen_at(int fd, const struct addrinfo *at, int backlog, port_share_t share, const char *congestion_control) {
  if (set(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return -1;
  if (at->ai_family == AF_INET6 && set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) return -1;
  if (share == PORT_JOINS && set(fd, SOL_SOCKET, SO_REUSEPORT, 1)) return -1;
  if (*congestion_control && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion_control, strlen(congestion_control))) return -1;
  if (bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, backlog)) return -1;
  return share == PORT_FIRST ? set(fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0;
}

/* listenTcp(address, port, backlog, share, congestionControl): a descriptor that listens on a numeric address. `share`: a
 * port_share_t. Connections have this congestion control, or the system's when it is empty; ENOENT: the kernel does not have it;
 * EPERM: this process may not choose it. */
static napi_value native_listen_tcp(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  char address[NAME_SIZE_MAX + 1], congestion_control[NAME_SIZE_MAX + 1], port[8];
  int bad = arg_name(&args, address);
  uint32_t number = arg_uint(&args);
  int32_t backlog = arg_int(&args), share = arg_int(&args);
  if (!bad) bad = arg_name(&args, congestion_control);
  if (number > 65535 || share < PORT_ALONE || share > PORT_JOINS) args.failed = 1;
  if (args.failed || bad) return result_int(&args, bad);
  snprintf(port, sizeof port, "%u", number);
  struct addrinfo wanted = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *at = NULL;
  if (getaddrinfo(address, port, &wanted, &at)) return result_int(&args, -EINVAL);
  int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
  if (fd < 0) error = errno;
  else if (listen_at(fd, at, backlog, (port_share_t)share, congestion_control)) {
    error = errno;
    close(fd);
  }
  freeaddrinfo(at);
  return result_int(&args, error ? -error : fd);
}

void define_sockets(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "listenTcp", native_listen_tcp);
}
