/* Keeps the processors of this machine from sleeping: a loop on each, which gives way to everything else. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *stay_awake(void *processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET((uintptr_t)processor, &one);
  const struct sched_param none = {0};
  if (sched_setaffinity(0, sizeof one, &one) || sched_setscheduler(0, SCHED_IDLE, &none)) {
    perror("awake");
    exit(1);
  }
  for (;;) __asm__ volatile("");
}

int main(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) {
    perror("awake");
    return 1;
  }
  for (uintptr_t i = 0; i < CPU_SETSIZE; i++) {
    pthread_t thread;
    if (CPU_ISSET(i, &allowed) && pthread_create(&thread, NULL, stay_awake, (void *)i)) return 1;
  }
  for (;;) pause();
}
