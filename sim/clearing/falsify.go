package clearing

import (
	"cmp"
	"slices"
	"strconv"

	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// falsify changes a copy of the receiver's trades of a market by the day's
// trade faults, by chance and by command. holdings are those at the day's end.
func (h *House) falsify(mk market.Market, holdings register) ([]leg, bool, error) {
	f := &forger{h: h, market: mk, holdings: holdings, legs: h.day.legs[mk], hit: map[int]Fault{}}
	for i := range f.legs {
		for fault := FaultDrop; fault < faultKinds; fault++ {
			if h.config.Faults.happens(fault, uint64(h.day.date), uint64(mk), uint64(i)) && f.can(fault, i) {
				f.hit[i] = fault
				break
			}
		}
	}
	for n, order := range h.day.orders {
		if order.Market != mk {
			continue
		}
		if i := f.choose(order, n); i >= 0 {
			f.hit[i] = order.Fault
		} else {
			h.log = append(h.log, Injected{Date: h.day.date, Fault: order.Fault, Exec: order.Exec, Void: "no trade fits"})
		}
	}
	if len(f.hit) == 0 {
		return nil, false, nil
	}
	legs, err := f.forge()
	return legs, true, err
}

// forger makes the false picture of one market.
type forger struct {
	h        *House
	market   market.Market
	holdings register
	legs     []leg // true ones, not changed
	hit      map[int]Fault
}

// can says whether a fault can befall a trade so that the false holdings stay
// possible: what a forgotten or misplaced purchase brought must still be there.
func (f *forger) can(fault Fault, i int) bool {
	l := &f.legs[i]
	if l.account == "" || f.hit[i] != 0 {
		return false
	}
	kept := f.holdings[l.place()].quantity
	for j := range f.hit {
		if g := &f.legs[j]; g.side == market.Buy && g.place() == l.place() && (f.hit[j] == FaultDrop || f.hit[j] == FaultAccount) {
			kept -= g.quantity
		}
	}
	switch fault {
	case FaultDrop:
		return l.side == market.Sell || kept >= l.quantity
	case FaultAccount:
		return l.side == market.Buy && kept >= l.quantity
	case FaultExtra:
		return l.side == market.Buy
	}
	return true
}

// choose finds the trade of an order: the named one, or one by chance.
func (f *forger) choose(order Injection, n int) int {
	if len(f.legs) == 0 {
		return -1
	}
	start := int(f.h.config.Faults.chance(uint64(f.h.day.date), uint64(f.market), uint64(order.Fault), uint64(n), 0x7261) % uint64(len(f.legs)))
	for step := range f.legs {
		i := (start + step) % len(f.legs)
		if (order.Exec == "" || f.legs[i].exec == order.Exec) && f.can(order.Fault, i) {
			return i
		}
	}
	return -1
}

// forge writes the false trades and the log.
func (f *forger) forge() ([]leg, error) {
	var out []leg
	for i := range f.legs {
		l := f.legs[i]
		fault := f.hit[i]
		note := f.note(fault, &l)
		switch fault {
		case 0:
			out = append(out, l)
			continue
		case FaultDrop:
			note.Cash = -l.net()
		case FaultAmount:
			wrong := l
			wrong.price += f.tick(&l)
			if err := f.h.price(&wrong); err != nil {
				return nil, err
			}
			note.Cash = wrong.net() - l.net()
			out = append(out, wrong)
		case FaultAccount:
			wrong := l
			wrong.account = f.otherAccount(&l)
			note.Told = wrong.account
			out = append(out, wrong)
		case FaultExtra:
			extra := l
			extra.exec, extra.clOrdID, extra.orderID = f.unknownExec(i), "", ""
			note.Exec, note.Cash = extra.exec, extra.net()
			out = append(out, l, extra)
		}
		f.h.log = append(f.h.log, note)
	}
	return out, nil
}

func (f *forger) note(fault Fault, l *leg) Injected {
	detail := csdc.LayoutJsmx
	if f.market == market.Shenzhen {
		detail = csdc.LayoutSJSMX1
	}
	differ := map[Fault]Difference{FaultDrop: MissingThere, FaultExtra: MissingHere, FaultAmount: AmountDiffers, FaultAccount: AccountOther}
	return Injected{
		Date: f.h.day.date, Fault: fault, File: f.h.fileName(detail), Layout: detail, Differ: differ[fault],
		Security: l.security, Exec: l.exec, Account: l.account,
	}
}

func (f *forger) tick(l *leg) money.Price {
	in, err := f.h.instrument(l.security)
	if err != nil {
		return 1 // cannot be: the leg has been priced
	}
	return max(f.h.day.rules.Tick(in), 1)
}

// unknownExec is a number that no trade has: exchanges give digits.
func (f *forger) unknownExec(i int) string { return "X" + strconv.Itoa(i+1) }

// otherAccount is the receiver's next account on the market by number, or the
// same one with another last letter when there is none.
func (f *forger) otherAccount(l *leg) string {
	var accounts []string
	for at := range f.holdings {
		accounts = append(accounts, at.account)
	}
	for i := range f.legs {
		if f.legs[i].account != "" {
			accounts = append(accounts, f.legs[i].account)
		}
	}
	slices.Sort(accounts)
	at, _ := slices.BinarySearchFunc(accounts, l.account, cmp.Compare[string])
	for _, account := range append(accounts[at:len(accounts):len(accounts)], accounts...) {
		if account != l.account {
			return account
		}
	}
	last := byte('0')
	if l.account[len(l.account)-1] == last {
		last = '1'
	}
	return l.account[:len(l.account)-1] + string(last)
}
