package custody

import (
	"sancun/approval"
	"sancun/money"
	"sancun/record"
)

// needsTwo says whether a command needs a second person when a caller asks (row
// K55). Such a command is refused when it comes by itself and carried out through
// Approve.
func (m *Machine) needsTwo(caller record.Caller, cmd record.Command) bool {
	kind := cmd.Kind()
	if need, _ := m.rules.guards.Holds(kind); need < approval.People {
		return false // as of nearly every command
	}
	return m.rules.guards.Two(kind, caller, amountOf(cmd)) && !protective(cmd)
}

// protective says whether a command only keeps harm away, and so waits for nobody:
// a report of loss stops everything, and going back takes two people.
func protective(cmd record.Command) bool {
	switch c := cmd.(type) {
	case *record.ChangeClientState:
		return c.To == LossReported
	case *record.ChangeFundState:
		return c.To == LossReported
	}
	return false
}

// ofTheDay says whether a kind of command stops or opens the business day. The
// house itself does so in its chain and at the genesis; a person does it with a
// second one, because it ends or begins everybody's business; nobody else may.
func ofTheDay(k record.Kind) bool { return k == record.KindOpenDay || k == record.KindStopDay }

// alone says why a command may not be carried out without a second person.
func (m *Machine) alone(cmd record.Command) record.Code {
	switch {
	case m.approved:
		return record.Accepted
	case m.needsTwo(m.caller, cmd):
		return record.NeedsApproval
	case ofTheDay(cmd.Kind()) && m.caller.Class() != record.CallerSystem:
		return record.NotPermitted
	}
	return record.Accepted
}

// amountOf is the amount by which a guard with a threshold goes, 0 for acts
// without one.
func amountOf(cmd record.Command) money.Amount {
	switch c := cmd.(type) {
	case *record.AskReversal:
		return c.Amount
	case *record.DeductFrozen:
		return c.Amount
	case *record.FundOwn:
		return c.Amount
	case *record.InternalTransfer:
		return c.Amount
	}
	return 0
}

// setGuard adds a guard. It begins today or later, so that what held on a date in
// the past never changes.
func (m *Machine) setGuard(c *record.SetGuard) record.Code {
	if code := approval.CheckGuard(c.Act, approval.Need(c.Need), c.Above); code != record.Accepted {
		return code
	}
	switch {
	case c.Source == "":
		return record.ReasonMissing
	case c.From < m.today().Date || !validDate(c.From):
		return record.WrongDate
	}
	g := approval.Guard{Act: c.Act, Need: approval.Need(c.Need), From: c.From, Above: c.Above}
	copy(g.Source[:], c.Source)
	put(m, m.guards, m.guards.Len(), g)
	return record.Accepted
}

// Guards returns what holds today of every act that can be guarded.
func (m *Machine) Guards() approval.Guards { return m.rules.guards }

// NeedsTwo says whether a command needs a second person when a caller asks today.
func (m *Machine) NeedsTwo(caller record.Caller, cmd record.Command) bool {
	return m.needsTwo(caller, cmd)
}

// propose keeps a proposal. The act is decoded now, so that nobody is asked to
// approve what cannot be read, and decided when it is approved.
func (m *Machine) propose(c *record.Propose) (record.Code, uint64) {
	if code := approval.CheckMaker(m.caller); code != record.Accepted {
		return code, 0
	}
	act, ok := record.New(c.Act)
	switch {
	case !ok || !m.rules.guards.Guardable(c.Act):
		return record.NotProposable, 0
	case !record.Decode(c.Payload, act):
		return record.Malformed, 0
	case c.Reason == "":
		return record.ReasonMissing, 0
	}
	if c.Case != 0 {
		if _, ok := m.caseRow(c.Case); !ok {
			return record.UnknownCase, 0
		}
	}
	id := uint64(m.proposals.Len()) + 1
	put(m, m.proposals, m.proposals.Len(), approval.Proposal{
		ID: id, Act: c.Act, State: approval.Open, Date: m.today().Date, Maker: m.caller, Made: m.now,
		Case: c.Case, Payload: approval.Digest(c.Payload),
	})
	return record.Accepted, id
}

// approve carries a proposal out. The act's rejection is the answer, and leaves
// the proposal open (rule A4).
func (m *Machine) approve(c *record.Approve) (record.Code, uint64) {
	row, ok := m.proposal(c.Proposal)
	if !ok {
		return record.UnknownProposal, 0
	}
	p := *m.proposals.At(row)
	if code := approval.CheckChecker(&p, m.caller, c.Payload); code != record.Accepted {
		return code, 0
	}
	act, ok := record.New(p.Act)
	if !ok || !record.Decode(c.Payload, act) {
		return record.Malformed, 0
	}
	m.approved = true
	code, ref := m.decide(act)
	m.approved = false
	if code != record.Accepted {
		return code, ref
	}
	p.State, p.Checker, p.Ended = approval.Approved, m.caller, m.now
	put(m, m.proposals, row, p)
	return record.Accepted, ref
}

func (m *Machine) decline(c *record.Decline) record.Code {
	row, ok := m.proposal(c.Proposal)
	if !ok {
		return record.UnknownProposal
	}
	p := *m.proposals.At(row)
	switch {
	case p.State != approval.Open:
		return record.ProposalClosed
	case !approval.Person(m.caller):
		return record.NotAPerson
	case p.Maker == m.caller:
		return record.SamePerson
	case c.Reason == "":
		return record.ReasonMissing
	}
	p.State, p.Checker, p.Ended = approval.Declined, m.caller, m.now
	put(m, m.proposals, row, p)
	return record.Accepted
}

func (m *Machine) withdraw(c *record.Withdraw) record.Code {
	row, ok := m.proposal(c.Proposal)
	if !ok {
		return record.UnknownProposal
	}
	p := *m.proposals.At(row)
	switch {
	case p.State != approval.Open:
		return record.ProposalClosed
	case p.Maker != m.caller:
		return record.NotMaker
	}
	p.State, p.Ended = approval.Withdrawn, m.now
	put(m, m.proposals, row, p)
	return record.Accepted
}

// proposal returns the row of a proposal: proposal n is row n − 1.
func (m *Machine) proposal(id uint64) (uint32, bool) {
	if id == 0 || id > uint64(m.proposals.Len()) {
		return 0, false
	}
	return uint32(id - 1), true
}
