package books

import (
	"context"
	"math"
	"time"

	"sancun/journal"
	"sancun/money"
	"sancun/record"
)

// Status is how far the books are filled.
type Status struct {
	Reached
	Records uint64 // since block 1
	Date    uint32 // business date
	Next    uint32
	Phase   uint8
}

// Reached returns how far the books are filled.
func (b *Books) Reached(ctx context.Context) (Status, error) {
	s, r, err := one(ctx, b, func(r row) (s Status, err error) {
		err = r.Scan(&s.Records, &s.Date, &s.Next, &s.Phase)
		return s, err
	}, `SELECT records, date, next, phase FROM reached`)
	s.Reached = r
	return s, err
}

// Block is the head of one block.
type Block struct {
	Height  uint64
	Time    time.Time
	Records uint32
	Hash    journal.Hash
}

// Blocks goes through the blocks, the newest first.
func (b *Books) Blocks(ctx context.Context, p Page) (List[Block], error) {
	after, err := marked(p.After, math.MaxInt64)
	if err != nil {
		return List[Block]{}, err
	}
	var q question
	q.ask(true, "height < ?", after...)
	return page(ctx, b, p, &q, `SELECT height, time, records, hash FROM blocks`, "height DESC", func(r row) (x Block, err error) {
		var when int64
		var hash []byte
		err = r.Scan(&x.Height, &when, &x.Records, &hash)
		x.Time = at(when)
		copy(x.Hash[:], hash)
		return x, err
	}, func(x Block) string { return mark(int64(x.Height)) })
}

// Day is one business date.
type Day struct {
	Date    uint32
	Next    uint32
	Phase   uint8
	Opened  time.Time
	Stopped time.Time // zero while open
}

// Days goes through the business dates, the newest first.
func (b *Books) Days(ctx context.Context, p Page) (List[Day], error) {
	after, err := marked(p.After, math.MaxInt64)
	if err != nil {
		return List[Day]{}, err
	}
	var q question
	q.ask(true, "date < ?", after...)
	return page(ctx, b, p, &q, `SELECT date, next, phase, opened, stopped FROM days`, "date DESC", func(r row) (d Day, err error) {
		var opened, stopped int64
		err = r.Scan(&d.Date, &d.Next, &d.Phase, &opened, &stopped)
		d.Opened, d.Stopped = at(opened), at(stopped)
		return d, err
	}, func(d Day) string { return mark(int64(d.Date)) })
}

// Step is the last outcome of one step of a day end.
type Step struct {
	Number uint16
	OK     bool
	Rows   uint64
	Runs   uint32
	Ended  time.Time
	Input  journal.Hash // of everything the step read
}

// Steps returns the steps of a business date.
func (b *Books) Steps(ctx context.Context, date uint32) (List[Step], error) {
	return several(ctx, b, func(r row) (s Step, err error) {
		var ended int64
		var input []byte
		err = r.Scan(&s.Number, &s.OK, &s.Rows, &s.Runs, &ended, &input)
		s.Ended = at(ended)
		copy(s.Input[:], input)
		return s, err
	}, `SELECT number, ok, rows, runs, ended, input FROM steps WHERE date = ? ORDER BY number`, date)
}

// Bank is a custodian bank with its terms.
type Bank struct {
	Number       uint16
	Service      uint8
	SignedIn     uint32 // business date of the sign-in in force, 0 signed out
	WindowFrom   uint32 // milliseconds of the day
	WindowTo     uint32
	SingleMin    money.Amount
	SingleMax    money.Amount
	DailyMax     money.Amount
	DailyCount   uint16
	MinRemaining money.Amount
	Code         string
	Name         string
}

// Banks returns the custodian banks.
func (b *Books) Banks(ctx context.Context) (List[Bank], error) {
	return several(ctx, b, func(r row) (x Bank, err error) {
		err = r.Scan(&x.Number, &x.Service, &x.SignedIn, &x.WindowFrom, &x.WindowTo, &x.SingleMin, &x.SingleMax, &x.DailyMax, &x.DailyCount, &x.MinRemaining, &x.Code, &x.Name)
		return x, err
	}, `SELECT `+statements[tableBanks].columns+` FROM banks ORDER BY number`)
}

// Deed is one act of staff or of a bank's desk, or a refusal of anybody.
type Deed struct {
	Height uint64
	At     uint32
	Time   time.Time
	Caller record.Caller
	Kind   record.Kind
	Code   record.Code
	Ref    uint64
}

// Audit goes through the deeds of a caller, or of everybody (0), the newest first.
func (b *Books) Audit(ctx context.Context, caller record.Caller, p Page) (List[Deed], error) {
	after, err := marked(p.After, math.MaxInt64, 0)
	if err != nil {
		return List[Deed]{}, err
	}
	var q question
	q.ask(true, "(a.height, a.at) < (?, ?)", after...)
	q.ask(caller != 0, "a.caller = ?", int64(caller))
	return page(ctx, b, p, &q, `SELECT a.height, a.at, b.time, a.caller, a.kind, a.code, a.ref FROM audit a JOIN blocks b ON b.height = a.height`,
		"a.height DESC, a.at DESC", func(r row) (d Deed, err error) {
			var when, caller, ref int64
			err = r.Scan(&d.Height, &d.At, &when, &caller, &d.Kind, &d.Code, &ref)
			d.Time, d.Caller, d.Ref = at(when), record.Caller(caller), uint64(ref)
			return d, err
		}, func(d Deed) string { return mark(int64(d.Height), int64(d.At)) })
}
