package custody

import (
	"iter"

	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Remittance is clients' money on its way between a bank's pooled account and the
// reserve of a market at the clearing house (备付金划拨, row K4). Its states are
// those of a transfer. The table holds the open day's and every one that is not over
// yet.
type Remittance struct {
	ID        uint64 // platform serial: yyyymmdd, a nine and seven digits
	Bank      uint16
	Market    uint8
	Currency  money.Currency
	State     uint8 // TransferSent, TransferDone, TransferRefused or TransferUnknown
	Booked    uint8 // 1 while its posting stands in the ledger
	BankError uint16
	Date      uint32
	Asked     int64        // block time of the request, unix nanoseconds
	Ended     int64        // block time of the outcome, 0 while open
	Amount    money.Amount // minor units: positive to the reserve, negative back
	BankRef   [record.BankRefMax]byte
	Case      uint64 // difference case that settled it, 0 when none
}

// Open says whether the outcome is not known yet.
func (r *Remittance) Open() bool { return r.State == TransferSent || r.State == TransferUnknown }

const remittanceWidth = 96

// Encode writes the row.
func (r *Remittance) Encode(dst []byte) { f := state.Writing(dst); r.walk(&f) }

// Decode reads the row.
func (r *Remittance) Decode(src []byte) { f := state.Reading(src); r.walk(&f) }

func (r *Remittance) walk(f *state.Fields) {
	f.U64(&r.ID)
	f.U16(&r.Bank)
	f.U8(&r.Market)
	f.U8((*uint8)(&r.Currency))
	f.U8(&r.State)
	f.U8(&r.Booked)
	f.U16(&r.BankError)
	f.U32(&r.Date)
	state.I64(f, &r.Asked)
	state.I64(f, &r.Ended)
	state.I64(f, &r.Amount)
	f.Bytes(r.BankRef[:])
	f.U64(&r.Case)
}

// remittanceSerials is where the serials of remittances begin among those of a
// date: no day has so many transfers, so no serial is given twice.
const remittanceSerials = 90_000_000

// askRemittance lets a remittance out to its bank. It follows from a rule of the
// house and needs no limits of a client; the bank's hours are those of the clearing
// house and are the asker's to keep.
func (m *Machine) askRemittance(c *record.AskRemittance) (record.Code, uint64) {
	switch {
	case !m.fromHouse():
		return record.NotPermitted, 0
	case !market.Market(c.Market).Valid():
		return record.UnknownRow, 0
	case !c.Currency.Valid() || c.Amount == 0 || c.Amount > amountMax || c.Amount < -amountMax:
		return record.BadAmount, 0
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return code, 0
	}
	row, ok := m.bank(c.Bank)
	if !ok {
		return record.UnknownRow, 0
	}
	switch b := m.banks.At(row); {
	case b.Service != BankOpen:
		return record.BankOutOfService, 0
	case b.SignedIn != m.today().Date:
		return record.BankSignedOut, 0
	}
	r := Remittance{
		ID:   uint64(m.today().Date)*serialsOfDay + remittanceSerials + m.reignOf()*remitsGap + uint64(m.remittances.Len()) + 1,
		Bank: c.Bank, Market: c.Market, Currency: c.Currency, State: TransferSent, Date: m.today().Date, Asked: m.now, Amount: c.Amount,
	}
	switch {
	case !m.remittanceRoom(&r):
		return record.OutOfRange, 0
	case c.Amount > 0 && m.pooledBalance(c.Bank, c.Currency) < int64(c.Amount):
		return record.PoolShort, 0
	case c.Amount < 0 && m.balanceOf(reserveKey(c.Bank, c.Market, c.Currency))-m.underWay(&r) < int64(-c.Amount):
		return record.ReserveShort, 0
	case c.Amount > 0:
		m.bookRemittance(&r, c.Amount)
	}
	put(m, m.remittances, m.remittances.Len(), r)
	return record.Accepted, r.ID
}

// underWay is what the same reserve may not have after all: what is on its way back
// already, and what is booked to it and may not have arrived.
func (m *Machine) underWay(of *Remittance) (sum int64) {
	for row := range m.remittances.Len() {
		r := m.remittances.At(row)
		if r.Open() && r.Bank == of.Bank && r.Market == of.Market && r.Currency == of.Currency {
			sum += int64(max(r.Amount, -r.Amount))
		}
	}
	return sum
}

// remittanceRoom says whether both accounts can take the movement, there and back.
func (m *Machine) remittanceRoom(r *Remittance) bool {
	return m.room(reserveKey(r.Bank, r.Market, r.Currency), ledger.Key{Kind: ledger.Pooled, Bank: r.Bank, Unit: uint32(r.Currency)})
}

// bookRemittance posts an amount to the reserve, or back if it is negative.
func (m *Machine) bookRemittance(r *Remittance, amount money.Amount) {
	m.postSigned(ledger.CodeReserve, m.reserveOf(r.Bank, r.Market, r.Currency), m.pooledAt(r.Bank, r.Currency), int64(amount))
	r.Booked = 1 - r.Booked
}

// remittance returns the row of a platform serial; there are a few dozen at most.
func (m *Machine) remittance(id uint64) (uint32, bool) {
	for row := range m.remittances.Len() {
		if m.remittances.At(row).ID == id {
			return row, true
		}
	}
	return 0, false
}

// concludeRemittance gives a remittance its outcome. The first definite verdict
// holds; the same said again is accepted without effect, another is refused and left
// to the comparison of the day end.
func (m *Machine) concludeRemittance(row uint32, v verdict) record.Code {
	r := *m.remittances.At(row)
	done := v.outcome == record.OutcomeSuccess
	switch {
	case v.outcome == record.OutcomeUnknown:
		if r.State == TransferSent {
			r.State, r.BankError = TransferUnknown, v.error
			put(m, m.remittances, row, r)
		}
		return record.Accepted
	case !r.Open() && (r.State == TransferDone) == done:
		return record.Accepted
	case !r.Open():
		return record.OutcomeKnown
	case !m.remittanceRoom(&r):
		return record.OutOfRange
	case done && r.Amount < 0:
		m.bookRemittance(&r, r.Amount)
	case !done && r.Amount > 0:
		m.bookRemittance(&r, -r.Amount)
	}
	if r.State = TransferRefused; done {
		r.State = TransferDone
		r.BankRef, _ = bankRef(v.ref)
	}
	r.BankError, r.Ended = v.error, m.now
	if v.cases != 0 {
		r.Case = v.cases
	}
	put(m, m.remittances, row, r)
	return record.Accepted
}

// keepOpenRemittances clears the table at the opening of a day and writes those
// still without a known outcome back.
func (m *Machine) keepOpenRemittances() {
	var open []Remittance
	for row := range m.remittances.Len() {
		if r := m.remittances.At(row); r.Open() {
			open = append(open, *r)
		}
	}
	if m.remittances.Len() == 0 || len(open) == int(m.remittances.Len()) {
		return
	}
	m.drop(m.remittances)
	for row, r := range open {
		put(m, m.remittances, uint32(row), r)
	}
}

// RemittanceBy returns a remittance of the open day, or one without a known
// outcome, by its platform serial.
func (m *Machine) RemittanceBy(id uint64) (Remittance, bool) {
	row, ok := m.remittance(id)
	if !ok {
		return Remittance{}, false
	}
	return *m.remittances.At(row), true
}

// Remittances goes through the remittances of the open day and those without a
// known outcome, in the order they were asked.
func (m *Machine) Remittances() iter.Seq2[uint32, Remittance] { return rows(m.remittances) }
