/* Busy polling: while events come in quick succession, this thread's event loop looks for the next one over and over for a
 * moment before it sleeps. busyPoll(maxUs), once; busyPolled() tells for how long in all.
 *
 * A processor that sleeps is woken in some 5 us on bare metal and in 30 to 60 in a virtual machine: longer than most calls take
 * to be answered. A client that waits for a reply before it sends the next call pays for that with every call. Whether looking is
 * cheaper than sleeping depends on the machine and on the client, so it is tried, and given up where it fails. */
#include "native.h"

#include <sched.h>
#include <stdlib.h>

/* Of libuv, whose symbols Node exports; the ABI is that of libuv 1, and node-api-headers has no uv.h. */
typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef void (*uv_handle_cb)(uv_handle_t *handle);
typedef struct {
  uint64_t loop_count, events, events_waiting;
  uint64_t *reserved[13];
} uv_metrics_t;
enum { UV_CHECK = 2, UV_IDLE = 6, UV_PREPARE = 9 };
size_t uv_handle_size(int type);
void uv_handle_set_data(uv_handle_t *handle, void *data);
void *uv_handle_get_data(const uv_handle_t *handle);
void uv_unref(uv_handle_t *handle);
void uv_close(uv_handle_t *handle, uv_handle_cb closed);
int uv_prepare_init(uv_loop_t *loop, uv_handle_t *prepare), uv_prepare_start(uv_handle_t *prepare, uv_handle_cb callback);
int uv_check_init(uv_loop_t *loop, uv_handle_t *check), uv_check_start(uv_handle_t *check, uv_handle_cb callback);
int uv_idle_init(uv_loop_t *loop, uv_handle_t *idle), uv_idle_start(uv_handle_t *idle, uv_handle_cb callback);
int uv_idle_stop(uv_handle_t *idle);
int uv_backend_timeout(const uv_loop_t *loop);
int uv_metrics_info(uv_loop_t *loop, uv_metrics_t *metrics);

enum { MICROSECOND = 1000, MILLISECOND = 1000 * MICROSECOND };
/* Waits that are looked at together: before polling begins, while it goes on, and when it stops for a look at whether the thread
 * would be woken as quickly now. The first are many, so that the thread may go to its client first: see processor.c. */
enum { FIRST_WINDOW = 256, WINDOW = 64, SHORT_WINDOW = 16 };
/* Polling is tried while waits take so long in the mean. In less, the thread is woken by its own processor; what comes later is
 * slower than a wake makes it. */
enum { MEAN_MIN = 20 * MICROSECOND, MEAN_MAX = 250 * MICROSECOND };
/* Of the waits in a window, a quarter may have ended too late. */
enum { LATE_SHARE = 4 };
enum { POLLING_TIME = 100 * MILLISECOND, REST_MIN = 10 * MILLISECOND, REST_MAX = 320 * MILLISECOND };
/* Giving way took so long: somebody else wants the processor. */
enum { GIVEN_WAY = 20 * MICROSECOND };
/* A disk that has not answered for longer hangs. */
enum { DISK_TIME = 10 * MILLISECOND };

struct busy_poll {
  uv_loop_t *loop;
  const page_t *page;
  /* `idle` is active while the loop must not sleep. */
  uv_handle_t *prepare, *check, *idle;
  int open_handles;
  napi_async_cleanup_hook_handle hook;
  int64_t max;
  /* Waits are polled, but for one that has taken too long already, and while threads of a disk need the processor. */
  int is_polling, is_awake, is_late;
  /* Events so far, and since when the loop waits for the next; 0: it does not. */
  uint64_t events;
  int64_t waits_since;
  /* The window, and the waits in it. */
  int window, waits, late_waits;
  int64_t waited;
  /* Polling is not tried before; it then goes on until; and rests so long when it has failed. */
  int64_t rests_until, polls_until, rest;
  int64_t polled;
};

static void on_idle(uv_handle_t *idle) { (void)idle; }

static void stay_awake(busy_poll_t *poll, int is_awake) {
  if (is_awake == poll->is_awake) return;
  poll->is_awake = is_awake;
  if (is_awake) uv_idle_start(poll->idle, on_idle);
  else uv_idle_stop(poll->idle);
}

static void begin_window(busy_poll_t *poll, int size) {
  poll->window = size;
  poll->waits = poll->late_waits = 0;
  poll->waited = 0;
}

/* So many waits have ended: goes on, begins, or stops polling. */
static void decide(busy_poll_t *poll, int64_t at) {
  int next = WINDOW;
  if (!poll->is_polling) {
    int64_t mean = poll->waited / poll->waits;
    poll->is_polling = at >= poll->rests_until && mean >= MEAN_MIN && mean <= MEAN_MAX;
    poll->polls_until = at + POLLING_TIME;
  } else if (poll->late_waits > poll->waits / LATE_SHARE) {
    poll->is_polling = 0;
    poll->rests_until = at + poll->rest;
    if (poll->rest < REST_MAX) poll->rest *= 2;
  } else {
    poll->rest = REST_MIN;
    if (at >= poll->polls_until) {
      poll->is_polling = 0;
      next = SHORT_WINDOW;
    }
  }
  begin_window(poll, next);
}

/* What is waited for may come from threads of a disk. They want the processor, and what they do takes longer than a wake. */
static int disk_works(const page_t *page, int64_t at) { return page->disk_jobs > 0 && at - page->disk_jobs_at < DISK_TIME; }

static void on_prepare(uv_handle_t *prepare) {
  busy_poll_t *poll = uv_handle_get_data(prepare);
  if (poll->waits_since) return;
  int64_t at = monotonic_now();
  stay_awake(poll, poll->is_polling && !disk_works(poll->page, at));
  /* With more to do already, the loop only looks. */
  if (!poll->is_awake && uv_backend_timeout(poll->loop) == 0) return;
  poll->waits_since = at;
}

static void on_event(busy_poll_t *poll, int64_t at) {
  int64_t waited = at - poll->waits_since;
  poll->waits_since = 0;
  poll->waited += waited;
  poll->late_waits += poll->is_late;
  poll->is_late = 0;
  if (poll->is_awake) poll->polled += waited;
  if (++poll->waits >= poll->window) decide(poll, at);
}

/* Nothing has come yet. */
static void on_nothing(busy_poll_t *poll, int64_t at) {
  if (!poll->is_awake) {
    /* A timer: what the loop does now is no part of a wait. */
    poll->waits_since = 0;
    return;
  }
  poll->is_late = at - poll->waits_since > poll->max;
  if (!poll->is_late) {
    sched_yield();
    poll->is_late = monotonic_now() - at > GIVEN_WAY;
  }
  if (!poll->is_late) return;
  poll->polled += at - poll->waits_since;
  stay_awake(poll, 0);
}

static void on_check(uv_handle_t *check) {
  busy_poll_t *poll = uv_handle_get_data(check);
  if (!poll->waits_since) return;
  uv_metrics_t metrics;
  uv_metrics_info(poll->loop, &metrics);
  int is_event = metrics.events != poll->events;
  poll->events = metrics.events;
  if (is_event) on_event(poll, monotonic_now());
  else on_nothing(poll, monotonic_now());
}

static void on_closed(uv_handle_t *handle) {
  busy_poll_t *poll = uv_handle_get_data(handle);
  free(handle);
  if (--poll->open_handles) return;
  napi_remove_async_cleanup_hook(poll->hook);
  free(poll);
}

/* A thread's loop must have no open handles when it ends. */
static void end(napi_async_cleanup_hook_handle hook, void *data) {
  busy_poll_t *poll = data;
  poll->hook = hook;
  uv_close(poll->prepare, on_closed), uv_close(poll->check, on_closed), uv_close(poll->idle, on_closed);
}

/* A handle that does not keep the loop alive. */
static uv_handle_t *open_handle(busy_poll_t *poll, int type, int (*init)(uv_loop_t *, uv_handle_t *)) {
  uv_handle_t *handle = calloc(1, uv_handle_size(type));
  if (!handle) return NULL;
  init(poll->loop, handle);
  uv_handle_set_data(handle, poll);
  uv_unref(handle);
  poll->open_handles++;
  return handle;
}

/* busyPoll(maxUs): begins, for this thread; -EALREADY the second time. No wait is polled for longer than that. */
static napi_value native_busy_poll(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  int64_t max = (int64_t)arg_uint(&args) * MICROSECOND;
  if (args.failed || args.page->busy_poll) return result_int(&args, -EALREADY);
  busy_poll_t *poll = calloc(1, sizeof *poll);
  if (!poll) return result_int(&args, -ENOMEM);
  poll->page = args.page;
  poll->max = max;
  poll->rest = REST_MIN;
  begin_window(poll, FIRST_WINDOW);
  napi_get_uv_event_loop(env, &poll->loop);
  poll->prepare = open_handle(poll, UV_PREPARE, uv_prepare_init);
  poll->check = open_handle(poll, UV_CHECK, uv_check_init);
  poll->idle = open_handle(poll, UV_IDLE, uv_idle_init);
  if (!poll->prepare || !poll->check || !poll->idle) napi_fatal_error("busyPoll", NAPI_AUTO_LENGTH, "out of memory", NAPI_AUTO_LENGTH);
  napi_add_async_cleanup_hook(env, end, poll, NULL);
  uv_prepare_start(poll->prepare, on_prepare);
  uv_check_start(poll->check, on_check);
  args.page->busy_poll = poll;
  return result_int(&args, 0);
}

/* busyPolled(): seconds in which this thread has looked for events that had not come. */
static napi_value native_busy_polled(napi_env env, napi_callback_info info) {
  args_t args = take_args(env, info);
  napi_value seconds;
  napi_create_double(env, args.page->busy_poll ? (double)args.page->busy_poll->polled / 1e9 : 0, &seconds);
  return seconds;
}

void define_busy_poll(napi_env env, napi_value exports, page_t *page) {
  define(env, exports, page, "busyPoll", native_busy_poll);
  define(env, exports, page, "busyPolled", native_busy_polled);
}
