/* berth-load: an NFSv3 load generator. It keeps DEPTH calls in flight on each of CONNS connections from one epoll loop,
 * checks every reply, and prints calls, bytes, latencies and the CPU time of the server for a measured window.
 * A line for people goes to stderr, one of JSON to stdout. Status 1 when any call failed. */
#include "conn.h"
#include "options.h"
#include "rpc.h"
#include "tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const uint64_t second = 1000000000u;
/* A server that is silent for so long is taken for dead. */
static const uint64_t silence_max = 30 * second;

struct tree tree;
struct counts counts;
uint8_t *payload;

static const struct mode *mode;
static struct histogram latencies;
static bool stopping;
/* When the next call is due, with --rate. Latency counts from then, even if all slots are taken. */
static uint64_t due;
static int timer;
static uint64_t now; /* read once per batch of replies: a clock per call would cost as much as the call */

struct cpu {
  double user;
  double system;
};

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "berth-load: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(1);
}

static uint64_t clock_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * second + (uint64_t)time.tv_nsec;
}

/* CPU seconds of a process with all its threads, those that ended too: proc(5), /proc/PID/stat, fields 14 and 15. */
static struct cpu cpu_of(int pid) {
  char path[64], text[1024];
  unsigned long user, system;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) die("%s: %s", path, strerror(errno));
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = 0;
  const char *after_name = strrchr(text, ')');
  if (!after_name ||
      sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
    die("%s: not understood", path);
  double ticks = (double)sysconf(_SC_CLK_TCK);
  return (struct cpu){(double)user / ticks, (double)system / ticks};
}

static struct cpu cpu_of_server(void) {
  return options.server_pid ? cpu_of(options.server_pid) : (struct cpu){0, 0};
}

static double cpu_of_self(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void begin_sequence(struct conn *conn, struct slot *slot, uint64_t time) {
  slot->op = (int)mode_draw(mode, conn);
  conn_queue(conn, slot, time);
}

static bool has_gone_through(const struct conn *conn) {
  if (mode->percent[op_find] > 0) return tree.visited >= (uint64_t)tree.directories_count * options.names;
  return conn->blocks_begun >= options.file_size / options.size;
}

static void on_reply(struct conn *conn) {
  struct xdr_in in = {conn->reply, conn->reply + conn->reply_have, false};
  struct slot *slot = conn_slot(conn, get_u32(&in));
  const struct op_row *row = &op_rows[slot->op];
  enum op next = op_count;
  rpc_accept(&in);
  slot->xid = 0;
  conn->inflight--;
  counts.calls++;
  histogram_add(&latencies, now - slot->sent_ns);
  uint32_t status = slot->op == op_null ? 0 : get_u32(&in);
  if (status != 0) {
    if (counts.errors++ == 0) fprintf(stderr, "berth-load: %s: nfsstat3 %u\n", row->name, status);
    slot->cookie = 0;
    slot->listed = 0;
  } else {
    next = row->finish(conn, slot, &in);
    if (in.cut) die("%s reply is cut short", row->name);
  }
  if (options.once && has_gone_through(conn)) stopping = true;
  if (next != op_count) {
    slot->op = (int)next;
    conn_queue(conn, slot, now);
  } else if (!stopping && !options.interval_ns) {
    begin_sequence(conn, slot, now);
  }
}

static void watch(int epoll, int operation, struct conn *conn, bool wants_out) {
  struct epoll_event event = {.events = EPOLLIN | (wants_out ? EPOLLOUT : 0u), .data.ptr = conn};
  if (epoll_ctl(epoll, operation, conn->fd, &event) < 0) die("epoll_ctl: %s", strerror(errno));
  conn->wants_out = wants_out;
}

static void flush(int epoll, struct conn *conn) {
  bool left = conn_flush(conn);
  if (left != conn->wants_out) watch(epoll, EPOLL_CTL_MOD, conn, left);
}

/* Sends what is due, as far as the one connection of --rate has slots. */
static void begin_due(struct conn *conn) {
  for (int s = 0; s < options.depth && due <= now; s++) {
    if (conn->slots[s].xid) continue;
    begin_sequence(conn, &conn->slots[s], due);
    due += options.interval_ns;
  }
}

/* Arms a timer that wakes the loop whenever a call is due. */
static void watch_due(int epoll) {
  struct itimerspec every = {.it_interval.tv_sec = (time_t)(options.interval_ns / second),
                             .it_interval.tv_nsec = (long)(options.interval_ns % second)};
  every.it_value = every.it_interval;
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (timer < 0 || timerfd_settime(timer, 0, &every, NULL) < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event) < 0)
    die("timer: %s", strerror(errno));
}

/* Runs until `end`, or with end 0 until nothing is in flight any more. */
static void run_until(int epoll, struct conn *conns, const struct intake *intake, uint64_t end) {
  uint64_t heard = now;
  for (;;) {
    int inflight = 0;
    for (int i = 0; i < options.conns; i++) inflight += conns[i].inflight;
    if (end && now >= end) return;
    /* With --rate there is something to wait for until the end. */
    if (inflight == 0 && (stopping || !options.interval_ns)) return;
    struct epoll_event events[conns_max];
    int ready = epoll_wait(epoll, events, conns_max, 100);
    if (ready < 0 && errno != EINTR) die("epoll_wait: %s", strerror(errno));
    now = clock_ns();
    if (ready > 0) heard = now;
    if (now - heard > silence_max) die("no reply for %d s", (int)(silence_max / second));
    for (int i = 0; i < ready; i++) {
      struct conn *conn = events[i].data.ptr;
      if (!conn) {
        /* The timer goes on when it is read. How often it has fired is seen by the clock. */
        uint64_t fired;
        if (read(timer, &fired, sizeof fired) < 0 && errno != EAGAIN) die("timer: %s", strerror(errno));
        continue;
      }
      if (events[i].events & ~(uint32_t)EPOLLOUT) conn_receive(conn, intake, on_reply);
      flush(epoll, conn);
    }
    if (options.interval_ns && !stopping) {
      begin_due(conns);
      flush(epoll, conns);
    }
  }
}

static void report(double seconds, struct cpu server, double self) {
  double calls = counts.calls ? (double)counts.calls : 1;
  double p50 = (double)histogram_quantile(&latencies, 0.5) / 1e3;
  double p95 = (double)histogram_quantile(&latencies, 0.95) / 1e3;
  double p99 = (double)histogram_quantile(&latencies, 0.99) / 1e3;
  fprintf(stderr,
          "%-11s %9.0f calls/s %8.1f MB/s %9.0f names/s  p50 %6.0f us  p99 %6.0f us  server %6.2f us/call "
          "(user %.2f, system %.2f)  generator %.0f %%  errors %lu\n",
          mode->name, (double)counts.calls / seconds, (double)counts.bytes / seconds / 1e6,
          (double)counts.names / seconds, p50, p99, (server.user + server.system) / calls * 1e6,
          server.user / calls * 1e6, server.system / calls * 1e6, self / seconds * 100, (unsigned long)counts.errors);
  printf("{\"mode\":\"%s\",\"seconds\":%.6f,\"calls\":%lu,\"bytes\":%lu,\"names\":%lu,\"errors\":%lu,\"p50Us\":%.2f,"
         "\"p95Us\":%.2f,\"p99Us\":%.2f,\"maxUs\":%.2f,\"serverUserSeconds\":%.2f,\"serverSystemSeconds\":%.2f,"
         "\"generatorSeconds\":%.3f}\n",
         mode->name, seconds, (unsigned long)counts.calls, (unsigned long)counts.bytes, (unsigned long)counts.names,
         (unsigned long)counts.errors, p50, p95, p99, (double)latencies.max_ns / 1e3, server.user, server.system, self);
}

static void measure(void) {
  static struct conn conns[conns_max];
  bool lists = mode->percent[op_list] > 0;
  struct intake intake = {
      .recv_bytes = options.size > 65536 && mode->percent[op_read] > 0 ? 4096 : recv_bytes_max,
      .reply_keep = lists ? recv_bytes_max : call_head_max,
  };
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die("epoll_create1: %s", strerror(errno));
  if (mode->percent[op_null] < 100) tree_find(mode, conns);
  for (int i = 0; i < options.conns; i++) {
    conn_open(&conns[i], i, &intake);
    watch(epoll, EPOLL_CTL_ADD, &conns[i], false);
  }
  now = clock_ns();
  due = now;
  if (options.interval_ns) watch_due(epoll);
  for (int i = 0; i < options.conns && !options.interval_ns; i++) {
    for (int s = 0; s < options.depth; s++) begin_sequence(&conns[i], &conns[i].slots[s], now);
    flush(epoll, &conns[i]);
  }
  run_until(epoll, conns, &intake, now + (uint64_t)(options.warmup * 1e9));

  /* Errors of the warm-up still count. */
  counts = (struct counts){.errors = counts.errors};
  memset(&latencies, 0, sizeof latencies);
  struct cpu server_before = cpu_of_server();
  double self_before = cpu_of_self();
  uint64_t start = now;
  run_until(epoll, conns, &intake, start + (uint64_t)(options.seconds * 1e9));
  struct cpu server = cpu_of_server();
  report((double)(now - start) / 1e9, (struct cpu){server.user - server_before.user, server.system - server_before.system},
         cpu_of_self() - self_before);

  stopping = true;
  run_until(epoll, conns, &intake, 0);
}

int main(int argc, char **argv) {
  mode = options_parse(argc, argv);
  size_t payload_size = options.size > created_bytes ? options.size : created_bytes;
  payload = malloc(payload_size);
  if (!payload) die("out of memory");
  for (size_t i = 0; i < payload_size; i++) payload[i] = (uint8_t)(i * 31);
  measure();
  return counts.errors ? 1 : 0;
}
