#!/bin/bash
# list.sh DIRECTORY: what a backup has to bring back of it, a line for each thing, wherever it lies: names, kinds, modes,
# owners, times, sizes, links, contents. Line feeds in names become \001.
set -eu
export LC_ALL=C
cd "$1"
{
  find . -path ./.berth -prune -o -type d -printf "%p: %y %m %U:%G %T@\0" -o -type f -printf "%p: %y %m %U:%G %T@ %s %n\0" \
    -o -printf "%p: %y %m %U:%G %T@ %n %l\0"
  # Of a file with several names, the first of them beside each.
  find . -path ./.berth -prune -o -type f -links +1 -printf '%i %p\0' | sort -z |
    perl -0ne 'chomp; my ($number, $name) = split / /, $_, 2; $first{$number} //= $name; print "$name is $first{$number}\0"'
  find . -path ./.berth -prune -o -type f -print0 | sort -z | xargs -0r sha256sum -z
} | sort -z | tr '\n\0' '\001\n'
