#!/usr/bin/env bash
# Runs every fuzz target for some seconds and keeps a few of the inputs that reach new
# code beside the tests (testdata/fuzz), where every later `go test` tries them again.
# An input that breaks a target is kept by Go itself and fails until the code is mended.
#
#   scripts/fuzz.sh [seconds] [package ...]     20 seconds, every package
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-20}
shift || true
keep=4           # inputs of a target that stay
longest=2048     # bytes of an input that stays
failed=0
for dir in $(grep -rlE '^func Fuzz' --include='*_test.go' "${@:-.}" | xargs -n1 dirname | sort -u); do
	for target in $(cat "$dir"/*_test.go | sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p'); do
		echo "$dir $target"
		go test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" -fuzzminimizetime 1s | tail -1 || failed=1
		found="$(go env GOCACHE)/fuzz/$(go list "./$dir")/$target"
		[ -d "$found" ] || continue
		mkdir -p "$dir/testdata/fuzz/$target"
		find "$found" -type f -size "-${longest}c" -printf '%s %p\n' | sort -n | awk -v n="$keep" '{a[NR]=$2} END {for (i=1; i<=n && i<=NR; i++) { k = int(i*NR/n); if (k < 1) k = 1; print a[k] }}' |
			sort -u | xargs -r -I{} cp {} "$dir/testdata/fuzz/$target/"
		rmdir --ignore-fail-on-non-empty "$dir/testdata/fuzz/$target"
	done
done
exit $failed
