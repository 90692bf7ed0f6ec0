package settle

import (
	"fmt"

	"sancun/calendar"
	"sancun/custody"
	"sancun/journal"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// cut is the picture of the day at the pinned height, copied out of the machine:
// the machine goes on to the closing height afterwards.
type cut struct {
	funds       []custody.Fund // by row
	instruments []custody.Instrument
	accounts    map[accountKey]uint32 // securities account to row of its fund account
	orders      []ordered             // filled ones, by number
	byID        map[uint64]uint32     // to the place in orders
	transfers   []custody.Transfer
	fills       []fill
	settled     []settledNet // final settlement booked today
}

// accountKey names a securities account of a market as files do, without blanks.
type accountKey struct {
	market  market.Market
	account string
}

// ordered is a filled order.
type ordered struct {
	id         uint64
	fund       uint32
	instrument uint32
	side       uint8
	value      money.Amount
	account    [10]byte
}

// fill is one execution of ours.
type fill struct {
	exec     [16]byte
	order    uint32 // place in orders
	quantity money.Quantity
	amount   money.Amount // price × quantity, rounded once
	levies   market.Fees  // of this record alone
}

// settledNet is final settlement of a trading day's net that was booked today.
type settledNet struct {
	market   uint8
	currency money.Currency
	trade    uint32
	amount   money.Amount
}

// at brings a machine to a height. A machine only goes forward, so the pinned
// height comes before the closing one.
func (r *run) at(height uint64) (*custody.Machine, error) {
	if r.machine == nil || r.height > height {
		m, err := r.core.MachineAt(height)
		if err != nil {
			return nil, fmt.Errorf("state at height %d: %w", height, err)
		}
		r.machine, r.height = m, height
		return m, nil
	}
	if r.height == height {
		return r.machine, nil
	}
	err := r.blocks(r.height+1, height, func(height uint64, v record.View) error {
		return r.machine.Apply(v, height)
	})
	if err != nil {
		r.machine = nil
		return nil, err
	}
	r.height = height
	return r.machine, nil
}

// blocks visits the records of the blocks from one height to another.
func (r *run) blocks(from, to uint64, visit func(height uint64, v record.View) error) error {
	if from > to {
		return nil
	}
	err := r.core.Blocks(from, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err == nil {
				err = visit(b.Height, v)
			}
			if err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
		}
		if b.Height >= to {
			return errReached
		}
		return r.ctx.Err()
	})
	if err == errReached { //nolint:errorlint // our own value, never wrapped
		return nil
	}
	return err
}

// picture returns the cut, drawing it when it is first asked for.
func (r *run) picture() (*cut, error) {
	if r.cut != nil {
		return r.cut, nil
	}
	m, err := r.at(r.report.Pinned)
	if err != nil {
		return nil, err
	}
	c := &cut{accounts: map[accountKey]uint32{}, byID: map[uint64]uint32{}}
	for row, f := range m.Funds() {
		c.funds = append(c.funds, f)
		for of := market.Shanghai; of <= market.Beijing; of++ {
			if a, ok := m.SecuritiesOf(row, of); ok {
				c.accounts[accountKey{of, trimmed(a.Account[:])}] = row
			}
		}
	}
	for _, in := range m.Instruments() {
		c.instruments = append(c.instruments, in)
	}
	for _, o := range m.Orders() {
		if o.Filled > 0 {
			c.byID[o.ID] = uint32(len(c.orders))
			c.orders = append(c.orders, ordered{
				id: o.ID, fund: o.Fund, instrument: o.Instrument, side: o.Side, value: o.Value,
				account: m.SecuritiesAt(o.Account).Account,
			})
		}
	}
	for _, t := range m.Transfers() {
		c.transfers = append(c.transfers, t)
	}
	r.moves = newMovements(m)
	if err := r.readDay(c); err != nil {
		return nil, err
	}
	r.cut = c
	return c, nil
}

// readDay goes through the day's blocks up to the pinned height once, for the
// fills and for what moved on clients' cash.
func (r *run) readDay(c *cut) error {
	from, err := opened(r.core, r.day)
	if err != nil {
		return err
	}
	return r.blocks(from, r.report.Pinned, func(_ uint64, v record.View) error {
		if v.Code != record.Accepted {
			return nil
		}
		switch v.Kind {
		case record.KindOrderFilled:
			return c.addFill(v)
		case record.KindSettleNet:
			return c.addSettled(v)
		}
		return r.moves.add(v)
	})
}

// addFill takes a fill of one of our orders. One of an order nobody here placed
// is not ours to clear; the clearing house's files will show it as missing here.
func (c *cut) addFill(v record.View) error {
	at, ours := c.byID[v.Ref]
	if !ours {
		return nil
	}
	var cmd record.OrderFilled
	if !record.Decode(v.Command, &cmd) {
		return fmt.Errorf("fill of order %d: %w", v.Ref, record.ErrMalformed)
	}
	amount, err := cmd.Price.Times(cmd.Quantity)
	if err != nil {
		return fmt.Errorf("fill of order %d: %w", v.Ref, err)
	}
	c.fills = append(c.fills, fill{exec: execKey(trimmed(cmd.ExecID[:])), order: at, quantity: cmd.Quantity, amount: amount})
	return nil
}

// execKey is an execution number without the blanks and zero bytes around it.
func execKey(text string) (k [16]byte) {
	copy(k[:], text)
	return k
}

// trimmed is the text of a padded field.
func trimmed(field []byte) string {
	from, to := 0, len(field)
	for to > from && (field[to-1] == 0 || field[to-1] == ' ') {
		to--
	}
	for from < to && field[from] == ' ' {
		from++
	}
	return string(field[from:to])
}

// rulesOf returns an instrument as the market rules see it.
func rulesOf(i *custody.Instrument) market.Instrument {
	return market.Instrument{
		ID: i.ID, Board: i.Board, Standing: i.Standing, Status: i.Status,
		SameDay: i.Flags&custody.FlagSameDay != 0, Listed: calendar.Date(i.Listed), DelistingFrom: calendar.Date(i.DelistingFrom),
		Tick: i.Tick, Lot: money.Quantity(i.Lot), LimitRate: i.LimitRate,
	}
}

// cashKey names a client's cash account in the ledger.
type cashKey struct {
	fund uint32
	bank uint16
}

func cashOf(k ledger.Key) cashKey { return cashKey{uint32(k.Owner), k.Bank} }
