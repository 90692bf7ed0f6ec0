package settle

import (
	"time"

	"sancun/difference"
	"sancun/money"
)

// Report is what a run of the chain did and found. Every figure but the times
// follows from the journal and the files alone.
type Report struct {
	Date    uint32
	Stopped uint64 // height of the block that holds StopDay
	Pinned  uint64 // height the picture of the day is read at
	Closing uint64 // height the closing balances are read at, 0 before interest is done
	Cleared bool   // the next day may open
	// Paperless says that reports were written without PDFs, for want of a font.
	Paperless bool

	Steps       []StepReport
	Differences []difference.Difference // of the steps this run performed, in order of steps
	Split       []Split
	Nets        []Net
	Obligations []Obligation // what SettleDue books on the settlement day
	Totals      []BankTotal  // what the banks said of their totals, by bank and currency
	Files       []File       // written by this run
}

// BankTotal is a bank's row of total against detail (B04), in minor units. What is
// in settlement is signed as the clients' money: negative must still be paid.
type BankTotal struct {
	Bank         uint16
	Currency     money.Currency
	Ledger       money.Amount // sum of the management accounts
	Pooled       money.Amount
	Reserve      money.Amount
	InSettlement money.Amount
}

// StepReport is one step of a run.
type StepReport struct {
	Number  uint16
	Name    string
	Input   [32]byte
	Rows    uint64
	Took    time.Duration
	OK      bool
	Passed  bool // had succeeded before on the same input; booked nothing now
	Found   int  // differences
	Cutoff  time.Time
	Ended   time.Time
	Late    bool // ended behind its cut-off
	Failure string
}

// Progress is the state of a run, for a screen.
type Progress struct {
	Step   uint16
	Name   string
	Done   uint64 // of the step's rows, 0 at its beginning
	Total  uint64
	Ended  bool
	Finish time.Time // forecast of the whole run's end
	Cutoff time.Time // of this step
	Late   bool      // the forecast of the steps due with this cut-off is behind it
	Due    []Due     // how the two groups of steps stand, the earlier cut-off first
}

// Split is what clearing-house rows one cash account and trading unit have
// (清分).
type Split struct {
	Market  uint8
	Cash    string // cash account at the clearing house
	Unit    string // trading unit
	Rows    uint64
	Unknown uint64 // rows on securities accounts that are not ours
	Net     money.Amount
}

// Net is first-level clearing of one market and currency: what we reckon and
// what the clearing house says.
type Net struct {
	Market     uint8
	Currency   money.Currency
	OurRows    uint64
	TheirRows  uint64
	Bought     money.Amount
	Sold       money.Amount
	Levies     money.Amount // by our reckoning, record by record
	Charged    money.Amount // to clients, order by order
	Commission money.Amount // to clients
	Ours       money.Amount // Sold − Bought − Levies
	Theirs     money.Amount
}

// Rounding is what clients paid above the clearing house's levies: it goes to the
// rounding account (row K39).
func (n *Net) Rounding() money.Amount { return n.Charged - n.Levies }
