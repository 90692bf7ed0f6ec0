package bank

import (
	"strconv"
	"strings"
	"time"

	"sancun/custody"
	"sancun/money"
	"sancun/state"
	wire "sancun/wire/bank"
)

// Intent is a transfer, a reversal or a remittance that is durable in the journal
// and must be said to the bank.
type Intent struct {
	Transfer  uint64 // platform serial: the idempotency key
	Bank      uint16
	Function  wire.Function // deposit, withdrawal, the reversal of one, or remittance
	Fund      uint64        // number of the fund account, 0 of a remittance
	Market    uint8         // of a remittance: whose reserve
	Back      bool          // of a remittance: from the reserve
	Currency  money.Currency
	Amount    money.Amount
	Date      wire.Date
	Asked     time.Time // block time of the request
	Key       state.Key // of the request that asked, to find its password by; IntentOf leaves it zero
	Original  wire.Original
	Recovered bool // an earlier run may have sent it
}

// The errors a refusal of our own carries where a bank's error number would stand.
const (
	ErrorNotSent    uint16 = 60001 // waited too long for a line and was never sent
	ErrorNoCard     uint16 = 60002 // the card could not be revealed
	ErrorNoPassword uint16 = 60003 // the card's password was not given or is gone
	ErrorUnsayable  uint16 = 60004 // the bank's format cannot say it
	ErrorNoNumber   uint16 = 65535 // the bank's error code is no number
)

// work is an intent on its way to a known outcome. It belongs to the driver.
type work struct {
	Intent
	phase    workPhase
	line     uint64    // number of the line it was sent on, 0 for an earlier run
	sent     time.Time // when it was handed to the line
	deadline time.Time // when silence becomes unknown
	next     time.Time // next enquiry
	tries    int
}

type workPhase uint8

const (
	workQueued  workPhase = 1 // certainly not sent
	workSent    workPhase = 2 // handed to a line, answer awaited
	workUnknown workPhase = 3 // enquiries
)

// Feed takes an intent on; intents come in the order of the journal. One that is
// known already is passed over. It returns ErrFull, having taken nothing.
func (g *Gateway) Feed(in Intent) error {
	g.door.Lock()
	defer g.door.Unlock()
	if len(g.arrivals) >= g.o.Limits.Queue {
		return ErrFull
	}
	g.arrivals = append(g.arrivals, in)
	g.wake()
	return nil
}

// IntentOf returns what must be said to the bank of a transfer or reversal that
// we started. It reads the machine, so it is called where the machine may be read.
func IntentOf(m *custody.Machine, t *custody.Transfer) Intent {
	f := m.FundAt(t.Fund)
	in := Intent{
		Transfer: t.ID, Bank: t.Bank, Function: functionOf(t.Direction, t.Reverses != 0), Fund: f.Number, Currency: f.Currency,
		Amount: t.Amount, Date: wire.Date(t.Date), Asked: time.Unix(0, t.Asked),
	}
	if t.Reverses == 0 {
		return in
	}
	serial := strconv.FormatUint(t.Reverses, 10)
	in.Original = wire.Original{Initiator: wire.Broker, Date: in.Date, PlatformSerial: serial, BrokerSerial: serial}
	if o, ok := m.TransferBy(t.Reverses); ok {
		in.Original.BankSerial = strings.TrimRight(string(o.BankRef[:]), "\x00")
		in.Original.Date = wire.Date(o.Date)
	}
	return in
}

// RemittanceIntent returns what must be said to the bank of a remittance.
func RemittanceIntent(r *custody.Remittance) Intent {
	return Intent{
		Transfer: r.ID, Bank: r.Bank, Function: wire.FunctionRemit, Market: r.Market, Back: r.Amount < 0, Currency: r.Currency,
		Amount: max(r.Amount, -r.Amount), Date: wire.Date(r.Date), Asked: time.Unix(0, r.Asked),
	}
}

// OpenIntents returns the transfers, reversals and remittances of ours that have no
// known outcome at a bank, for a gateway that starts: an earlier run may have sent
// them.
func OpenIntents(m *custody.Machine, bank uint16) []Intent {
	var all []Intent
	for _, t := range m.Transfers() {
		if t.Bank != bank || t.Initiator != custody.ByBroker || !t.Open() {
			continue
		}
		in := IntentOf(m, &t)
		in.Recovered = true
		all = append(all, in)
	}
	for _, r := range m.Remittances() {
		if r.Bank == bank && r.Open() {
			in := RemittanceIntent(&r)
			in.Recovered = true
			all = append(all, in)
		}
	}
	return all
}

func functionOf(direction uint8, reversal bool) wire.Function {
	switch {
	case direction == custody.Deposit && reversal:
		return wire.FunctionReverseDeposit
	case direction == custody.Deposit:
		return wire.FunctionDeposit
	case reversal:
		return wire.FunctionReverseWithdrawal
	}
	return wire.FunctionWithdrawal
}

// KeepPassword keeps the password of a card for the deposit or withdrawal that will
// be asked under a key, until it is sent or too old. It lies in memory alone. It
// returns ErrFull when too many wait.
func (g *Gateway) KeepPassword(key state.Key, password wire.Secret) error {
	g.door.Lock()
	defer g.door.Unlock()
	if len(g.passwords) >= g.o.Limits.Queue {
		return ErrFull
	}
	g.passwords[key] = heldPassword{password, g.doorNow.Add(g.o.Limits.QueueFor)}
	return nil
}

type heldPassword struct {
	password wire.Secret
	until    time.Time
}

// takePassword returns the password kept for a request and forgets it.
func (g *Gateway) takePassword(key state.Key) (wire.Secret, bool) {
	g.door.Lock()
	defer g.door.Unlock()
	p, ok := g.passwords[key]
	delete(g.passwords, key)
	return p.password, ok
}
