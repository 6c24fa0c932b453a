/* The handles the modes work on. */
#ifndef BERTH_LOAD_TREE_H
#define BERTH_LOAD_TREE_H

#include "ops.h"

/* Looks up what the mode needs and puts it into `tree`, and into each connection its file. */
void tree_find(const struct mode *mode, struct conn *conns);

#endif
