#include "histogram.h"

/* Values below 64 have a bucket each; above, every power of two is cut into 64 steps. */
static unsigned bucket_of(uint64_t ns) {
  if (ns < histogram_steps) return (unsigned)ns;
  unsigned octave = 63 - (unsigned)__builtin_clzll(ns) - 6;
  return (octave + 1) * histogram_steps + (unsigned)(ns >> octave) % histogram_steps;
}

static uint64_t middle_of(unsigned bucket) {
  if (bucket < histogram_steps) return bucket;
  unsigned octave = bucket / histogram_steps - 1;
  uint64_t low = (uint64_t)(histogram_steps + bucket % histogram_steps) << octave;
  return low + ((uint64_t)1 << octave) / 2;
}

void histogram_add(struct histogram *histogram, uint64_t ns) {
  histogram->buckets[bucket_of(ns)]++;
  histogram->count++;
  if (ns > histogram->max_ns) histogram->max_ns = ns;
}

uint64_t histogram_quantile(const struct histogram *histogram, double part) {
  uint64_t rank = (uint64_t)((double)histogram->count * part), seen = 0;
  unsigned buckets = sizeof histogram->buckets / sizeof *histogram->buckets;
  for (unsigned i = 0; i < buckets; i++) {
    seen += histogram->buckets[i];
    if (seen > rank) return middle_of(i);
  }
  return histogram->max_ns;
}
