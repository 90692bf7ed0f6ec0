package custody

import (
	"sancun/ledger"
	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// Freeze is an order of a court, of the supervisor or of our own that stops an
// account or holds part of it (row K17). Its number is its row + 1. The freezes of
// a fund account are linked from the newest to the oldest.
type Freeze struct {
	Fund       uint32 // row
	Reason     uint8  // record.FreezeCourt …
	Whole      uint8  // 1 while it freezes the whole account
	Before     uint8  // state of the account that comes back when a whole freeze ends
	Instrument uint32 // row + 1 of the security whose units are held, 0 for cash
	Account    uint32 // ledger row + 1 of what is held, 0 when nothing is
	Date       uint32
	Until      uint32 // last date, 0 none
	Released   uint32 // date, 0 while it stands
	Earlier    uint32 // row + 1 of the account's freeze before it, 0 none
	Amount     int64  // what the order asks to hold, minor units or units
	Held       int64  // what is held now
	Deducted   int64  // taken out for the court
	Paid       int64  // of that, paid by the bank
	Order      [record.OrderMax]byte
}

const freezeWidth = 128

// Encode writes the row.
func (z *Freeze) Encode(dst []byte) { f := state.Writing(dst); z.walk(&f) }

// Decode reads the row.
func (z *Freeze) Decode(src []byte) { f := state.Reading(src); z.walk(&f) }

func (z *Freeze) walk(f *state.Fields) {
	f.U32(&z.Fund)
	f.U8(&z.Reason)
	f.U8(&z.Whole)
	f.U8(&z.Before)
	f.U32(&z.Instrument)
	f.U32(&z.Account)
	f.U32(&z.Date)
	f.U32(&z.Until)
	f.U32(&z.Released)
	f.U32(&z.Earlier)
	state.I64(f, &z.Amount)
	state.I64(f, &z.Held)
	state.I64(f, &z.Deducted)
	state.I64(f, &z.Paid)
	f.Bytes(z.Order[:])
}

// placeFreeze carries an order out. It works on a stopped day too: a hold moves no
// balance, so it cannot disturb the clearing.
func (m *Machine) placeFreeze(c *record.PlaceFreeze) (record.Code, uint64) {
	z, code := m.newFreeze(c)
	if code != record.Accepted {
		return code, 0
	}
	account, held, code := m.holdable(z.Fund, c)
	if code != record.Accepted {
		return code, 0
	}
	f := *m.funds.At(z.Fund)
	row := m.freezes.Len()
	z.Account, z.Held, z.Before, z.Earlier = account, held, f.State, f.Freezes
	put(m, m.freezes, row, z)
	if held > 0 {
		m.Ledger.Shift(ledger.HeldOther, account-1, held)
	}
	f.Freezes = row + 1
	if z.Whole == 1 {
		f.State = Frozen
	}
	put(m, m.funds, z.Fund, f)
	return record.Accepted, uint64(row) + 1
}

// newFreeze checks what an order says by itself.
func (m *Machine) newFreeze(c *record.PlaceFreeze) (z Freeze, code record.Code) {
	if !m.fromHouse() {
		return z, record.NotPermitted
	}
	if m.today().Date == 0 {
		return z, record.NotOpenedDay
	}
	row, code := m.fundFor(c.Fund)
	if code != record.Accepted {
		return z, code
	}
	switch {
	case c.Reason < record.FreezeCourt || c.Reason > record.FreezePledge,
		c.Whole > 1 || c.Partial > 1 || c.Amount < 0 || c.Amount > int64(amountMax),
		c.Whole == 0 && c.Amount == 0:
		return z, record.BadFreeze
	case c.Order == "" || len(c.Order) > record.OrderMax:
		return z, record.ReferenceMissing
	case c.Until != 0 && (!validDate(c.Until) || c.Until < m.today().Date):
		return z, record.BadFreezeDate
	}
	z = Freeze{Fund: row, Reason: c.Reason, Whole: c.Whole, Date: m.today().Date, Until: c.Until, Amount: c.Amount}
	if c.Instrument != 0 {
		in, ok := m.instrument(market.ID(c.Instrument))
		if !ok {
			return z, record.UnknownInstrument
		}
		z.Instrument = in + 1
	}
	copy(z.Order[:], c.Order)
	return z, record.Accepted
}

// holdable returns the ledger row + 1 of what an order holds and how much of it.
func (m *Machine) holdable(fund uint32, c *record.PlaceFreeze) (account uint32, held int64, code record.Code) {
	if c.Amount == 0 {
		return 0, 0, record.Accepted
	}
	var there int64
	if c.Instrument == 0 {
		if account = m.funds.At(fund).Cash; account != 0 {
			there = m.free(fund, account-1)
		}
	} else {
		in, _ := m.instrument(market.ID(c.Instrument))
		if row, ok := m.positionRow(fund, in); ok {
			a := m.Ledger.At(row)
			account, there = row+1, min(a.Sellable(false), a.Sellable(true)-m.reservedUnits(fund, in, m.nextOrders.Len()))
		}
	}
	switch {
	case there >= c.Amount:
		return account, c.Amount, record.Accepted
	case there > 0 && c.Partial == 1:
		return account, there, record.Accepted
	case c.Partial == 1 && c.Whole == 1:
		return 0, 0, record.Accepted // the account stands still although nothing is there to hold
	}
	return 0, 0, record.FreezeNotCovered
}

// freeze returns a freeze that stands, by its number.
func (m *Machine) freeze(number uint64) (uint32, record.Code) {
	if number == 0 || number > uint64(m.freezes.Len()) {
		return 0, record.UnknownFreeze
	}
	row := uint32(number - 1)
	if m.freezes.At(row).Released != 0 {
		return 0, record.FreezeOver
	}
	return row, record.Accepted
}

// releaseFreeze ends a freeze. The hold goes, and the state of the account comes
// back unless another order still freezes the whole of it.
func (m *Machine) releaseFreeze(c *record.ReleaseFreeze) record.Code {
	if !m.fromHouse() {
		return record.NotPermitted
	}
	row, code := m.freeze(c.Freeze)
	if code != record.Accepted {
		return code
	}
	z := *m.freezes.At(row)
	lapsed := z.Until != 0 && z.Until < m.today().Date
	if c.Order == "" && !lapsed || len(c.Order) > record.OrderMax {
		return record.ReferenceMissing
	}
	if z.Held > 0 {
		m.Ledger.Shift(ledger.HeldOther, z.Account-1, -z.Held)
	}
	z.Held, z.Released = 0, m.today().Date
	put(m, m.freezes, row, z)
	if z.Whole == 1 {
		m.thaw(&z)
	}
	return record.Accepted
}

// thaw brings back the state an account had before a whole freeze. A later whole
// freeze found the account frozen by this one: it now keeps the state for it.
func (m *Machine) thaw(z *Freeze) {
	f := *m.funds.At(z.Fund)
	heir, later := uint32(0), false
	for next := f.Freezes; next != 0; next = m.freezes.At(next - 1).Earlier {
		if other := m.freezes.At(next - 1); other.Whole == 1 && other.Released == 0 {
			heir, later = next-1, true
			if other.Before != Frozen {
				return // an earlier whole freeze keeps the state already
			}
		}
	}
	if later {
		other := *m.freezes.At(heir) // the oldest that stands
		other.Before = z.Before
		put(m, m.freezes, heir, other)
		return
	}
	f.State = z.Before
	put(m, m.funds, z.Fund, f)
}

// deductFrozen takes frozen cash away by order. The posting goes against the
// suspense account of the bank, client money against client money (law L2): from
// now on we owe the court and no longer the client, and the pooled account is
// short only when the bank has really paid, which deductionPaid books. So the
// identity of the bank holds at every moment and its figures agree with ours.
func (m *Machine) deductFrozen(c *record.DeductFrozen) record.Code {
	if code := m.fromDesk(); code != record.Accepted {
		return code
	}
	row, code := m.freeze(c.Freeze)
	if code != record.Accepted {
		return code
	}
	z := *m.freezes.At(row)
	amount := int64(c.Amount)
	switch {
	case z.Instrument != 0 || z.Reason != record.FreezeCourt && z.Reason != record.FreezeSupervisor:
		return record.NotDeductible
	case c.Order == "" || len(c.Order) > record.OrderMax:
		return record.ReferenceMissing
	case amount <= 0:
		return record.BadAmount
	case amount > z.Held:
		return record.DeductTooMuch
	case m.Ledger.At(z.Account-1).Balance < amount:
		return record.DeductNotSettled
	}
	m.Ledger.Shift(ledger.HeldOther, z.Account-1, -amount)
	m.Ledger.Post(ledger.CodeDeduction, z.Account-1, m.deductionAt(&z), amount)
	z.Held, z.Deducted = z.Held-amount, z.Deducted+amount
	put(m, m.freezes, row, z)
	return record.Accepted
}

// deductionAt returns the suspense account where deducted cash waits, at the bank
// of the ledger it was taken from.
func (m *Machine) deductionAt(z *Freeze) uint32 {
	k := ledger.KeyFrom(m.Ledger.At(z.Account - 1).Key)
	return m.Ledger.Ensure(ledger.Key{Kind: ledger.Suspense, Bank: k.Bank, Unit: k.Unit, Owner: deductions})
}

// deductions is the owner of the suspense accounts of deductions, so that they
// are told from the differences with a bank, whose owner is 0.
const deductions = 1

// deductionPaid books that the bank paid deducted money out of the pooled account.
// The freeze may be over by then.
func (m *Machine) deductionPaid(c *record.DeductionPaid) record.Code {
	if c.Freeze == 0 || c.Freeze > uint64(m.freezes.Len()) {
		return record.UnknownFreeze
	}
	row := uint32(c.Freeze - 1)
	z := *m.freezes.At(row)
	amount := int64(c.Amount)
	switch {
	case amount <= 0:
		return record.BadAmount
	case amount > z.Deducted-z.Paid:
		return record.DeductTooMuch
	}
	k := ledger.KeyFrom(m.Ledger.At(z.Account - 1).Key)
	if !m.fromBank(k.Bank) && !m.fromHouse() {
		return record.NotPermitted
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return code
	}
	if _, ok := bankRef(c.BankRef); !ok {
		return record.ReferenceMissing
	}
	f := m.funds.At(z.Fund)
	if m.pooledBalance(k.Bank, f.Currency) < amount {
		return record.PoolShort
	}
	m.Ledger.Post(ledger.CodeDeduction, m.deductionAt(&z), m.pooledAt(k.Bank, f.Currency), amount)
	z.Paid += amount
	put(m, m.freezes, row, z)
	return record.Accepted
}
