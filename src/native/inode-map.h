/* Inode maps: what the objects of a snapshot were in the live share. */
#ifndef BERTH_INODE_MAP_H
#define BERTH_INODE_MAP_H

#include <stdint.h>

enum { INODE_MAP_COUNT_MAX = 1024 };

/* The number and time of change that an object had in the live share when it was copied. */
typedef struct {
  uint64_t inode;
  int64_t ctime;
  uint32_t ctime_ns;
} live_inode_t;

typedef struct inode_map inode_map_t;

/* The open maps of one thread; NULL where a place is free. */
typedef struct inode_maps {
  inode_map_t *at[INODE_MAP_COUNT_MAX];
} inode_maps_t;

/* 1 and *live is filled, or 0: it is not in the map, or the map cannot be read. */
int inode_map_find(inode_map_t *map, uint64_t inode, live_inode_t *live);
/* A cleanup hook: closes all. */
void inode_maps_free(void *maps);

#endif
