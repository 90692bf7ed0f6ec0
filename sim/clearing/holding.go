package clearing

import (
	"cmp"
	"fmt"
	"slices"

	"sancun/market"
	"sancun/money"
)

// place is one securities account's position in one security.
type place struct {
	member   int
	security market.ID
	account  string
}

// position is what lies at a place. unit is where it lies: the designated
// trading unit in Shanghai, the custody unit in Shenzhen.
type position struct {
	unit     string
	quantity money.Quantity
}

// register is the holdings of all accounts. Positions that are sold out are gone.
type register map[place]position

// add changes a position and says what is left. A new position lies at unit.
func (r register) add(at place, unit string, change money.Quantity) (money.Quantity, error) {
	p := r[at]
	if p.quantity == 0 {
		p.unit = unit
	}
	left, err := money.Amount(p.quantity).Add(money.Amount(change)) // only for its checked addition
	if err != nil {
		return 0, fmt.Errorf("holding of %s in %s: %w", at.account, at.security, err)
	}
	p.quantity = money.Quantity(left)
	if p.quantity == 0 {
		delete(r, at)
	} else {
		r[at] = p
	}
	return p.quantity, nil
}

// move adds what trades did to positions, or with sign -1 takes it back.
func (r register) move(legs []leg, sign money.Quantity) error {
	for i := range legs {
		if l := &legs[i]; l.account != "" {
			if _, err := r.add(l.place(), l.unit, sign*l.change()); err != nil {
				return err
			}
		}
	}
	return nil
}

// row is a position or the change of one, in the order of the files.
type row struct {
	place
	unit     string
	quantity money.Quantity
	kind     string // of a change, as zqbd says it
	note     string // entitlement column of a change
}

func byAccount(a, b row) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.security, b.security), cmp.Compare(a.kind, b.kind))
}

// rows are a member's positions on one market, by account and security.
func (r register) rows(member int, mk market.Market) []row {
	var out []row
	for at, p := range r {
		if at.member == member && at.security.Market() == mk {
			out = append(out, row{place: at, unit: p.unit, quantity: p.quantity})
		}
	}
	slices.SortFunc(out, byAccount)
	return out
}
