/* Move maps: what the objects of a share that was moved to another filesystem are called by its clients. */
#ifndef BERTH_MOVE_MAP_H
#define BERTH_MOVE_MAP_H

/* The open maps of one thread, each at its number. */
typedef struct move_maps move_maps_t;

move_maps_t *move_maps_new(void);
/* A cleanup hook: closes all. */
void move_maps_free(void *maps);

#endif
