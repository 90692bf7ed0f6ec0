#!/bin/sh
# Measures every canonical workload at 1, 4 and 16 times its size, each in a
# process of its own, into out/bench/NAME.json, and then prints the table for
# docs/performance.md, also to out/bench/table.md. Takes some 20 minutes; nothing else should run.
#
#   scripts/bench.sh [SCALE [NAME…]]     SCALE 1, 4 or 16; NAME as in `sancun bench --names`
set -eu
cd "$(dirname "$0")/.."
scale=${1:-16}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- $(bin/sancun bench --names)
mkdir -p out/bench
for name in "$@"; do
	bin/sancun bench --only "$name" --scale "$scale" --dir out/bench --output "out/bench/$name.json"
done
bin/sancun bench --table out/bench | tee out/bench/table.md
