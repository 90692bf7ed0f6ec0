#!/usr/bin/env bash
# The long runs. Each appends one line to docs/soak.csv: date, test, count of trials
# done, failures, seed, seconds, machine. The file only grows; a run that failed
# stays in it, and its seed repeats it:
#
#   SANCUN_SOAK_COUNT=… SANCUN_SOAK_SEED=… go test ./node -run '^TestKilled$' -count 1 -v
#
#   scripts/soak.sh               all of them, some hours
#   scripts/soak.sh backup 0.01   those whose line holds the word, at a share of their length
#
# Environment: SEED repeats a soak; without it the seed is the time.
set -uo pipefail
cd "$(dirname "$0")/.."
record=docs/soak.csv

machine() {
	local cpu
	cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -1 | tr -d ',' | tr -s ' ')
	echo "$(nproc) x ${cpu:-$(uname -m)} $(uname -s) $(uname -r | cut -d. -f1,2) $(go env GOVERSION)"
}

# line NAME SEED SECONDS: the output of a run on the standard input, one line of the
# record on the standard output.
line() {
	local said count failures seed
	said=$(grep -o 'soak: count=[0-9]* failures=[0-9]* seed=[0-9]*' | tail -1)
	count=$(sed -n 's/.*count=\([0-9]*\).*/\1/p' <<<"$said")
	failures=$(sed -n 's/.*failures=\([0-9]*\).*/\1/p' <<<"$said")
	seed=$(sed -n 's/.*seed=\([0-9]*\).*/\1/p' <<<"$said")
	echo "$(date -u +%Y-%m-%dT%H:%M:%SZ),$1,${count:-0},${failures:-1},${seed:-$2},$3,$(machine)"
}

if [ "${1:-}" = --line ]; then
	line "$2" "$3" "$4"
	exit
fi

word=${1:-}
share=${2:-1}
seed=${SEED:-$(date +%s)}
failed=0

# run PACKAGE TEST COUNT: one long run.
run() {
	case "$1.$2" in *"$word"*) ;; *) return ;; esac
	local count began output
	count=$(awk -v n="$3" -v s="$share" 'BEGIN { n = int(n * s); print n < 1 ? 1 : n }')
	echo "soak: ./$1 $2, $count times, seed $seed" >&2
	began=$SECONDS
	output=$(mktemp)
	SANCUN_SOAK_COUNT=$count SANCUN_SOAK_SEED=$seed go test "./$1" -run "^$2\$" -count 1 -timeout 12h -v >"$output" 2>&1 || {
		failed=1
		tail -40 "$output" >&2
	}
	[ -s "$record" ] || echo "date,test,count,failures,seed,seconds,machine" >"$record"
	line "$1.$2" "$seed" $((SECONDS - began)) <"$output" | tee -a "$record"
	rm -f "$output"
}

# One line a run: package, test, trials. Whoever writes a long run adds its line; the test begins with soak.Begin.
run node TestKilled 1000                  # a centre killed under load
run node TestNodesTakeTurns 200           # two nodes of a centre, killed and paused by turns
run node TestRestoredRootsAreEqual 1000   # points in time restored from backups, roots compared
run backup TestTamperedIsRefused 10000    # changed folders of backups
run journal/disk TestKill 500             # a writer of the journal killed
run sim/pair TestSeeds 20000              # two centres in one goroutine, a seed each
run drill TestSiteKills 200               # the writer of two centres killed in mode protect
run drill TestKillsAndSwitchBacks 50      # killed in mode fast, comes back, takes over again
run drill TestPlannedSwitchovers 50       # switched over and back under load
run drill TestForks 20                    # drills on a fork, purged

exit $failed
