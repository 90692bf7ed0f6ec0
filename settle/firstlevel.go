package settle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"sancun/difference"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// place is what is settled in one sum for one bank's clients.
type place struct {
	bank     uint16
	market   uint8
	currency money.Currency
}

// tally is what a place's trades add up to by our reckoning.
type tally struct {
	rows         uint64
	bought, sold money.Amount
	levies       money.Amount // record by record, as the clearing house charges
	charged      money.Amount // order by order, as clients are charged
	commission   money.Amount
}

// net is what the clearing house pays (positive) or takes.
func (t *tally) net() money.Amount { return t.sold - t.bought - t.levies }

// add adds another tally up, with checks.
func (t *tally) add(o *tally) (err error) {
	t.rows += o.rows
	for _, p := range [...]struct {
		to *money.Amount
		by money.Amount
	}{{&t.bought, o.bought}, {&t.sold, o.sold}, {&t.levies, o.levies}, {&t.charged, o.charged}, {&t.commission, o.commission}} {
		if *p.to, err = p.to.Add(p.by); err != nil {
			return err
		}
	}
	return nil
}

// firstLevel is our own reckoning of the day's trades and its comparison with the
// clearing house's.
type firstLevel struct {
	tallies map[place]*tally
	nets    []Net
	links   []Link
	found   []difference.Difference
}

// clearFirst is step 5 (一级清算): our net from our own fills, with levies record
// by record, against the clearing house's details and totals. Its rows are our
// fills.
func (r *run) clearFirst(bool) (uint64, error) {
	f, err := r.firstLevel()
	if err != nil {
		return 0, err
	}
	for _, d := range f.found {
		r.find(d)
	}
	r.report.Nets = f.nets
	return uint64(len(r.cut.fills)), nil
}

func (r *run) firstLevel() (*firstLevel, error) {
	if r.first != nil {
		return r.first, nil
	}
	c, err := r.picture()
	if err != nil {
		return nil, err
	}
	theirs, err := r.clearingFiles()
	if err != nil {
		return nil, err
	}
	f := &firstLevel{tallies: map[place]*tally{}}
	if err := r.reckon(c, f); err != nil {
		return nil, err
	}
	f.compareTrades(c, theirs)
	if err := f.compareNets(r, theirs); err != nil {
		return nil, err
	}
	f.comparePaid(c, theirs, r.o.Date)
	r.first = f
	return f, nil
}

// reckon puts levies on every fill and adds everything up by bank and market.
func (r *run) reckon(c *cut, f *firstLevel) error {
	rules := make([]market.Instrument, len(c.instruments))
	for i := range c.instruments {
		rules[i] = rulesOf(&c.instruments[i])
	}
	for i := range c.fills {
		x := &c.fills[i]
		o := &c.orders[x.order]
		var err error
		if x.levies, err = r.o.rules.Levies(&rules[o.instrument], market.Side(o.side), x.amount); err != nil {
			return fmt.Errorf("levies on order %d: %w", o.id, err)
		}
		one := tally{rows: 1, levies: x.levies.Total}
		if o.side == sideSell {
			one.sold = x.amount
		} else {
			one.bought = x.amount
		}
		if err := f.tally(c, o).add(&one); err != nil {
			return fmt.Errorf("sum of the fills: %w", err)
		}
	}
	for i := range c.orders {
		o := &c.orders[i]
		charged, err := r.o.rules.Levies(&rules[o.instrument], market.Side(o.side), o.value)
		if err != nil {
			return fmt.Errorf("levies on order %d: %w", o.id, err)
		}
		full, err := r.o.rules.Fees(&rules[o.instrument], market.Side(o.side), o.value, r.tariff(c, o, &rules[o.instrument]))
		if err != nil {
			return fmt.Errorf("fees of order %d: %w", o.id, err)
		}
		if err := f.tally(c, o).add(&tally{charged: charged.Total, commission: full.Commission}); err != nil {
			return fmt.Errorf("sum of the fees: %w", err)
		}
	}
	return nil
}

// tariff is the commission of a fund account as second-level clearing takes it:
// its own rate with the default minimum, or the default.
func (r *run) tariff(c *cut, o *ordered, in *market.Instrument) market.Tariff {
	t, _ := r.o.rules.DefaultTariff(in)
	if own := c.funds[o.fund].Commission; own > 0 {
		t.Rate = own
	}
	return t
}

func (f *firstLevel) tally(c *cut, o *ordered) *tally {
	fund := &c.funds[o.fund]
	k := place{fund.Bank, uint8(c.instruments[o.instrument].ID.Market()), fund.Currency}
	if f.tallies[k] == nil {
		f.tallies[k] = &tally{}
	}
	return f.tallies[k]
}

// places lists the places in order of bank, market and currency.
func places[T any](by map[place]T) []place {
	return slices.SortedFunc(maps.Keys(by), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.bank, b.bank), cmp.Compare(a.market, b.market), cmp.Compare(a.currency, b.currency))
	})
}

// execution names one side of an execution on a market and day.
type execution struct {
	exec   [16]byte
	market market.Market
	side   uint8
}

// compareTrades holds every fill against the clearing house's row of it.
func (f *firstLevel) compareTrades(c *cut, theirs *cleared) {
	byExec := make(map[execution]int32, len(c.fills))
	for i := range c.fills {
		o := &c.orders[c.fills[i].order]
		byExec[execution{c.fills[i].exec, c.instruments[o.instrument].ID.Market(), o.side}] = int32(i)
	}
	matched := make([]bool, len(c.fills))
	for i := range theirs.trades {
		t := &theirs.trades[i]
		at, ok := byExec[execution{t.exec, t.account.market, t.side}]
		if !ok || matched[at] {
			f.add(record.CaseMissingHere, record.CaseTrade, c, nil, theirs, t)
			continue
		}
		matched[at] = true
		x := &c.fills[at]
		o := &c.orders[x.order]
		f.links = append(f.links, Link{
			Kind: LinkTrade, Fund: c.funds[o.fund].Number, Order: o.id, Ref: trimmed(t.exec[:]), Market: uint8(t.account.market),
			File: theirs.files[t.file].Name, Line: int(t.line),
		})
		id := c.instruments[o.instrument].ID
		switch {
		case trimmed(o.account[:]) != t.account.account:
			f.add(record.CaseAccount, record.CaseTrade, c, x, theirs, t)
		case x.quantity != t.quantity || x.amount != magnitudeOf(t.principal) || id != t.id:
			f.add(record.CaseAmount, record.CaseTrade, c, x, theirs, t)
		case x.levies.Total != t.levies.Total-t.other:
			f.add(record.CaseAmount, record.CaseFees, c, x, theirs, t)
		}
	}
	for i := range c.fills {
		if !matched[i] {
			f.add(record.CaseMissingThere, record.CaseTrade, c, &c.fills[i], theirs, nil)
		}
	}
}

func magnitudeOf(a money.Amount) money.Amount { return max(a, -a) }

// netOf is what a fill brings (positive) or takes.
func (c *cut) netOf(x *fill) money.Amount {
	if c.orders[x.order].side == sideSell {
		return x.amount - x.levies.Total
	}
	return -x.amount - x.levies.Total
}

// add lists a difference of a fill of ours, a row of theirs, or both. Both
// amounts are nets; of fees, the fees.
func (f *firstLevel) add(kind, subject uint8, c *cut, x *fill, theirs *cleared, t *clearedTrade) {
	d := difference.Difference{Type: kind, Subject: subject}
	if x != nil {
		o := &c.orders[x.order]
		id := c.instruments[o.instrument].ID
		d.Market, d.Fund, d.Ours, d.OurRef, d.TheirRef = uint8(id.Market()), c.funds[o.fund].Number, c.netOf(x), o.id, trimmed(x.exec[:])
		d.Detail = fmt.Sprintf("%s, our account %s, %d units", id, trimmed(o.account[:]), x.quantity)
	}
	if t != nil { // the account is the one they have it under
		d.Market, d.Theirs, d.TheirRef = uint8(t.account.market), t.net, trimmed(t.exec[:])
		d.File, d.Line = theirs.files[t.file].Name, int(t.line)
		d.Detail = fmt.Sprintf("%s, their account %s, %d units", t.id, t.account.account, t.quantity)
		if fund, ok := c.accounts[t.account]; ok {
			d.Fund = c.funds[fund].Number
		}
	}
	if subject == record.CaseFees {
		d.Ours, d.Theirs = -x.levies.Total, t.other-t.levies.Total
	}
	f.found = append(f.found, d)
}

// netKey is what the clearing house nets into one figure.
type netKey struct {
	market   uint8
	currency money.Currency
}

// compareNets holds our net of every market and currency against the totals file.
// What single trades explain is listed with them; a total that they do not
// explain is a difference of its own.
func (f *firstLevel) compareNets(r *run, theirs *cleared) error {
	nets := map[netKey]*Net{}
	net := func(m uint8, c money.Currency) *Net {
		k := netKey{m, c}
		if nets[k] == nil {
			nets[k] = &Net{Market: m, Currency: c}
		}
		return nets[k]
	}
	whole := map[netKey]*tally{}
	for _, p := range places(f.tallies) {
		k := netKey{p.market, p.currency}
		if whole[k] == nil {
			whole[k] = &tally{}
		}
		if err := whole[k].add(f.tallies[p]); err != nil {
			return err
		}
	}
	for k, t := range whole {
		n := net(k.market, k.currency)
		n.OurRows, n.Bought, n.Sold, n.Levies, n.Charged, n.Commission, n.Ours = t.rows, t.bought, t.sold, t.levies, t.charged, t.commission, t.net()
	}
	details := map[netKey]money.Amount{}
	for i := range theirs.trades {
		t := &theirs.trades[i]
		k := netKey{uint8(t.account.market), t.currency}
		net(k.market, k.currency).TheirRows++
		var err error
		if details[k], err = sum(details[k], t.net); err != nil {
			return err
		}
	}
	where := map[netKey]clearedTotal{}
	for _, t := range theirs.totals {
		if !r.ourCash(t.cash) {
			continue
		}
		n := net(uint8(t.market), t.currency)
		where[netKey{n.Market, n.Currency}] = t
		var err error
		if n.Theirs, err = n.Theirs.Add(t.net); err != nil {
			return err
		}
	}
	keys := slices.SortedFunc(maps.Keys(nets), func(a, b netKey) int {
		return cmp.Or(cmp.Compare(a.market, b.market), cmp.Compare(a.currency, b.currency))
	})
	for _, k := range keys {
		n := nets[k]
		f.nets = append(f.nets, *n)
		if n.Theirs != details[k] {
			f.found = append(f.found, difference.Difference{
				Type: record.CaseTotal, Subject: record.CaseCash, Market: k.market, Ours: n.Ours, Theirs: n.Theirs,
				TheirRef: where[k].cash, File: where[k].file, Line: where[k].line,
				Detail: fmt.Sprintf("the details add up to %s, the total says %s", details[k], n.Theirs),
			})
		}
	}
	return nil
}

// comparePaid holds the final settlement that was booked today against what the
// clearing house says it paid.
func (f *firstLevel) comparePaid(c *cut, theirs *cleared, date uint32) {
	type key struct {
		market   uint8
		currency money.Currency
		trade    uint32
	}
	type pair struct{ ours, theirs money.Amount }
	by := map[key]*pair{}
	at := func(k key) *pair {
		if by[k] == nil {
			by[k] = &pair{}
		}
		return by[k]
	}
	for _, s := range c.settled {
		at(key{s.market, s.currency, s.trade}).ours += s.amount // a handful a day, each bounded by the machine
	}
	for _, t := range theirs.paid {
		at(key{uint8(t.market), t.currency, t.trade}).theirs += t.net
	}
	keys := slices.SortedFunc(maps.Keys(by), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.market, b.market), cmp.Compare(a.currency, b.currency), cmp.Compare(a.trade, b.trade))
	})
	for _, k := range keys {
		if p := by[k]; p.ours != p.theirs {
			f.found = append(f.found, difference.Difference{
				Type: record.CaseTotal, Subject: record.CaseCash, Market: k.market, Date: date, Ours: p.ours, Theirs: p.theirs,
				TheirRef: fmt.Sprintf("settled %d", k.trade), Detail: fmt.Sprintf("final settlement of the trades of %d", k.trade),
			})
		}
	}
}
