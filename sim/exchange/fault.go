package exchange

import (
	"fmt"

	"sancun/calendar"
)

// Fault is one way in which the exchange misbehaves over one message.
type Fault uint8

// The faults. DropBefore and Silent leave the order unprocessed, DropAfter and
// the others process it: the member cannot tell them apart before it has
// synchronised, which is what they are for.
const (
	FaultNone Fault = 0
	// FaultDelay holds the reports of the message, and all behind them, for DelayBy.
	FaultDelay Fault = 1
	// FaultLate is FaultDelay for LateBy: longer than the member waits.
	FaultLate Fault = 2
	// FaultSilent swallows the message. The same ClOrdID is taken when sent again.
	FaultSilent Fault = 3
	// FaultTwice sends the first report twice with the same index.
	FaultTwice Fault = 4
	// FaultLose leaves the first report out of the live stream. Synchronisation has it.
	FaultLose Fault = 5
	// FaultDropBefore disconnects and does not process the message.
	FaultDropBefore Fault = 6
	// FaultDropAfter processes the message and disconnects before reporting.
	FaultDropAfter Fault = 7
	// FaultRefuse rejects the order whatever it is. A cancel is not refused.
	FaultRefuse Fault = 8
	// FaultHalt halts the security for HaltFor after the message is processed.
	FaultHalt Fault = 9

	faultKinds = 10
)

var faultNames = [faultKinds]string{"none", "delay", "late", "silent", "twice", "lose", "drop-before", "drop-after", "refuse", "halt"}

func (f Fault) String() string {
	if f < faultKinds {
		return faultNames[f]
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// ParseFault reads a name as String prints it.
func ParseFault(name string) (Fault, error) {
	for f, known := range faultNames {
		if known == name {
			return Fault(f), nil
		}
	}
	return 0, fmt.Errorf("fault %q: %w", name, ErrConfig)
}

// Faults is how often each fault befalls a message, in parts per million, drawn
// from the seed and the message's trading unit and ClOrdID: the same orders
// suffer the same faults whatever else happens.
type Faults struct {
	Seed       uint64
	Delay      int
	Late       int
	Silent     int
	Twice      int
	Lose       int
	DropBefore int
	DropAfter  int
	Refuse     int
	Halt       int

	// DelayBy, LateBy and HaltFor are exchange time; 2 s, 60 s and 10 min if zero.
	DelayBy, LateBy, HaltFor calendar.TimeOfDay
}

const million = 1_000_000

// chances lists the figures in the order of the Fault numbers.
func (f *Faults) chances() [faultKinds]int {
	return [faultKinds]int{0, f.Delay, f.Late, f.Silent, f.Twice, f.Lose, f.DropBefore, f.DropAfter, f.Refuse, f.Halt}
}

func (f *Faults) check() error {
	sum := 0
	for kind, n := range f.chances() {
		if n < 0 || n > million {
			return fmt.Errorf("%s %d per million: %w", Fault(kind), n, ErrConfig)
		}
		sum += n
	}
	if sum > million {
		return fmt.Errorf("faults of %d per million together: %w", sum, ErrConfig)
	}
	return nil
}

func (f *Faults) withDefaults() Faults {
	out := *f
	if out.DelayBy == 0 {
		out.DelayBy = 2 * calendar.Second
	}
	if out.LateBy == 0 {
		out.LateBy = calendar.Minute
	}
	if out.HaltFor == 0 {
		out.HaltFor = 10 * calendar.Minute
	}
	return out
}

// draw returns the fault of a message.
func (f *Faults) draw(pbu string, id ClOrdID) Fault {
	h := f.Seed
	for _, c := range []byte(pbu) {
		h = mix(h ^ uint64(c))
	}
	for _, c := range id {
		h = mix(h ^ uint64(c))
	}
	roll := int(h % million)
	for kind, n := range f.chances() {
		if roll < n {
			return Fault(kind)
		}
		roll -= n
	}
	return FaultNone
}
