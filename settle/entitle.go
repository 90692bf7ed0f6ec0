package settle

import (
	"fmt"
	"strconv"

	"sancun/calendar"
	"sancun/difference"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// entitle is step 8: dividends and bonus units of the clearing house's files are
// booked, each once (row K43). One on an account that is not ours is a difference.
// Its rows are the entitlements.
func (r *run) entitle(done bool) (uint64, error) {
	theirs, err := r.clearingFiles()
	if err != nil {
		return 0, err
	}
	c, err := r.picture()
	if err != nil {
		return 0, err
	}
	var requests []record.Request
	for i := range theirs.grants {
		g := &theirs.grants[i]
		fund, ok := c.accounts[g.account]
		if !ok || g.cash < 0 || g.units < 0 || g.cash > 0 == (g.units > 0) {
			r.find(difference.Difference{
				Type: record.CaseMissingHere, Subject: record.CaseCash, Market: uint8(g.account.market), Theirs: g.cash + money.Amount(g.units),
				TheirRef: g.event, File: g.file, Line: g.line, Detail: "entitlement of " + g.id.String() + " on account " + g.account.account,
			})
			continue
		}
		requests = append(requests, record.Request{Caller: house, Cmd: &record.Entitlement{
			Fund: c.funds[fund].Number, Instrument: uint32(g.id), Event: g.number(r.o.Date), Cash: g.cash, Units: g.units,
		}})
	}
	if done {
		return uint64(len(theirs.grants)), nil
	}
	return uint64(len(theirs.grants)), submitAll(r.ctx, r.core, requests, entitleMax, func(i int, a state.Answer) error {
		r.progress(uint64(i+1), uint64(len(requests)), false)
		return accepted(requests[i].Cmd, a, record.AlreadyBooked)
	})
}

// entitleMax bounds the small commands of one submission.
const entitleMax = 4_096

// reference names an entitlement for a person: the number where the file
// has it, otherwise the security.
func (g *grant) reference() string {
	if g.event != "" {
		return g.event
	}
	return g.id.String()
}

// number makes the event number of an entitlement: what it brings, the security
// and the day, in twelve bytes. The files' own numbers do not do, because one
// issue may bring cash and units, and the Shanghai file of units has none.
func (g *grant) number(date uint32) (event [12]byte) {
	kind := 'D'
	if g.units > 0 {
		kind = 'U'
	}
	days := calendar.Date(20000101).DaysUntil(calendar.Date(date))
	copy(event[:], fmt.Sprintf("%c%d%s%4s", kind, g.account.market, g.id.Digits(), strconv.FormatInt(int64(days), 36)))
	return event
}
