/* Which processor this thread runs on. */
#include "native.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>

/*
 * approach(socket): brings this thread to the processor that took in the socket's last packet; from there the scheduler is
 * free again to move it. 1 when it was moved, 0 when it is there or may not go there; or the negative errno.
 */
static napi_value native_approach(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int socket = arg_int(&args), processor = -1;
  socklen_t size = sizeof processor;
  if (args.failed) return result_int(&args, 0);
  if (getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &processor, &size)) return result_call(&args, -1);
  cpu_set_t allowed, there;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) return result_call(&args, -1);
  if (processor < 0 || processor >= CPU_SETSIZE || processor == sched_getcpu() || !CPU_ISSET(processor, &allowed))
    return result_int(&args, 0);
  CPU_ZERO(&there);
  CPU_SET(processor, &there);
  if (sched_setaffinity(0, sizeof there, &there)) return result_call(&args, -1);
  return result_call(&args, sched_setaffinity(0, sizeof allowed, &allowed) ? -1 : 1);
}

void define_processor(napi_env env, napi_value exports, page_t *page) { define(env, exports, page, "approach", native_approach); }
