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

	custodyClients = 200_000
	depositCount   = 1_000_000
	orderLifeCount = 400_000
	clearingFills  = 1_000_000
	restartBehind  = 10_000_000

	overloadOffered = 8_000_000
	memoryClients   = 400_000
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
		{"deposits-uniform", "deposits that begin at one of 50 banks, in process", func(c Conditions, scale int) (Result, error) {
			return Deposits(c, custodyClients, depositCount*scale, false)
		}},
		{"deposits-hot", "the same, every deposit in the pooled account of one bank", func(c Conditions, scale int) (Result, error) {
			return Deposits(c, custodyClients, depositCount*scale, true)
		}},
		{"order-lives", "orders placed, acknowledged and filled, in process", func(c Conditions, scale int) (Result, error) {
			return OrderLives(c, custodyClients, orderLifeCount*scale)
		}},
		{"clearing", "second-level clearing of the fills of 200,000 clients", func(c Conditions, scale int) (Result, error) {
			return Clearing(c, custodyClients, clearingFills*scale)
		}},
		{"overload", "transfers offered faster than they can be decided, without waiting and without retrying", func(c Conditions, scale int) (Result, error) {
			return Overload(c, ledgerAccounts, overloadOffered*scale)
		}},
		{"restart", "from the start of the process to the first decision, 10,000,000 commands behind a snapshot and a tenth of them after it", func(c Conditions, scale int) (Result, error) {
			return Restart(c, ledgerAccounts, restartBehind*scale)
		}},
		{"memory", "memory of a client with cash, contract and five positions", func(c Conditions, scale int) (Result, error) {
			return Memory(c, memoryClients*scale)
		}},
	}
}
