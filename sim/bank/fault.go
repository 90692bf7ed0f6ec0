package bank

import (
	"fmt"
	"time"

	"sancun/money"
	wire "sancun/wire/bank"
)

// Fault is one way in which the bank misbehaves over one message or file.
type Fault uint8

// The faults of messages. For what the bank starts itself, Delay keeps the
// request back, NoAnswer and Late do not apply, and the two single-sided faults
// lose the request or the answer.
const (
	FaultNone Fault = 0
	// FaultDelay looks at the message only after DelayBy; an enquiry meanwhile is
	// told "processing".
	FaultDelay Fault = 1
	// FaultLate carries the message out at once and answers after LateBy.
	FaultLate Fault = 2
	// FaultSilent loses the message: nothing is done and nothing is answered.
	FaultSilent Fault = 3
	// FaultNoAnswer carries the message out and never answers; an enquiry tells.
	FaultNoAnswer Fault = 4
	// FaultTwice answers twice.
	FaultTwice Fault = 5
	// FaultDropBefore disconnects and does nothing.
	FaultDropBefore Fault = 6
	// FaultDropAfter carries the message out and disconnects before the answer.
	FaultDropAfter Fault = 7
	// FaultRefuse refuses whatever is asked.
	FaultRefuse Fault = 8
	// FaultUnsure carries the message out and answers that the outcome is unknown.
	FaultUnsure Fault = 9
	// FaultBankOnly moves the money at the bank, answers nothing, and denies every
	// knowledge of it: the bank has an entry that the broker has not.
	FaultBankOnly Fault = 10
	// FaultBrokerOnly answers success, also to enquiries, and books nothing: the
	// broker has an entry that the bank has not.
	FaultBrokerOnly Fault = 11

	faultKinds = 12
)

// The faults of files the bank sends.
const (
	// FaultFileLate sends the file LateBy later.
	FaultFileLate Fault = 20
	// FaultFileMissing never sends it, except when it is fetched by name.
	FaultFileMissing Fault = 21
	// FaultFileTruncated leaves the end of the last line out.
	FaultFileTruncated Fault = 22
	// FaultFileBadRecord makes one line unreadable.
	FaultFileBadRecord Fault = 23
	// FaultFileWrongTotal states a control amount that is wrong by one yuan.
	FaultFileWrongTotal Fault = 24
)

var faultNames = map[Fault]string{
	FaultNone: "none", FaultDelay: "delay", FaultLate: "late", FaultSilent: "silent", FaultNoAnswer: "no-answer", FaultTwice: "twice",
	FaultDropBefore: "drop-before", FaultDropAfter: "drop-after", FaultRefuse: "refuse", FaultUnsure: "unsure",
	FaultBankOnly: "bank-only", FaultBrokerOnly: "broker-only",
	FaultFileLate: "file-late", FaultFileMissing: "file-missing", FaultFileTruncated: "file-truncated",
	FaultFileBadRecord: "file-bad-record", FaultFileWrongTotal: "file-wrong-total",
}

func (f Fault) String() string {
	if name, ok := faultNames[f]; ok {
		return name
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// ParseFault reads a name as String prints it.
func ParseFault(name string) (Fault, error) {
	for f, known := range faultNames {
		if known == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("fault %q: %w", name, ErrConfig)
}

func (f Fault) ofFile() bool { return f >= FaultFileLate && f <= FaultFileWrongTotal }

// Faults is how often each fault befalls a transfer or reversal, in parts per
// million, drawn from the seed and the key of the message: the same business
// suffers the same fault whatever else happens. Other messages and files suffer
// only by command (Control.Inject, Control.InjectFile).
type Faults struct {
	Seed                                  uint64
	Delay, Late, Silent, NoAnswer, Twice  int
	DropBefore, DropAfter, Refuse, Unsure int
	BankOnly, BrokerOnly                  int
	DelayBy                               time.Duration // 5 s if zero
	LateBy                                time.Duration // 90 s if zero
}

const million = 1_000_000

// chances lists the figures in the order of the Fault numbers.
func (f *Faults) chances() [faultKinds]int {
	return [faultKinds]int{
		0, f.Delay, f.Late, f.Silent, f.NoAnswer, f.Twice, f.DropBefore, f.DropAfter, f.Refuse, f.Unsure, f.BankOnly, f.BrokerOnly,
	}
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
		out.DelayBy = 5 * time.Second
	}
	if out.LateBy == 0 {
		out.LateBy = 90 * time.Second
	}
	return out
}

// draw returns the fault of a key.
func (f *Faults) draw(k wire.Key) Fault {
	h := f.Seed
	for _, c := range []byte(k.String()) {
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

// mix is the finaliser of splitmix64, a public-domain bit mixer: good enough to
// spread keys over chances.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// Finding is what the comparison of the day end must find of a fault.
type Finding uint8

// The findings.
const (
	// FindNothing: both sides end alike.
	FindNothing Finding = 0
	// FindBankHas: the bank has an entry, the broker has none in force.
	FindBankHas Finding = 1
	// FindBrokerHas: the broker has an entry, the bank has none.
	FindBrokerHas Finding = 2
	// FindFile: a file is late, missing or wrong, as the fault says.
	FindFile Finding = 3
)

func (f Finding) String() string {
	switch f {
	case FindNothing:
		return "nothing"
	case FindBankHas:
		return "bank has"
	case FindBrokerHas:
		return "broker has"
	case FindFile:
		return "file"
	}
	return fmt.Sprintf("finding %d", uint8(f))
}

// Incident is a fault that happened, and what must be found of it.
type Incident struct {
	Fault    Fault
	Finding  Finding
	Key      wire.Key // of the business, zero for files
	Function wire.Function
	Fund     string
	Amount   money.Amount // minor units, positive
	Serial   string       // the bank's
	File     string
	Date     wire.Date
	Time     wire.Time
	// Healed single-sided entries were reversed afterwards: nothing is left to find.
	Healed bool
}

// Effect returns by how much the bank's side is ahead of the broker's, in the
// client's money at the securities side: what a comparison must find.
func (i *Incident) Effect() money.Amount {
	amount := i.Amount
	if i.Function == wire.FunctionWithdrawal || i.Function == wire.FunctionReverseDeposit {
		amount = -amount
	}
	switch {
	case i.Healed:
		return 0
	case i.Finding == FindBankHas:
		return amount
	case i.Finding == FindBrokerHas:
		return -amount
	}
	return 0
}

// note writes an incident of an entry into the log.
func (b *Bank) note(f Fault, finding Finding, e *Entry) {
	b.incidents = append(b.incidents, &Incident{
		Fault: f, Finding: finding, Key: e.Key, Function: e.Function, Fund: e.Fund, Amount: e.Amount,
		Serial: e.BankSerial, Date: b.date, Time: b.clock(),
	})
}

// heal marks the finding of a single-sided entry as gone.
func (b *Bank) heal(k wire.Key) {
	for _, i := range b.incidents {
		if i.Key == k && i.Finding != FindNothing {
			i.Healed = true
		}
	}
}
