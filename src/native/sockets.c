/* What Node does not do with a TCP socket. */
#include "native.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/* minRtt(socket): the shortest round trip so far, in microseconds; 2^32-1 before there was one; or the negative errno. */
static napi_value native_min_rtt(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int socket = arg_int(&args);
  struct tcp_info found = {0};
  socklen_t size = sizeof found;
  if (args.failed || getsockopt(socket, IPPROTO_TCP, TCP_INFO, &found, &size)) return result_call(&args, -1);
  /* Older kernels tell less. */
  if (size < offsetof(struct tcp_info, tcpi_min_rtt) + sizeof found.tcpi_min_rtt) return result_int(&args, -ENOPROTOOPT);
  return result_int(&args, found.tcpi_min_rtt);
}

/* setSendBuffer(socket, bytes): SO_SNDBUF; the kernel takes twice as much, for what it needs beside the data. */
static napi_value native_set_send_buffer(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int socket = arg_int(&args), bytes = arg_int(&args);
  return result_call(&args, args.failed ? -1 : setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes));
}

void define_sockets(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "minRtt", native_min_rtt);
  define(env, exports, page, "setSendBuffer", native_set_send_buffer);
}
