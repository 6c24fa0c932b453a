/* Latencies in buckets that are 1/64 wide (1.6 %), so that counting one costs a few instructions and no memory. */
#ifndef BERTH_LOAD_HISTOGRAM_H
#define BERTH_LOAD_HISTOGRAM_H

#include <stdint.h>

enum { histogram_steps = 64, histogram_octaves = 58 };

struct histogram {
  uint64_t buckets[histogram_octaves * histogram_steps + histogram_steps];
  uint64_t count;
  uint64_t max_ns;
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* The latency in nanoseconds that `part` (0 to 1) of all calls did not exceed; 0 when there were none. */
uint64_t histogram_quantile(const struct histogram *histogram, double part);

#endif
