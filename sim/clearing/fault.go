package clearing

import (
	"fmt"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// Fault is one way in which the house misbehaves. The numbers are used in
// records and never change.
type Fault uint8

// The faults of a file.
const (
	// FaultLate sends a file, and so the control file, behind its deadline.
	FaultLate Fault = 1
	// FaultTruncated sends the first three fifths of a file.
	FaultTruncated Fault = 2
	// FaultBadRecord sends a file with one record that cannot be read.
	FaultBadRecord Fault = 3
	// FaultWrongTotal names wrong totals of a file in the control file.
	FaultWrongTotal Fault = 4
	// FaultMissing does not send a file that the control file names.
	FaultMissing Fault = 5
	// FaultTwice sends a file without its last record, in order otherwise, and
	// the whole one after the control file, with a new control file.
	FaultTwice Fault = 6
	// FaultGap lets the control file follow another day than the one before.
	FaultGap Fault = 7
)

// The faults of a trade of the receiver. The house tells them consistently in
// all its files of the market (not in the exchange's trade file): details,
// totals and holdings agree with each other and with the control file, so only a
// comparison with the receiver's own books can find them.
const (
	// FaultDrop forgets a trade.
	FaultDrop Fault = 8
	// FaultExtra invents a purchase.
	FaultExtra Fault = 9
	// FaultAmount clears a trade at a price one tick higher.
	FaultAmount Fault = 10
	// FaultAccount books a purchase on another securities account.
	FaultAccount Fault = 11

	faultKinds = 12
)

var faultNames = [faultKinds]string{"", "late", "truncated", "bad-record", "wrong-total", "missing", "twice", "gap", "drop", "extra", "amount", "account"}

// Valid says whether f is a fault.
func (f Fault) Valid() bool { return f > 0 && f < faultKinds }

// OfFile says whether f befalls a file, else a trade.
func (f Fault) OfFile() bool { return f >= FaultLate && f <= FaultGap }

func (f Fault) String() string {
	if f.Valid() {
		return faultNames[f]
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// ParseFault reads a name as String prints it.
func ParseFault(name string) (Fault, error) {
	for f := Fault(1); f < faultKinds; f++ {
		if faultNames[f] == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("fault %q: %w", name, ErrConfig)
}

// Difference is what a comparison of the clearing house's details with the
// receiver's own trades should find. The numbers are used in records and never
// change.
type Difference uint8

// The differences.
const (
	MissingThere  Difference = 1 // we have it, the clearing house does not
	MissingHere   Difference = 2 // the clearing house has it, we do not
	AmountDiffers Difference = 3
	AccountOther  Difference = 4
)

var differenceNames = [...]string{"", "missing there", "missing here", "amount differs", "account differs"}

func (d Difference) String() string {
	if d >= MissingThere && d <= AccountOther {
		return differenceNames[d]
	}
	return fmt.Sprintf("difference %d", uint8(d))
}

// Faults is how often each fault happens by chance, in parts per million of the
// files of a day (FaultGap: of the days) or of the receiver's trades.
type Faults struct {
	Seed  uint64
	Rates map[Fault]int
}

func (f *Faults) check() error {
	for fault, rate := range f.Rates {
		if !fault.Valid() || rate < 0 || rate > ppm {
			return fmt.Errorf("%s happens %d times in a million: %w", fault, rate, ErrConfig)
		}
	}
	return nil
}

const ppm = 1_000_000

// Injection is a fault by command.
type Injection struct {
	Date   calendar.Date // zero: the day that is open, or else the next one
	Fault  Fault
	Layout csdc.Layout        // of a file's fault other than FaultGap
	By     calendar.TimeOfDay // FaultLate: how long; zero: past the deadline
	Market market.Market      // of a trade's fault
	Exec   string             // which trade; empty: drawn from the seed
}

func (i *Injection) check() error {
	ok := i.Fault.Valid() && i.By >= 0 && i.By < calendar.DayEnd
	switch {
	case i.Fault == FaultGap:
		ok = ok && i.Layout == 0
	case i.Fault.OfFile():
		ok = ok && i.Layout.Valid()
	default:
		ok = ok && (i.Market == market.Shanghai || i.Market == market.Shenzhen)
	}
	if !ok {
		return fmt.Errorf("injection %+v: %w", *i, ErrConfig)
	}
	return nil
}

// Injected is a fault that happened, and what should be found.
type Injected struct {
	Date   calendar.Date
	Fault  Fault
	File   string      // the file, or the one that details the trade
	Layout csdc.Layout // zero: the control file
	// Find is what the receiver's check of the files says, zero for a trade's fault.
	Find csdc.FindingKind
	// Differ is what a comparison of trades finds, zero for a file's fault.
	Differ   Difference
	Security market.ID
	Exec     string
	Account  string // as the truth has it; of FaultExtra the one the file names
	Told     string // FaultAccount: the account the files name
	// Cash is how much more the files say the receiver gets than is true.
	Cash money.Amount
	// Void says why nothing is to be found; empty if something is.
	Void string
	// Corrected: a good version has gone out since.
	Corrected bool
}

// mix scrambles 64 bits (the finaliser of splitmix64): equal inputs give equal
// outputs on every machine, which is all the chance this package needs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance draws a number from the seed and what it is for, so that one fault's
// draw does not depend on another's.
func (f *Faults) chance(purpose ...uint64) uint64 {
	x := mix(f.Seed)
	for _, p := range purpose {
		x = mix(x ^ p)
	}
	return x
}

// happens says whether a fault happens by chance.
func (f *Faults) happens(fault Fault, purpose ...uint64) bool {
	rate := f.Rates[fault]
	return rate > 0 && f.chance(append([]uint64{uint64(fault)}, purpose...)...)%ppm < uint64(rate)
}
