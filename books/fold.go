package books

import (
	"fmt"

	"sancun/approval"
	"sancun/journal"
	"sancun/ledger"
	"sancun/record"
)

// place is the record being folded.
type place struct {
	height, at int64
	head       record.Head
	begin      int   // entries of this record begin here
	unnamed    int   // and from here on have no reference yet
	units      int   // postings on positions of this record begin here
	unplaced   int   // and from here on have no reference and cost yet
	closes     int64 // the date whose closing this block is, 0 none
}

// fold takes every record of a block.
func (f *Filler) fold(b *journal.Block) error {
	for i, raw := range b.Records() {
		v, err := record.Parse(raw)
		if err != nil {
			return err
		}
		f.record = place{
			height: int64(b.Height), at: int64(i), head: v.Head, begin: len(f.entries), unnamed: len(f.entries),
			units: len(f.units), unplaced: len(f.units), closes: f.record.closes,
		}
		if err := f.foldRecord(v); err != nil {
			return fmt.Errorf("record %d of kind %d: %w", i, v.Kind, err)
		}
	}
	f.closeDay()
	f.at = b.Position()
	f.records += int64(b.Count)
	f.waiting += int(b.Count)
	f.blocks = append(f.blocks, block{int64(b.Height), b.Time, int64(b.Count), f.at.Hash})
	return nil
}

func (f *Filler) foldRecord(v record.View) error {
	class := v.Caller.Class()
	if v.Code != record.Accepted || class == record.CallerStaff || class == record.CallerBankDesk {
		f.audit = append(f.audit, deed{f.record.height, f.record.at, v.Head})
	}
	if v.Code != record.Accepted {
		return nil
	}
	if act, ok := approval.ActOf(v); ok {
		f.record.head.Kind = act.Kind() // what was done, and not that two people did it
		f.foldAct(act)
	} else if err := f.foldCommand(v); err != nil {
		return err
	}
	if err := v.EachEffect(f.foldEffect); err != nil {
		return err
	}
	f.placeUnits(0)
	return nil
}

// foldCommand takes what lies in commands and in no row: sealed fields, hashes
// of passwords, fills.
func (f *Filler) foldCommand(v record.View) error {
	switch v.Kind {
	case record.KindOpenClients, record.KindChangeContact, record.KindChangeIdentity, record.KindSetPassword, record.KindResetPassword, record.KindSetFactor, record.KindOrderFilled, record.KindPropose, record.KindDecline, record.KindStepDone:
	default:
		return nil
	}
	cmd, err := v.Cmd()
	if err != nil {
		return err
	}
	switch c := cmd.(type) {
	case *record.OpenClients:
		for i := range c.Rows {
			f.sealed = append(f.sealed, sealed{int64(c.Rows[i].Number), partOpening, c.Rows[i].Sealed})
		}
	case *record.ChangeContact:
		f.sealed = append(f.sealed, sealed{int64(c.Client), partContact, c.Sealed})
	case *record.SetPassword:
		f.passwords = append(f.passwords, hashed{int64(c.Client), int64(c.Which), clean(string(c.Hash))})
	case *record.Propose:
		f.words = append(f.words, word{int64(v.Ref), wordMaker, c.Payload, clean(c.Reason)})
	case *record.Decline:
		f.words = append(f.words, word{int64(c.Proposal), wordChecker, []byte{}, clean(c.Reason)})
	case *record.StepDone:
		f.foldStep(c)
	case *record.OrderFilled:
		f.fills = append(f.fills, fill{
			height: f.record.height, at: f.record.at, date: f.day.date, price: int64(c.Price), quantity: int64(c.Quantity),
			exec: cells(c.ExecID[:]).text(0, len(c.ExecID)),
		})
	}
	f.foldAct(cmd)
	return nil
}

// foldAct takes what lies in commands that may also come through an approval.
func (f *Filler) foldAct(cmd record.Command) {
	switch c := cmd.(type) {
	case *record.ChangeIdentity:
		f.sealed = append(f.sealed, sealed{int64(c.Client), partIdentity, c.Sealed})
	case *record.ResetPassword:
		f.passwords = append(f.passwords, hashed{int64(c.Client), int64(c.Which), clean(string(c.Hash))})
	case *record.SetFactor:
		f.sealed = append(f.sealed, sealed{int64(c.Client), partFactor, c.Sealed})
	}
}

func (f *Filler) foldEffect(e record.Effect) error {
	switch e.Kind {
	case record.EffectOpen:
		if int(e.Row) != len(f.accounts) {
			return fmt.Errorf("account %d opens after %d: %w", e.Row, len(f.accounts), record.ErrMalformed)
		}
		f.accounts = append(f.accounts, account{key: ledger.KeyFrom(e.Key)})
		f.touch(e.Row)
		return nil
	case record.EffectPost:
		return f.post(e)
	case record.EffectShift:
		if int(e.Row) >= len(f.accounts) || e.Bucket < 1 || e.Bucket > 5 {
			return fmt.Errorf("bucket %d of account %d: %w", e.Bucket, e.Row, record.ErrMalformed)
		}
		f.accounts[e.Row].buckets[e.Bucket-1] += e.Amount
		f.touch(e.Row)
		return nil
	case record.EffectPut:
		return f.put(e)
	case record.EffectClear:
		return nil // the machine forgets its day; the books keep it
	}
	return fmt.Errorf("effect %d: %w", e.Kind, record.ErrMalformed)
}

func (f *Filler) touch(row uint32) {
	a := &f.accounts[row]
	a.changed = f.record.height
	if !a.dirty {
		a.dirty = true
		f.moved = append(f.moved, row)
	}
	if !a.since {
		a.since = true
		f.since = append(f.since, row)
	}
}

// debitGrows says whether an account kind grows on the debit side
// (docs/formats/record.md).
func debitGrows(k ledger.Kind) bool {
	switch k {
	case ledger.Pooled, ledger.ClientReserve, ledger.InSettlement, ledger.Suspense, ledger.OwnBank, ledger.OwnLoss, ledger.Custody, ledger.GeneralWorld:
		return true
	default:
		return false
	}
}

func (f *Filler) post(e record.Effect) error {
	if int(e.Debit) >= len(f.accounts) || int(e.Credit) >= len(f.accounts) {
		return fmt.Errorf("posting between accounts %d and %d of %d: %w", e.Debit, e.Credit, len(f.accounts), record.ErrMalformed)
	}
	for _, side := range [...]struct {
		row, other uint32
		debit      bool
	}{{e.Debit, e.Credit, true}, {e.Credit, e.Debit, false}} {
		a := &f.accounts[side.row]
		amount := e.Amount
		if debitGrows(a.key.Kind) != side.debit {
			amount = -amount
		}
		a.balance += amount
		f.touch(side.row)
		if a.key.Kind == ledger.Position {
			if err := f.postUnits(side.row, e.Code, amount); err != nil {
				return err
			}
		}
		if a.key.Kind != ledger.ClientCash {
			continue
		}
		if a.key.Owner >= uint64(len(f.funds)) {
			return fmt.Errorf("cash of fund row %d of %d: %w", a.key.Owner, len(f.funds), record.ErrMalformed)
		}
		f.entries = append(f.entries, entry{
			fund: f.funds[a.key.Owner].number, date: f.day.date, height: f.record.height, at: f.record.at,
			n: int64(len(f.entries) - f.record.begin), bank: int64(a.key.Bank), code: int64(e.Code), amount: amount, balance: a.balance,
			against: int64(f.accounts[side.other].key.Kind),
		})
	}
	return nil
}

// put takes the new bytes of a row.
func (f *Filler) put(e record.Effect) error {
	if int(e.Code) < tablesMax && len(e.Bytes) < widths[e.Code] || int(e.Code) >= tablesMax {
		return fmt.Errorf("row of %d bytes in table %d: %w", len(e.Bytes), e.Code, record.ErrMalformed)
	}
	c := cells(e.Bytes)
	switch e.Code {
	case tableDay:
		f.putDay(c)
	case tableBanks:
		f.rows[tableBanks].put(uint64(c.u16(0)), e.Row, c)
	case tableClients:
		return f.putClient(e.Row, c)
	case tableFunds:
		return f.putFund(e.Row, c)
	case tableInstruments:
		return f.putInstrument(e.Row, c)
	case tableOrders, tableNextOrders:
		return f.putOrder(e.Row, c)
	case tableTransfers:
		if err := f.knowsFund(c.u32(8)); err != nil {
			return err
		}
		f.name(c.i64(0))
		// Serials are given out one after another, so a higher one is a new transfer.
		if id := c.i64(0); id > f.lastTransfer {
			f.lastTransfer = id
			f.transfers = append(f.transfers, owned{f.funds[c.u32(8)].number, id})
		}
		f.rows[tableTransfers].put(uint64(c.i64(0)), e.Row, c)
	case tableSecurities:
		if err := f.knowsFund(c.u32(18)); err != nil {
			return err
		}
		f.rows[tableSecurities].put(uint64(e.Row), e.Row, c)
	case tableFreezes:
		if err := f.knowsFund(c.u32(0)); err != nil {
			return err
		}
		if err := knows("instrument", c.u32(7)-1, len(f.instruments)); c.u32(7) != 0 && err != nil {
			return err
		}
		f.rows[tableFreezes].put(uint64(e.Row), e.Row, c)
	case tableCases, tableProposals:
		f.rows[e.Code].put(uint64(e.Row), e.Row, c)
	case tableSteps:
		f.rows[tableSteps].put(uint64(c.u32(3))<<16|uint64(c.u16(0)), e.Row, c)
	}
	return nil
}

func knows(what string, row int64, count int) error {
	if row >= int64(count) {
		return fmt.Errorf("%s row %d of %d: %w", what, row, count, record.ErrMalformed)
	}
	return nil
}

func (f *Filler) knowsFund(row int64) error { return knows("fund", row, len(f.funds)) }

func (f *Filler) putDay(c cells) {
	if d := readDay(c); d != f.day {
		f.day = d
		f.days = append(f.days, dayChange{d, f.record.height})
	}
}

// grow makes room for row in a list by rows; rows come one after another.
func grow[T any](list []T, row uint32) ([]T, error) {
	if int(row) > len(list) {
		return list, fmt.Errorf("row %d after %d rows: %w", row, len(list), record.ErrMalformed)
	}
	if int(row) == len(list) {
		var none T
		list = append(list, none)
	}
	return list, nil
}

func (f *Filler) putClient(row uint32, c cells) (err error) {
	if f.clients, err = grow(f.clients, row); err != nil {
		return err
	}
	f.clients[row] = c.i64(0)
	f.rows[tableClients].put(uint64(row), row, c)
	return nil
}

func (f *Filler) putInstrument(row uint32, c cells) (err error) {
	if f.instruments, err = grow(f.instruments, row); err != nil {
		return err
	}
	f.instruments[row] = instrument{id: c.u32(0), prevClose: c.i64(41), last: c.i64(49), close: c.i64(73)}
	f.rows[tableInstruments].put(uint64(row), row, c)
	return nil
}

// putFund passes over a row whose counters of the day alone have changed.
func (f *Filler) putFund(row uint32, c cells) (err error) {
	if err := knows("client", c.u32(8), len(f.clients)); err != nil {
		return err
	}
	if f.funds, err = grow(f.funds, row); err != nil {
		return err
	}
	now := f.readFund(c)
	if now == f.funds[row] {
		return nil
	}
	f.funds[row] = now
	f.rows[tableFunds].put(uint64(row), row, nil)
	if k := f.record.head.Kind; k >= record.KindSignContracts && k < record.KindAskDeposit {
		f.contracts = append(f.contracts, contract{
			fund: now.number, height: f.record.height, at: f.record.at, date: f.day.date, kind: int64(k),
			bank: now.bank, relation: now.relation, closing: now.closing,
		})
	}
	return nil
}

// putOrder takes an order of the day or of the next day: one number, one row. When
// an order is released its record writes the row of the next day first, then that
// of the day, which stays.
func (f *Filler) putOrder(row uint32, c cells) error {
	if err := f.knowsFund(c.u32(8)); err != nil {
		return err
	}
	if err := knows("instrument", c.u32(16), len(f.instruments)); err != nil {
		return err
	}
	id := c.i64(0)
	f.name(id)
	if id > f.lastOrder { // so are the numbers of orders
		f.lastOrder = id
		f.orders = append(f.orders, owned{f.funds[c.u32(8)].number, id})
	}
	f.rows[tableOrders].put(uint64(id), row, c)
	if f.record.head.Kind == record.KindOrderFilled && len(f.fills) > 0 {
		if x := &f.fills[len(f.fills)-1]; x.height == f.record.height && x.at == f.record.at {
			x.fund, x.order, x.instrument, x.side = f.funds[c.u32(8)].number, id, f.instruments[c.u32(16)].id, c.u8(24)
		}
	}
	return nil
}

// name gives the postings of this record that have no reference yet the number
// of the transfer or order whose row follows them: the machine posts first and
// writes the row then.
func (f *Filler) name(ref int64) {
	for i := f.record.unnamed; i < len(f.entries); i++ {
		f.entries[i].ref = ref
	}
	f.placeUnits(ref)
	f.record.unnamed = len(f.entries)
}
