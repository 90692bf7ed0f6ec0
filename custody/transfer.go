package custody

import (
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Transfer is one bank–securities transfer of either direction, or the reversal
// of one, from request to a known outcome (rows K20 to K22). The table holds the
// open day and every transfer that is not over yet.
type Transfer struct {
	ID         uint64 // platform serial: yyyymmdd and eight digits
	Fund       uint32 // row of the fund account
	Bank       uint16
	Direction  uint8 // of a reversal: that of its original
	Initiator  uint8
	State      uint8
	Channel    uint8
	Booked     uint8 // 1 while the posting in the transfer's direction stands in the ledger; never of a reversal
	Matched    uint8 // result of the comparison with the bank's file
	BankError  uint16
	Date       uint32
	Asked      int64 // block time of the request, unix nanoseconds
	Ended      int64 // block time of the outcome, 0 while open
	Amount     money.Amount
	BankRef    [record.BankRefMax]byte // the bank's serial, zero padded
	Reverses   uint64                  // platform serial of the original, for a reversal
	ReversedBy uint64                  // platform serial of the reversal done or under way, 0 when there is none
	Case       uint64                  // difference case that settled, booked or undid it, 0 when none
}

// Directions of a transfer, always named bank→securities or securities→bank.
const (
	Deposit    = record.DirectionDeposit    // 银行转证券
	Withdrawal = record.DirectionWithdrawal // 证券转银行
)

// Initiators of a transfer.
const (
	ByBroker     uint8 = 1
	ByBank       uint8 = 2
	ByCorrection uint8 = 3 // booked by the handling of differences, with its case
)

// States of a transfer. Unknown is a state, never a guess (law L6).
const (
	TransferSent     uint8 = 1 // asked of the bank, answer awaited
	TransferDone     uint8 = 2
	TransferRefused  uint8 = 3 // definite: nothing moved
	TransferUnknown  uint8 = 4 // no answer in time: enquiry, reversal or day end decide
	TransferReversed uint8 = 5
	TransferPoisoned uint8 = 6 // reversed before it arrived: it will be refused
)

// Open says whether the outcome is not known yet.
func (t *Transfer) Open() bool { return t.State == TransferSent || t.State == TransferUnknown }

// Reversing says whether a reversal of the transfer is under way. Until its
// outcome is known the original keeps its state.
func (t *Transfer) Reversing() bool {
	return t.ReversedBy != 0 && (t.State == TransferDone || t.State == TransferUnknown)
}

const transferWidth = 128

// Encode writes the row.
func (t *Transfer) Encode(dst []byte) { f := state.Writing(dst); t.walk(&f) }

// Decode reads the row.
func (t *Transfer) Decode(src []byte) { f := state.Reading(src); t.walk(&f) }

func (t *Transfer) walk(f *state.Fields) {
	f.U64(&t.ID)
	f.U32(&t.Fund)
	f.U16(&t.Bank)
	f.U8(&t.Direction)
	f.U8(&t.Initiator)
	f.U8(&t.State)
	f.U8(&t.Channel)
	f.U8(&t.Booked)
	f.U8(&t.Matched)
	f.U16(&t.BankError)
	f.U32(&t.Date)
	state.I64(f, &t.Asked)
	state.I64(f, &t.Ended)
	state.I64(f, &t.Amount)
	f.Bytes(t.BankRef[:])
	f.U64(&t.Reverses)
	f.U64(&t.ReversedBy)
	f.U64(&t.Case)
}

// serialsOfDay is how many platform serials one business date has: eight digits.
const serialsOfDay = 100_000_000

// newTransfer appends a row and returns its platform serial. The serial is made of the
// date, the promotions so far (centre.go) and the row, which is new on that date because rows are only appended
// until the next day opens.
func (m *Machine) newTransfer(t Transfer) uint64 {
	row := m.transfers.Len()
	t.ID, t.Asked = m.nextSerial(), m.now
	if t.Date == 0 {
		t.Date = m.today().Date
	}
	if !t.Open() {
		t.Ended = m.now
	}
	put(m, m.transfers, row, t)
	return t.ID
}

// nextSerial returns the platform serial that the next transfer gets.
func (m *Machine) nextSerial() uint64 {
	return uint64(m.today().Date)*serialsOfDay + m.reignOf()*serialGap + uint64(m.transfers.Len()) + 1
}

// transfer returns the row of a platform serial. A serial of the open day says
// which row that is; one that was kept from an earlier day is looked up.
func (m *Machine) transfer(id uint64) (uint32, bool) {
	if row := id%serialsOfDay - 1; row < uint64(m.transfers.Len()) && m.transfers.At(uint32(row)).ID == id {
		return uint32(row), true
	}
	return m.index.transfers.Find(state.KeyOf(id, 0))
}

// byBankRef returns the row with a bank's serial of a date.
func (m *Machine) byBankRef(bank uint16, date uint32, ref [record.BankRefMax]byte) (uint32, bool) {
	row, ok := m.index.bankRefs.Find(bankRefKey(bank, date, ref))
	if !ok {
		return 0, false
	}
	t := m.transfers.At(row)
	return row, t.Bank == bank && t.Date == date && t.BankRef == ref
}

// bankRef reads a bank's serial: one to twenty bytes without the zero byte,
// which is the padding.
func bankRef(text string) (ref [record.BankRefMax]byte, ok bool) {
	if text == "" || len(text) > len(ref) {
		return ref, false
	}
	for i := range len(text) {
		if text[i] == 0 {
			return ref, false
		}
	}
	copy(ref[:], text)
	return ref, true
}

// transfersOpen says whether a fund account has a transfer or reversal without a
// known outcome. It looks through the day's table, for rare questions such as a
// change of bank or a closing.
func (m *Machine) transfersOpen(fund uint32) bool {
	for row := range m.transfers.Len() {
		if t := m.transfers.At(row); t.Fund == fund && t.Open() {
			return true
		}
	}
	return false
}
