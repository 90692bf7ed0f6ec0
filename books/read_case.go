package books

import (
	"context"
	"math"
	"time"

	"sancun/money"
	"sancun/record"
)

// Case is a difference found by reconciliation.
type Case struct {
	Number   uint64
	Date     uint32 // of the entries that differ
	Found    uint32
	Type     uint8
	Subject  uint8
	State    uint8
	Resolved uint8 // how it ended, 0 while open
	Bank     uint16
	Market   uint8
	Fund     uint64
	Ours     money.Amount
	Theirs   money.Amount
	OurRef   uint64
	TheirRef string
	Opened   time.Time
	Closed   time.Time // zero while open
}

const caseColumns = `SELECT number, date, found, type, subject, state, resolved, bank, market, fund, ours, theirs, our_ref, their_ref, opened, closed FROM cases`

func readCase(r row) (c Case, err error) {
	var opened, closed int64
	err = r.Scan(&c.Number, &c.Date, &c.Found, &c.Type, &c.Subject, &c.State, &c.Resolved, &c.Bank, &c.Market, &c.Fund, &c.Ours, &c.Theirs, &c.OurRef, &c.TheirRef, &opened, &closed)
	c.Opened, c.Closed = at(opened), at(closed)
	return c, err
}

// Case returns a difference case by number, or ErrUnknown.
func (b *Books) Case(ctx context.Context, number uint64) (Case, Reached, error) {
	return one(ctx, b, readCase, caseColumns+` WHERE number = ?`, int64(number))
}

// Cases goes through the difference cases, the newest first, of one state or all
// (0), of one bank or all (0).
func (b *Books) Cases(ctx context.Context, state uint8, bank uint16, p Page) (List[Case], error) {
	after, err := marked(p.After, math.MaxInt64)
	if err != nil {
		return List[Case]{}, err
	}
	var q question
	q.ask(true, "number < ?", after...)
	q.ask(state != 0, "state = ?", state)
	q.ask(bank != 0, "bank = ?", bank)
	return page(ctx, b, p, &q, caseColumns, "number DESC", readCase, func(c Case) string { return mark(int64(c.Number)) })
}

// Proposal is an act that waits for a second person, or had one.
type Proposal struct {
	ID       uint64
	Act      record.Kind
	State    uint8
	Date     uint32
	Maker    record.Caller
	Checker  record.Caller // 0 while open
	Made     time.Time
	Ended    time.Time // zero while open
	Case     uint64
	Digest   []byte // SHA-256 of the payload
	Payload  []byte // the act's command as it was proposed
	Reason   string
	Declined string // the checker's reason, empty otherwise
}

const proposalColumns = `SELECT p.id, p.act, p.state, p.date, p.maker, p.checker, p.made, p.ended, p.difference, p.digest, w.payload, w.reason, coalesce(d.reason, '')
	FROM proposals p JOIN words w ON w.proposal = p.id AND w.part = 1 LEFT JOIN words d ON d.proposal = p.id AND d.part = 2`

func readProposal(r row) (p Proposal, err error) {
	var maker, checker, made, ended int64
	err = r.Scan(&p.ID, &p.Act, &p.State, &p.Date, &maker, &checker, &made, &ended, &p.Case, &p.Digest, &p.Payload, &p.Reason, &p.Declined)
	p.Maker, p.Checker, p.Made, p.Ended = record.Caller(maker), record.Caller(checker), at(made), at(ended)
	return p, err
}

// Proposal returns a proposal by number, or ErrUnknown.
func (b *Books) Proposal(ctx context.Context, id uint64) (Proposal, Reached, error) {
	return one(ctx, b, readProposal, proposalColumns+` WHERE p.id = ?`, int64(id))
}

// Proposals goes through the proposals, the newest first, of one state or all (0).
func (b *Books) Proposals(ctx context.Context, state uint8, p Page) (List[Proposal], error) {
	after, err := marked(p.After, math.MaxInt64)
	if err != nil {
		return List[Proposal]{}, err
	}
	var q question
	q.ask(true, "p.id < ?", after...)
	q.ask(state != 0, "p.state = ?", state)
	return page(ctx, b, p, &q, proposalColumns, "p.id DESC", readProposal, func(p Proposal) string { return mark(int64(p.ID)) })
}
