package settle

import (
	"fmt"

	"sancun/custody"
	"sancun/difference"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// positionKey is one client's holding of one security.
type positionKey struct {
	fund uint32
	id   market.ID
}

// comparePositions is step 7: what clients hold once today's trades are settled,
// and with the units that today's entitlements bring, against the clearing
// house's list of holdings. Its rows are those of the list.
func (r *run) comparePositions(bool) (uint64, error) {
	theirs, err := r.clearingFiles()
	if err != nil {
		return 0, err
	}
	c, err := r.picture()
	if err != nil {
		return 0, err
	}
	ours, order, err := r.expectedPositions(c, theirs)
	if err != nil {
		return 0, err
	}
	said, lines := map[positionKey]money.Quantity{}, map[positionKey]*clearedHolding{}
	for i := range theirs.holdings {
		h := &theirs.holdings[i]
		fund, ok := c.accounts[h.account]
		if !ok {
			r.find(difference.Difference{
				Type: record.CaseMissingHere, Subject: record.CasePosition, Market: uint8(h.account.market), Theirs: money.Amount(h.units),
				TheirRef: h.id.String(), File: h.file, Line: h.line, Detail: "securities account " + h.account.account + " is not ours",
			})
			continue
		}
		k := positionKey{fund, h.id}
		said[k] += h.units // lots of one account in several units; bounded by any issue
		if lines[k] == nil {
			lines[k] = h
		}
		if _, known := ours[k]; !known {
			ours[k] = 0
			order = append(order, k)
		}
	}
	for _, k := range order {
		r.comparePosition(c, k, ours[k], said[k], lines[k])
	}
	return uint64(len(theirs.holdings)), nil
}

// expectedPositions are our positions as they will be when everything known today
// is settled, with their order.
func (r *run) expectedPositions(c *cut, theirs *cleared) (map[positionKey]money.Quantity, []positionKey, error) {
	ours, order := map[positionKey]money.Quantity{}, []positionKey(nil)
	put := func(k positionKey, units money.Quantity) {
		if _, known := ours[k]; !known {
			order = append(order, k)
		}
		ours[k] += units
	}
	held, err := r.heldAtPin()
	if err != nil {
		return nil, nil, err
	}
	for _, h := range held {
		put(positionKey{h.Fund, c.instruments[h.Instrument].ID}, money.Quantity(h.Units.Balance-h.Units.In(ledger.Payable)+h.Units.In(ledger.Receivable)))
	}
	for i := range theirs.grants {
		if g := &theirs.grants[i]; g.units > 0 {
			if fund, ok := c.accounts[g.account]; ok {
				put(positionKey{fund, g.id}, g.units)
			}
		}
	}
	return ours, order, nil
}

// heldAtPin lists the holdings at the pinned height.
func (r *run) heldAtPin() ([]custody.Holding, error) {
	m, err := r.at(r.report.Pinned)
	if err != nil {
		return nil, err
	}
	var held []custody.Holding
	for h := range m.Holdings() {
		held = append(held, h)
	}
	return held, nil
}

func (r *run) comparePosition(c *cut, k positionKey, ours, theirs money.Quantity, at *clearedHolding) {
	if ours == theirs {
		return
	}
	d := difference.Difference{
		Type: record.CaseAmount, Subject: record.CasePosition, Market: uint8(k.id.Market()), Fund: c.funds[k.fund].Number,
		Ours: money.Amount(ours), Theirs: money.Amount(theirs), TheirRef: k.id.String(), Detail: fmt.Sprintf("units of %s", k.id),
	}
	switch {
	case ours == 0:
		d.Type = record.CaseMissingHere
	case theirs == 0:
		d.Type = record.CaseMissingThere
	}
	if at != nil {
		d.File, d.Line = at.file, at.line
	}
	r.find(d)
}
