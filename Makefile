# The two commands of the README: `make day` plays a trading day on real prices,
# `make test` proves the house. Everything else is for convenience.
.PHONY: day test fuzz build data bench drill soak planted verify clean

CLIENTS ?= 10000
ORDERS  ?= 300000
DATE    ?= 20230825
SEED    ?= 1
SPEED   ?= 0
BANKS   ?= 3
SCALE   ?= 16
QUIET   ?= 0
SEEDS   ?= 400
ONLY    ?=
SHARE   ?= 1

# Packages whose goroutines are looked at by the race detector in every run.
RACE = ./sequencer ./gateway/... ./sim/bank ./sim/exchange ./reconcile ./vault

build:
	go build -o bin/sancun ./cmd/sancun

data:
	scripts/fetch-market-data.sh

day:
	scripts/install.sh day
	$(MAKE) --no-print-directory data build
	bin/sancun day --clients $(CLIENTS) --orders $(ORDERS) --date $(DATE) --seed $(SEED) --speed $(SPEED) --banks $(BANKS) --quiet $(QUIET)

test:
	scripts/install.sh test
	$(MAKE) --no-print-directory data
	go vet ./...
	go test ./...
	go test -race $(RACE)
	go test -tags planted ./sim/pair -run TestPlanted

# Every fuzz target for some seconds; inputs that reach new code stay in testdata/fuzz.
fuzz:
	scripts/fuzz.sh 20

verify: build
	bin/sancun verify out/day/centre

# Every workload at 1, 4 and 16 times its size, some 20 minutes; SCALE=1 is quick.
bench: build
	scripts/bench.sh $(SCALE)

# Two centres as processes on this machine, in network namespaces where it allows that:
# switched over, killed, brought back, drilled on, cleared, measured.
drill:
	scripts/install.sh drill
	$(MAKE) --no-print-directory data build
	bin/sancun drill

# Every bug that is planted on purpose must be found; SEEDS is how many are tried to
# find the first seed that does, for sim/pair/testdata/planted.txt.
planted:
	SANCUN_HUNT_SEEDS=$(SEEDS) go test -tags planted ./sim/pair -run 'TestPlanted|TestHunt' -v -timeout 3h

# The long runs, each a line in docs/soak.csv; ONLY=backup SHARE=0.01 for some of them, shorter.
soak:
	scripts/soak.sh "$(ONLY)" $(SHARE)

clean:
	rm -rf bin out
