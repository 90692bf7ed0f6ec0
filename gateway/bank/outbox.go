package bank

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"sancun/custody"
	"sancun/journal"
	"sancun/money"
	"sancun/record"
	"sancun/state"
	wire "sancun/wire/bank"
)

// Outbox reads durable blocks and feeds the gateways with what must be said to
// the banks, in the order of the journal. Before Start it only learns: funds and
// transfers without a known outcome, from blocks or from rows of a snapshot.
//
// A full queue loses nothing: what a gateway does not take waits here.
type Outbox struct {
	mu       sync.Mutex // guards everything
	gateways map[uint16]*Gateway
	funds    []fundRef // by row
	open     map[uint64]*Intent
	order    []uint64 // serials of open, in order of appearance
	backlog  map[uint16][]Intent
	started  bool
	height   uint64
}

// fundRef is what a message needs of a fund row.
type fundRef struct {
	number   uint64
	currency money.Currency
}

// NewOutbox returns an outbox for gateways of different banks.
func NewOutbox(gateways ...*Gateway) *Outbox {
	o := &Outbox{gateways: map[uint16]*Gateway{}, open: map[uint64]*Intent{}, backlog: map[uint16][]Intent{}}
	for _, g := range gateways {
		o.gateways[g.Bank()] = g
	}
	return o
}

// Fund learns a row of the fund accounts, when the outbox begins from a state
// instead of from the first block.
func (o *Outbox) Fund(row uint32, f *custody.Fund) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fund(row, f)
}

// Transfers learns the rows of the day's transfers of such a state. Funds come first.
func (o *Outbox) Transfers(rows []custody.Transfer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range rows {
		o.transfer(&rows[i], rows, state.Key{})
	}
}

// Start feeds what is open as perhaps sent by an earlier run, and from now on
// feeds whatever a block brings.
func (o *Outbox) Start() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.started = true
	for _, id := range o.order {
		if in := o.open[id]; in != nil {
			in.Recovered = true
			o.backlog[in.Bank] = append(o.backlog[in.Bank], *in)
		}
	}
	o.offer()
}

// Block reads one durable block. Blocks come in order; one that was read already
// is passed over. It returns an error for a block that cannot be read.
func (o *Outbox) Block(b *journal.Block) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if b.Height <= o.height && o.height != 0 {
		return nil
	}
	for i, raw := range b.Records() {
		if err := o.record(raw); err != nil {
			return fmt.Errorf("record %d of block %d: %w", i, b.Height, err)
		}
	}
	o.height = b.Height
	o.offer()
	return nil
}

// Offer hands over what waited for room in a queue.
func (o *Outbox) Offer() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.offer()
}

// Backlog returns how many intents wait for room at a bank.
func (o *Outbox) Backlog(bank uint16) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.backlog[bank])
}

func (o *Outbox) offer() {
	for bank, g := range o.gateways { // banks are independent of one another: the order does not matter
		waiting := o.backlog[bank]
		if len(waiting) == 0 {
			continue
		}
		n, _ := g.Feed(waiting...) // a full queue: the rest waits for the next offer
		o.backlog[bank] = append(waiting[:0:0], waiting[n:]...)
	}
}

// record reads the effects of one record that concern transfers and funds.
func (o *Outbox) record(raw []byte) error {
	v, err := record.Parse(raw)
	if err != nil {
		return err
	}
	if v.Code != record.Accepted {
		return nil
	}
	var rows []custody.Transfer
	err = v.EachEffect(func(e record.Effect) error {
		if e.Kind != record.EffectPut {
			return nil
		}
		switch e.Code {
		case custody.TableFunds:
			var f custody.Fund
			f.Decode(e.Bytes)
			o.fund(e.Row, &f)
		case custody.TableTransfers:
			var t custody.Transfer
			t.Decode(e.Bytes)
			rows = append(rows, t)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range rows {
		o.transfer(&rows[i], rows, v.Key)
	}
	return nil
}

func (o *Outbox) fund(row uint32, f *custody.Fund) {
	for uint32(len(o.funds)) <= row {
		o.funds = append(o.funds, fundRef{})
	}
	o.funds[row] = fundRef{f.Number, f.Currency}
}

// transfer follows one row. Beside holds the rows written together with it: the
// original of a reversal is among them.
func (o *Outbox) transfer(t *custody.Transfer, beside []custody.Transfer, key state.Key) {
	known := o.open[t.ID]
	switch {
	case t.Initiator != custody.ByBroker:
	case !t.Open():
		delete(o.open, t.ID)
		o.trim()
	case known == nil && (t.State == custody.TransferSent || !o.started):
		in := o.intentOf(t, beside, key)
		o.open[t.ID] = in
		o.order = append(o.order, t.ID)
		if o.started {
			o.backlog[in.Bank] = append(o.backlog[in.Bank], *in)
		}
	}
}

// trim forgets serials whose transfers have ended, now and then.
func (o *Outbox) trim() {
	const slack = 1_024 // rewriting the list costs less than one look-up a transfer
	if len(o.order) < 2*len(o.open)+slack {
		return
	}
	kept := o.order[:0]
	for _, id := range o.order {
		if o.open[id] != nil {
			kept = append(kept, id)
		}
	}
	o.order = kept
}

func (o *Outbox) intentOf(t *custody.Transfer, beside []custody.Transfer, key state.Key) *Intent {
	in := &Intent{
		Transfer: t.ID, Bank: t.Bank, Function: functionOf(t.Direction, t.Reverses != 0), Amount: t.Amount, Date: wire.Date(t.Date),
		Asked: time.Unix(0, t.Asked).UTC(), Key: key,
	}
	if int(t.Fund) < len(o.funds) {
		in.Fund, in.Currency = o.funds[t.Fund].number, o.funds[t.Fund].currency
	}
	if t.Reverses == 0 {
		return in
	}
	serial := strconv.FormatUint(t.Reverses, 10)
	in.Original = wire.Original{Initiator: wire.Broker, Date: in.Date, PlatformSerial: serial, BrokerSerial: serial}
	for i := range beside {
		if beside[i].ID == t.Reverses {
			in.Original.BankSerial = strings.TrimRight(string(beside[i].BankRef[:]), "\x00")
			in.Original.Date = wire.Date(beside[i].Date)
		}
	}
	return in
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
