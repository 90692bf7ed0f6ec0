package bench

// Workload is one canonical measurement. Run measures it at a multiple of its
// standard size, to show how cost grows.
type Workload struct {
	Name string
	Help string
	Run  func(c Conditions, scale int) (Result, error)
}

const (
	ledgerAccounts  = 1_000_000
	ledgerTransfers = 4_000_000
	ledgerPairs     = 1_000_000
)

// Workloads lists the canonical workloads in the order they are run.
func Workloads() []Workload {
	return []Workload{
		{"ledger-uniform", "plain transfers between random accounts of 1,000,000, in process", func(c Conditions, scale int) (Result, error) {
			return Ledger(c, ledgerAccounts, ledgerTransfers*scale, false)
		}},
		{"ledger-hot", "the same, every transfer touching one account", func(c Conditions, scale int) (Result, error) {
			return Ledger(c, ledgerAccounts, ledgerTransfers*scale, true)
		}},
		{"pairs-uniform", "a hold and its settlement, in process", func(c Conditions, scale int) (Result, error) {
			return HoldSettle(c, ledgerAccounts, ledgerPairs*scale, false)
		}},
		{"pairs-hot", "the same, every settlement paying one account", func(c Conditions, scale int) (Result, error) {
			return HoldSettle(c, ledgerAccounts, ledgerPairs*scale, true)
		}},
	}
}
