/* The command line. */
#ifndef BERTH_LOAD_OPTIONS_H
#define BERTH_LOAD_OPTIONS_H

#include "ops.h"

/* Fills in `options` and returns the mode; ends the program when they cannot be meant. */
const struct mode *options_parse(int argc, char **argv);

#endif
