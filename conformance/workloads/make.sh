#!/bin/bash
# A C project of many files: timestamps must order, binaries written here must run from here.
. /run/conformance/guest/prelude.sh

must mount_nfs
modules=$(in_full 150 12)
mkdir /mnt/nfs/project && cd /mnt/nfs/project && mkdir src include build || fail "mkdir"
for number in $(seq "$modules"); do
  echo "int part_$number(int);" >"include/part_$number.h"
  {
    echo "#include \"part_$number.h\""
    [ "$number" -gt 1 ] && echo "#include \"part_$((number - 1)).h\""
    echo "int part_$number(int n) { return $([ "$number" -gt 1 ] && echo "part_$((number - 1))(n) +") n; }"
  } >"src/part_$number.c"
done
cat >src/main.c <<C
#include <stdio.h>
#include "part_$modules.h"
int main(void) { printf("%d\n", part_$modules(2)); return 0; }
C
cat >Makefile <<'MAKE'
sources := $(wildcard src/*.c)
objects := $(sources:src/%.c=build/%.o)
program: build/main.o build/libparts.a
	$(CC) -o $@ $^
build/libparts.a: $(filter-out build/main.o,$(objects))
	$(AR) rcs $@ $^
build/%.o: src/%.c
	@echo compiled $<
	@$(CC) -Iinclude -MMD -O1 -c -o $@ $<
-include $(objects:.o=.d)
MAKE

step "build $modules modules"
make -j4 >/tmp/first.log 2>&1 || fail "make: $(tail -5 /tmp/first.log)"
[ "$(./program)" = $((modules * 2)) ] || fail "the program says $(./program)"
step "nothing left to do"
make >/tmp/again.log 2>&1 || fail "second make"
grep -q "'program' is up to date" /tmp/again.log || fail "make again did: $(head -5 /tmp/again.log)"
grep -qi "clock skew\|in the future" /tmp/first.log /tmp/again.log && fail "clock skew"

step "one header changed: two modules are compiled"
sleep 0.1
echo "/* changed */" >>include/part_3.h
make >/tmp/third.log 2>&1 || fail "third make"
[ "$(grep -c ^compiled /tmp/third.log)" = 2 ] || fail "compiled: $(grep ^compiled /tmp/third.log)"
./program >/dev/null || fail "the program after the third make"
must strip program && must ./program
