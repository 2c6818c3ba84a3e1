#!/bin/sh
# Compiler launcher: runs the command, keeps the figures of `ptxas -v` in OBJECT.ptxas, passes on everything else.
previous=
for argument; do
  [ "$previous" = -o ] && object=$argument
  previous=$argument
done
"$@" >"$object.log" 2>&1
status=$?
grep -E '^ptxas info|bytes stack frame' "$object.log" >"$object.ptxas"
grep -vE '^ptxas info|bytes stack frame' "$object.log" >&2
rm -f "$object.log"
exit $status
