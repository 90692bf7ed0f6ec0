package settle

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// ObligationKind says what an obligation books. The numbers stand in files.
type ObligationKind uint8

// The kinds. All of them move pooled money of clients, which happens on the
// settlement day, so none is booked in the evening of the trading day.
const (
	// ObligationNet is the net of a day's trades with the clearing house.
	ObligationNet ObligationKind = 1
	// ObligationDividend is cash that the clearing house has for dividends.
	ObligationDividend ObligationKind = 2
	// ObligationRounding is what clients paid above the clearing house's levies,
	// positive for the broker (row K39).
	ObligationRounding ObligationKind = 3
	// ObligationCommission is commission drawn to the broker's own money (B.8).
	ObligationCommission ObligationKind = 4
	// ObligationBetween is pooled money that goes from Bank to To for internal
	// transfers between fund accounts at both.
	ObligationBetween ObligationKind = 5
	// ObligationInterest is interest that was posted to clients and that the bank
	// still has to pay into the pooled account (row K42).
	ObligationInterest ObligationKind = 6
)

var obligationNames = [...]string{"", "net", "dividend", "rounding", "commission", "between", "interest"}

func (k ObligationKind) String() string {
	if k >= ObligationNet && k <= ObligationInterest {
		return obligationNames[k]
	}
	return "obligation " + strconv.Itoa(int(k))
}

// Obligation is a movement of pooled money that a day's end leaves for its
// settlement day. Amount is in minor units, positive in favour of the clients'
// money for nets, dividends and interest, of the broker's own for rounding and
// commission.
type Obligation struct {
	Kind      ObligationKind
	TradeDate uint32
	Settles   uint32
	Bank      uint16
	To        uint16 // ObligationBetween only
	Market    uint8  // 0 for commission, between and interest
	Currency  money.Currency
	Amount    money.Amount
}

// own is the key an obligation is booked under: once, however often it is asked for.
func (o *Obligation) own(what string) string {
	return fmt.Sprintf("settle/%s/%s/%d/%d/%d/%d/%d", what, o.Kind, o.TradeDate, o.Bank, o.To, o.Market, o.Currency)
}

// Settlement says how SettleDue settles.
type Settlement struct {
	Now    time.Time
	Refill bool // bring each reserve back to what it was, from or to the pooled account
	// Calendar and Cutoffs are as in Options.
	Calendar *calendar.Calendar
	Cutoffs  []calendar.CutoffRule
}

// SettleDue books the obligations whose settlement day is the open one or has
// passed, once their time has come (T+1, 16:00; domain facts E.2), and returns
// them. Running it again books nothing twice. It returns ErrNotDue before the
// time; what is refused, as for a pooled account that is short, is a
// *RefusedError and the rest can be booked later.
func SettleDue(ctx context.Context, core Core, all []Obligation, s Settlement) ([]Obligation, error) {
	var today custody.Day
	if err := core.Look(ctx, func(m *custody.Machine) { today = m.Today() }); err != nil {
		return nil, err
	}
	due, err := DueAt(all, today.Date, s)
	if err != nil {
		return nil, err
	}
	// What brings money into a pooled account comes first, so that it can pay.
	slices.SortStableFunc(due, func(a, b Obligation) int { return cmp.Compare(b.pooled(), a.pooled()) })
	var requests []record.Request
	for i := range due {
		requests = append(requests, due[i].requests(s.Refill)...)
	}
	err = submitAll(ctx, core, requests, submitMax, func(i int, a state.Answer) error { return accepted(requests[i].Cmd, a) })
	if err != nil {
		return nil, err
	}
	return due, nil
}

// DueAt returns the obligations whose settlement day is the business date given or
// has passed, once their time has come. It returns ErrNotDue before it.
func DueAt(all []Obligation, date uint32, s Settlement) ([]Obligation, error) {
	o := Options{Calendar: s.Calendar, Cutoffs: s.Cutoffs}
	if o.Cutoffs == nil {
		o.Cutoffs = calendar.BuiltinCutoffs()
	}
	if o.Calendar == nil {
		c, err := calendar.China()
		if err != nil {
			return nil, err
		}
		o.Calendar = c
	}
	var due []Obligation
	for _, x := range all {
		if x.Settles <= date && x.TradeDate < date {
			due = append(due, x)
		}
	}
	for _, x := range due {
		o.Date = x.TradeDate
		at := o.cutoffTime(calendar.FinalSettlement)
		if at.IsZero() || s.Now.Before(at) {
			return nil, fmt.Errorf("trades of %d settle at %s: %w", x.TradeDate, at.UTC(), ErrNotDue)
		}
	}
	return due, nil
}

// pooled is what an obligation does to the pooled account of Bank.
func (o *Obligation) pooled() money.Amount {
	switch o.Kind {
	case ObligationNet, ObligationDividend, ObligationInterest:
		return o.Amount
	}
	return -o.Amount
}

// requests are the commands that book an obligation.
func (o *Obligation) requests(refill bool) []record.Request {
	switch o.Kind {
	case ObligationNet, ObligationDividend:
		all := []record.Request{keyed(o.own("pay"), &record.SettleNet{
			TradeDate: o.TradeDate, Bank: o.Bank, Market: o.Market, Currency: o.Currency, Amount: o.Amount,
		})}
		if refill {
			all = append(all, keyed(o.own("refill"), &record.MoveReserve{Bank: o.Bank, Market: o.Market, Currency: o.Currency, Amount: -o.Amount}))
		}
		return all
	case ObligationRounding:
		return []record.Request{keyed(o.own("pay"), &record.BookRounding{
			TradeDate: o.TradeDate, Bank: o.Bank, Market: o.Market, Currency: o.Currency, Amount: o.Amount,
		})}
	case ObligationCommission:
		return []record.Request{keyed(o.own("pay"), &record.DrawFees{Bank: o.Bank, Currency: o.Currency, Amount: o.Amount})}
	case ObligationBetween:
		return []record.Request{keyed(o.own("pay"), &record.SettleBetweenBanks{From: o.Bank, To: o.To, Currency: o.Currency, Amount: o.Amount})}
	case ObligationInterest:
		return []record.Request{keyed(o.own("pay"), &record.InterestReceived{Bank: o.Bank, Currency: o.Currency, Amount: o.Amount})}
	}
	return nil
}

// addSettled remembers final settlement of trades that was booked today, by its
// key: dividends are settled by the same command and have rows of their own.
func (c *cut) addSettled(v record.View) error {
	var cmd record.SettleNet
	if !record.Decode(v.Command, &cmd) {
		return fmt.Errorf("final settlement: %w", record.ErrMalformed)
	}
	o := Obligation{Kind: ObligationNet, TradeDate: cmd.TradeDate, Bank: cmd.Bank, Market: cmd.Market, Currency: cmd.Currency}
	if v.Key == record.KeyFor(house, o.own("pay")) {
		c.settled = append(c.settled, settledNet{cmd.Market, cmd.Currency, cmd.TradeDate, cmd.Amount})
	}
	return nil
}

// obligations are what the day leaves for its settlement day.
func (r *run) obligations() ([]Obligation, error) {
	f, err := r.firstLevel()
	if err != nil {
		return nil, err
	}
	theirs, err := r.clearingFiles()
	if err != nil {
		return nil, err
	}
	books, err := r.closingBooks()
	if err != nil {
		return nil, err
	}
	var all []Obligation
	add := func(kind ObligationKind, p place, to uint16, amount money.Amount) {
		if amount != 0 {
			all = append(all, Obligation{kind, r.o.Date, r.day.Next, p.bank, to, p.market, p.currency, amount})
		}
	}
	turnover := map[place]money.Amount{}
	for _, p := range places(f.tallies) {
		t := f.tallies[p]
		add(ObligationNet, p, 0, t.net())
		add(ObligationRounding, p, 0, t.charged-t.levies)
		at := place{bank: p.bank, currency: p.currency}
		turnover[at] += t.bought + t.sold // each tally is checked; a handful of them fits
	}
	dividends, err := r.dividends(theirs)
	if err != nil {
		return nil, err
	}
	for _, p := range places(dividends) {
		add(ObligationDividend, p, 0, dividends[p])
	}
	for _, p := range places(books.feesDue) {
		most, err := turnover[p].AtRate(r.o.DrawRate)
		if err != nil {
			return nil, err
		}
		add(ObligationCommission, p, 0, max(0, min(books.feesDue[p], most)))
	}
	for _, p := range places(books.interest) {
		add(ObligationInterest, p, 0, books.interest[p])
	}
	return append(all, books.between(r.o.Date, r.day.Next)...), nil
}

// dividends are the cash entitlements of the day's files by place.
func (r *run) dividends(theirs *cleared) (map[place]money.Amount, error) {
	c, err := r.picture()
	if err != nil {
		return nil, err
	}
	by := map[place]money.Amount{}
	for i := range theirs.grants {
		g := &theirs.grants[i]
		fund, ok := c.accounts[g.account]
		if !ok || g.cash <= 0 {
			continue
		}
		p := place{c.funds[fund].Bank, uint8(g.account.market), c.funds[fund].Currency}
		if by[p], err = by[p].Add(g.cash); err != nil {
			return nil, err
		}
	}
	return by, nil
}

// between pairs the banks that internal transfers left owing with those they left
// having, in order of their numbers.
func (b *closing) between(trade, settles uint32) []Obligation {
	var all []Obligation
	open := make([]courseAt, len(b.course))
	copy(open, b.course)
	for i := range open {
		for j := range open {
			from, to := &open[i], &open[j]
			if from.currency != to.currency || from.amount >= 0 || to.amount <= 0 {
				continue
			}
			amount := min(-from.amount, to.amount)
			all = append(all, Obligation{ObligationBetween, trade, settles, from.bank, to.bank, 0, from.currency, amount})
			from.amount += amount
			to.amount -= amount
		}
	}
	return all
}

// courseAt is what internal transfers left in course at a bank: negative must go
// to other banks.
type courseAt struct {
	bank     uint16
	currency money.Currency
	amount   money.Amount
}

// obligationHeader is the first line of the file of obligations.
var obligationHeader = []string{"kind", "trade_date", "settles", "bank", "to", "market", "currency", "amount_minor"}

// WriteObligations writes a file of obligations.
func WriteObligations(w io.Writer, all []Obligation) error {
	out := csv.NewWriter(w)
	rows := [][]string{obligationHeader}
	for i := range all {
		o := &all[i]
		rows = append(rows, []string{
			o.Kind.String(), strconv.FormatUint(uint64(o.TradeDate), 10), strconv.FormatUint(uint64(o.Settles), 10),
			strconv.Itoa(int(o.Bank)), strconv.Itoa(int(o.To)), strconv.Itoa(int(o.Market)), o.Currency.String(), strconv.FormatInt(int64(o.Amount), 10),
		})
	}
	return out.WriteAll(rows)
}

// ReadObligations reads what WriteObligations wrote, for a process that settles
// without having run the day end. It returns ErrSyntax with the line for anything
// else.
func ReadObligations(r io.Reader) ([]Obligation, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = len(obligationHeader)
	header, err := in.Read()
	if err != nil || !slices.Equal(header, obligationHeader) {
		return nil, fmt.Errorf("header of obligations: %w", ErrSyntax)
	}
	var all []Obligation
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil { // it says the line itself
			return nil, fmt.Errorf("%v: %w", err, ErrSyntax)
		}
		line, _ := in.FieldPos(0)
		o, ok := parseObligation(row)
		if !ok {
			return nil, fmt.Errorf("line %d: %w", line, ErrSyntax)
		}
		all = append(all, o)
	}
}

func parseObligation(row []string) (o Obligation, ok bool) {
	kind := slices.Index(obligationNames[1:], row[0])
	trade, errTrade := strconv.ParseUint(row[1], 10, 32)
	settles, errSettles := strconv.ParseUint(row[2], 10, 32)
	bank, errBank := strconv.ParseUint(row[3], 10, 16)
	to, errTo := strconv.ParseUint(row[4], 10, 16)
	of, errMarket := strconv.ParseUint(row[5], 10, 8)
	currency, errCurrency := money.ParseCurrency(row[6])
	amount, errAmount := strconv.ParseInt(row[7], 10, 64)
	if kind < 0 || errors.Join(errTrade, errSettles, errBank, errTo, errMarket, errCurrency, errAmount) != nil {
		return o, false
	}
	if of != 0 && !market.Market(of).Valid() || !calendar.Date(trade).Valid() || !calendar.Date(settles).Valid() {
		return o, false
	}
	return Obligation{
		ObligationKind(kind + 1), uint32(trade), uint32(settles), uint16(bank), uint16(to), uint8(of), currency, money.Amount(amount),
	}, true
}

// writeObligations writes the day's obligations into its folder.
func (r *run) writeObligations() error {
	all, err := r.obligations()
	if err != nil {
		return err
	}
	r.report.Obligations = all
	var text bytes.Buffer
	if err := WriteObligations(&text, all); err != nil {
		return err
	}
	return r.write("obligations.csv", text.Bytes())
}
