package bench

import (
	"slices"
	"time"
)

// Workload is one canonical measurement.
type Workload struct {
	Name string // of what is done
	Load string // uniform, hot, or empty when there is no such difference
	Help string
	run  func(c Conditions, scale int) ([]Result, error)
}

// Full is the name with the kind of load.
func (w *Workload) Full() string { return (&Result{Workload: w.Name, Load: w.Load}).Full() }

// Run measures the workload at a multiple of its standard size, to show how cost
// grows.
func (w *Workload) Run(c Conditions, scale int) ([]Result, error) {
	forgetPeak()
	results, err := w.run(c, scale)
	for i := range results {
		r := &results[i]
		r.Load, r.Scale, r.PeakRSS = w.Load, scale, peak()
		if r.Workload == "" {
			r.Workload = w.Name
		}
	}
	return results, err
}

// The standard sizes. The largest scale is 16: where the requirements name a size
// that takes minutes, it is that of the largest scale.
const (
	ledgerAccounts  = 1_000_000
	ledgerTransfers = 2_000_000
	ledgerPairs     = 1_000_000

	custodyClients = 200_000
	depositCount   = 1_000_000
	orderLifeCount = 400_000
	clearingFills  = 1_000_000

	doorClients  = 50_000
	doorDeposits = 50_000 // of 64 connections
	doorAlone    = 5_000  // of one caller
	doorBatches  = 200
	doorOffers   = 30_000

	overloadOffered = 2_000_000
	restartBehind   = 625_000 // 10,000,000 at 16 times
	booksDeposits   = 312_500 // 5,000,000 at 16 times
	booksSteady     = 10 * time.Second
	memoryClients   = 100_000
	catchUpBlocks   = 62_500 // 1,000,000 at 16 times
	catchUpEach     = 10     // deposits of a block, as at 5,000 a second with a sync of 2 ms
	catchUpClients  = 20_000
)

// work is a workload without its size.
type work func(c Conditions, hot bool) ([]Result, error)

// one is a workload with one result.
func one(run func(c Conditions, hot bool) (Result, error)) work {
	return func(c Conditions, hot bool) ([]Result, error) {
		r, err := run(c, hot)
		return []Result{r}, err
	}
}

// What is hot.
const (
	hotAccount  = "every one on one account"
	hotBank     = "all of one bank with one pooled account"
	hotSecurity = "all of one bank, in one security"
)

// both is a workload under uniform and under hot load.
func both(name, help, hot string, sized func(scale int) work) []Workload {
	return []Workload{
		{name, "uniform", help, func(c Conditions, scale int) ([]Result, error) { return sized(scale)(c, false) }},
		{name, "hot", help + ", " + hot, func(c Conditions, scale int) ([]Result, error) { return sized(scale)(c, true) }},
	}
}

// Workloads lists the canonical workloads in the order they are run.
func Workloads() []Workload {
	return slices.Concat(inProcess(), atTheDoor(), aroundIt())
}

// inProcess are the workloads of the machine behind its sequencer.
func inProcess() []Workload {
	return slices.Concat(
		both("ledger", "plain transfers between 1,000,000 accounts, in process", hotAccount, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return Ledger(c, ledgerAccounts, ledgerTransfers*scale, hot)
			})
		}),
		both("pairs", "a hold and its settlement, in process", hotAccount, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return HoldSettle(c, ledgerAccounts, ledgerPairs*scale, hot)
			})
		}),
		both("deposits", "deposits that begin at the bank, in process", hotBank, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return Deposits(c, custodyClients, depositCount*scale, hot)
			})
		}),
		both("orders", "orders placed, acknowledged and filled, in process", hotSecurity, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return OrderLives(c, custodyClients, orderLifeCount*scale, hot)
			})
		}),
		both("clearing", "second-level clearing of the fills of 200,000 clients", hotSecurity, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return Clearing(c, custodyClients, clearingFills*scale, hot)
			})
		}),
		both("overload", "transfers offered faster than they can be decided, without waiting and without retrying", hotAccount, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return Overload(c, ledgerAccounts, overloadOffered*scale, hot)
			})
		}),
	)
}

// atTheDoor are the workloads of a whole node over TLS 1.3 on loopback.
func atTheDoor() []Workload {
	return slices.Concat(
		both("http-64", "single deposits at a whole node over TLS, 64 connections", hotBank, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return HTTPDeposits(c, doorClients, doorDeposits*scale, 64, hot)
			})
		}),
		both("http-1", "single deposits at a whole node over TLS, one caller", hotBank, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return HTTPDeposits(c, doorClients, doorAlone*scale, 1, hot)
			})
		}),
		both("http-batch", "batches of 1,000 deposits at a whole node over TLS, as JSON", hotBank, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return HTTPBatches(c, doorClients, doorBatches*scale, false, hot)
			})
		}),
		both("http-compact", "batches of 1,000 deposits at a whole node over TLS, in the compact form", hotBank, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return HTTPBatches(c, doorClients, doorBatches*scale, true, hot)
			})
		}),
		both("http-overload", "single deposits at a whole node over TLS, from more connections than it works on at once", hotBank, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return HTTPOverload(c, doorClients, doorCrowd, doorOffers*scale, hot)
			})
		}),
	)
}

// aroundIt are the workloads of what is kept: query tables, restart and memory.
func aroundIt() []Workload {
	return append(slices.Concat(
		both("books", "query tables filled with deposits, and how far they are behind at 15,000 a second", hotBank, func(scale int) work {
			return func(c Conditions, hot bool) ([]Result, error) {
				return Books(c, custodyClients, booksDeposits*scale, booksSteady, hot)
			}
		}),
		both("restart", "from the start of the process to the first decision, a tenth of the commands behind the snapshot", hotAccount, func(scale int) work {
			return one(func(c Conditions, hot bool) (Result, error) {
				return Restart(c, ledgerAccounts, restartBehind*scale, hot)
			})
		}),
	), Workload{"catch-up", "", "an empty second centre copies a journal of 62,500 small blocks over TLS on loopback, proves, stores and applies it", func(c Conditions, scale int) ([]Result, error) {
		r, err := CatchUp(c, catchUpClients, catchUpBlocks*scale, catchUpEach)
		return []Result{r}, err
	}}, Workload{"memory", "", "memory of a client with cash, contract and five positions", func(c Conditions, scale int) ([]Result, error) {
		r, err := Memory(c, memoryClients*scale)
		return []Result{r}, err
	}})
}
