package books

import (
	"cmp"
	"context"
	"math"
	"time"

	"sancun/money"
)

// serialsOfDay is how many platform serials one business date has: a serial
// begins with its date, so dates are ranges of serials.
const serialsOfDay = 100_000_000

// Transfer is a bank–securities transfer or reversal.
type Transfer struct {
	ID         uint64
	Fund       uint64
	Bank       uint16
	Direction  uint8
	Initiator  uint8
	State      uint8
	Channel    uint8
	Booked     bool
	Matched    uint8
	BankError  uint16
	Date       uint32
	Asked      time.Time
	Ended      time.Time // zero while open
	Amount     money.Amount
	BankRef    string
	Reverses   uint64
	ReversedBy uint64
	Case       uint64
}

const transferColumns = `SELECT id, fund, bank, direction, initiator, state, channel, booked, matched, bank_error, date, asked, ended, amount, bank_ref,
	reverses, reversed_by, difference FROM transfers`

// transfersOfFund begins at the lines of one fund account below a number.
const transfersOfFund = transferColumns + ` JOIN (SELECT number FROM transfer_lines WHERE run = ? AND fund = ? AND number < ?) l ON l.number = id`

func readTransfer(r row) (t Transfer, err error) {
	var asked, ended int64
	err = r.Scan(&t.ID, &t.Fund, &t.Bank, &t.Direction, &t.Initiator, &t.State, &t.Channel, &t.Booked, &t.Matched, &t.BankError, &t.Date,
		&asked, &ended, &t.Amount, &t.BankRef, &t.Reverses, &t.ReversedBy, &t.Case)
	t.Asked, t.Ended = at(asked), at(ended)
	return t, err
}

// Transfer returns a transfer by its platform serial, or ErrUnknown.
func (b *Books) Transfer(ctx context.Context, id uint64) (Transfer, Reached, error) {
	return one(ctx, b, readTransfer, transferColumns+` WHERE id = ?`, int64(id))
}

// TransferQuery chooses transfers; zero fields choose all.
type TransferQuery struct {
	Fund  uint64
	Bank  uint16
	State uint8
	From  uint32 // business dates
	To    uint32
}

// Transfers goes through transfers, the newest first.
func (b *Books) Transfers(ctx context.Context, t TransferQuery, p Page) (List[Transfer], error) {
	after, err := marked(p.After, math.MaxInt64)
	if err != nil {
		return List[Transfer]{}, err
	}
	var q question
	if t.Fund != 0 {
		q.args = append([]any{int64(t.Fund)}, after...) // of transfersOfFund, behind the run
	} else {
		q.ask(true, "id < ?", after...)
	}
	q.ask(t.Bank != 0, "bank = ?", t.Bank)
	q.ask(t.State != 0, "state = ?", t.State)
	q.ask(t.From != 0, "id > ?", int64(t.From)*serialsOfDay)
	q.ask(t.To != 0, "id < ?", (int64(t.To)+1)*serialsOfDay)
	key := func(t Transfer) string { return mark(int64(t.ID)) }
	if t.Fund != 0 {
		newest := func(a, b Transfer) int { return cmp.Compare(b.ID, a.ID) }
		return linePage(ctx, b, p, linesTransfers, &q, transfersOfFund, "l.number DESC", readTransfer, newest, key)
	}
	return page(ctx, b, p, &q, transferColumns, "id DESC", readTransfer, key)
}
