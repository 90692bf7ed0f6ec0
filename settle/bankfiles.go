package settle

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"sancun/custody"
	"sancun/money"
	wire "sancun/wire/bank"
)

// clientRow is what a bank is told of one client: who, what moved and what is left.
type clientRow struct {
	fund     custody.Fund
	branch   string
	kind     wire.ClientKind
	person   Person
	currency money.Currency
	move     movement
	bought   money.Amount
	sold     money.Amount
	balance  money.Amount
	held     money.Amount
}

// fundAccount is the fund account's number as files write it.
func (c *clientRow) fundAccount() string { return strconv.FormatUint(c.fund.Number, 10) }

// bankBook is everything a bank's files of a day are made of.
type bankBook struct {
	bank    *Bank
	broker  *Broker
	date    wire.Date
	next    wire.Date
	clients []clientRow // by fund account number
	sums    []bankSum   // by currency
}

// bankSum is one bank and currency.
type bankSum struct {
	currency money.Currency
	told     money.Amount // what the clients' nets add up to
	interest money.Amount // of the batch
	closing  money.Amount // interest at closings
	trade    money.Amount // of told: trades and commission
	other    money.Amount // of told: the rest
	stays    money.Amount // commission that is due and not drawn yet
	paid     money.Amount // of the interest: what the bank had paid before it was posted
}

// moves is what goes over the pooled account on the settlement day: all that
// clients were credited or debited, but for commission that waits and interest that
// is there already.
func (s *bankSum) moves() money.Amount { return s.told + s.interest + s.closing + s.stays - s.paid }

// writeBankFiles is step 10: the files that every bank has agreed to get, each
// with its control totals, in a folder of the bank. Rows are by fund account
// number. Its rows are those of all files.
func (r *run) writeBankFiles(bool) (uint64, error) {
	books, err := r.bankBooks()
	if err != nil {
		return 0, err
	}
	var rows uint64
	for i := range books {
		b := &books[i]
		for _, name := range b.bank.Out {
			l, _ := layoutOf(name)
			n, err := r.writeBankFile(b, l)
			if err != nil {
				return rows, &FileError{Bank: b.bank.Number, File: l.FileName(b.date), Err: err}
			}
			rows += n
		}
		r.progress(uint64(i+1), uint64(len(books)), false)
	}
	return rows, r.writeObligations()
}

// writeBankFile writes one file and its totals.
func (r *run) writeBankFile(b *bankBook, l wire.FileLayout) (uint64, error) {
	rows, err := b.rows(l.Name)
	if err != nil {
		return 0, err
	}
	var content bytes.Buffer
	w, err := wire.NewRowWriter(&content, l)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			return 0, err
		}
	}
	name := l.FileName(b.date)
	total, err := w.Close(name)
	if err != nil {
		return 0, err
	}
	dir := fmt.Sprintf("bank-%d/", b.bank.Number)
	if err := r.write(dir+name, content.Bytes()); err != nil {
		return 0, err
	}
	return total.Rows, r.write(dir+wire.ControlName(name), []byte(total.Line()))
}

// rows makes the rows of a layout.
func (b *bankBook) rows(layout string) ([]wire.Row, error) {
	switch layout {
	case "sbusi":
		return b.clientNets(), nil
	case "sbala":
		return b.ledgerBalances(), nil
	case "spay":
		return b.pooledSettlements(), nil
	case "accr":
		return b.interestEntries(), nil
	case "S05":
		return b.interestNets(), nil
	case "S06":
		return b.clientSettlements(), nil
	case "S08":
		return b.bankTotals(), nil
	case "S11":
		return b.interBankTotals(), nil
	}
	return nil, fmt.Errorf("layout %s is not available yet: %w", layout, ErrOptions)
}

// bankBooks gathers what the banks are told, bank by bank.
func (r *run) bankBooks() ([]bankBook, error) {
	c, err := r.picture()
	if err != nil {
		return nil, err
	}
	closing, err := r.closingBooks()
	if err != nil {
		return nil, err
	}
	clients, err := r.clientRows(c, closing)
	if err != nil {
		return nil, err
	}
	obligations, err := r.obligations()
	if err != nil {
		return nil, err
	}
	var books []bankBook
	for i := range r.o.Banks {
		b := bankBook{
			bank: &r.o.Banks[i], broker: &r.o.Broker, date: wire.Date(r.o.Date), next: wire.Date(r.day.Next), clients: clients[r.o.Banks[i].Number],
		}
		if err := b.addUp(closing, obligations); err != nil {
			return nil, err
		}
		books = append(books, b)
	}
	return books, nil
}

// clientRows lists the clients of every bank: those whose relation is in force
// there, and those who have or had money there today.
func (r *run) clientRows(c *cut, closing *closing) (map[uint16][]clientRow, error) {
	m, err := r.at(r.report.Closing)
	if err != nil {
		return nil, err
	}
	bought, sold := map[uint32]money.Amount{}, map[uint32]money.Amount{}
	for i := range c.orders {
		o := &c.orders[i]
		side := bought
		if o.side == sideSell {
			side = sold
		}
		side[o.fund] += o.value // reckon has added the same values up with checks
	}
	by := map[uint16][]clientRow{}
	for i := range closing.balances {
		x := &closing.balances[i]
		move := r.moves.by[x.cashKey]
		if move == nil {
			move = &movement{}
		}
		f := m.FundAt(x.fund)
		inForce := f.Bank == x.bank && f.Relation == custody.RelationDesignated
		if !inForce && x.balance == 0 && move.told() == 0 && move.interest == 0 {
			continue
		}
		if _, ours := r.o.bank(x.bank); !ours {
			return nil, fmt.Errorf("fund account %d has money at bank %d, whose files are not agreed: %w", f.Number, x.bank, ErrOptions)
		}
		client := m.ClientAt(f.Client)
		row := clientRow{fund: f, currency: x.currency, move: *move, balance: x.balance, held: x.held, branch: r.branchOf(&client), kind: kindOf(&client)}
		if f.Bank == x.bank {
			row.bought, row.sold = bought[x.fund], sold[x.fund]
		}
		if row.person, err = r.in.Persons.Person(f.Number); err != nil {
			return nil, fmt.Errorf("owner of fund account %d: %w", f.Number, err)
		}
		by[x.bank] = append(by[x.bank], row)
	}
	for _, rows := range by {
		slices.SortFunc(rows, func(a, b clientRow) int {
			if a.fund.Number < b.fund.Number {
				return -1
			}
			return 1 // numbers are unique within a bank
		})
	}
	return by, nil
}

func (r *run) branchOf(c *custody.Client) string {
	if c.Branch != 0 {
		return strconv.Itoa(int(c.Branch))
	}
	return r.o.Broker.Branch
}

func kindOf(c *custody.Client) wire.ClientKind {
	if c.Class == custody.Organisation {
		return wire.Organisation
	}
	return wire.Person
}

// addUp adds the bank's clients up by currency.
func (b *bankBook) addUp(closing *closing, obligations []Obligation) error {
	var by [money.USD + 1]*bankSum
	at := func(c money.Currency) *bankSum {
		if by[c] == nil {
			by[c] = &bankSum{currency: c}
		}
		return by[c]
	}
	for i := range b.clients {
		x := &b.clients[i]
		s, m := at(x.currency), &x.move
		var err error
		for _, p := range [...]struct {
			to *money.Amount
			by money.Amount
		}{
			{&s.told, m.told()}, {&s.interest, m.interest}, {&s.closing, m.closing},
			{&s.trade, m.trade + m.fees}, {&s.other, m.dividend + m.internal + m.other},
		} {
			if *p.to, err = p.to.Add(p.by); err != nil {
				return fmt.Errorf("sum of bank %d: %w", b.bank.Number, err)
			}
		}
	}
	for _, s := range by {
		if s != nil {
			s.paid = s.interest + s.closing - closing.interest[place{bank: b.bank.Number, currency: s.currency}]
		}
	}
	for p, due := range closing.feesDue {
		if p.bank == b.bank.Number {
			at(p.currency).stays += due
		}
	}
	for i := range obligations {
		if o := &obligations[i]; o.Kind == ObligationCommission && o.Bank == b.bank.Number {
			at(o.Currency).stays -= o.Amount
		}
	}
	for _, s := range by {
		if s != nil {
			b.sums = append(b.sums, *s)
		}
	}
	return nil
}
