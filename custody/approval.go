package custody

import (
	"sancun/approval"
	"sancun/record"
)

// guarded says whether a kind of command needs a second person. Such a command
// is refused when it comes by itself and carried out through Approve.
func guarded(k record.Kind) bool {
	switch k {
	case record.KindResolveTransfer, record.KindCorrectTransfer, record.KindUndoTransfer, record.KindCloseCase, record.KindWriteOff,
		record.KindSetRiskRule, record.KindList, record.KindUnlist, record.KindSetCheckRule, record.KindReviewClient,
		record.KindAdoptFiles, record.KindSetProtection:
		return true
	}
	return false
}

// ofTheDay says whether a kind of command stops or opens the business day. The
// house itself does so in its chain and at the genesis; a person does it with a
// second one, because it ends or begins everybody's business.
func ofTheDay(k record.Kind) bool { return k == record.KindOpenDay || k == record.KindStopDay }

// alone says why a command may not be carried out without a second person.
func (m *Machine) alone(k record.Kind) record.Code {
	switch {
	case m.approved || !guarded(k) && (!ofTheDay(k) || m.caller.Class() == record.CallerSystem):
		return record.Accepted
	case guarded(k) || approval.Person(m.caller):
		return record.NeedsApproval
	}
	return record.NotPermitted
}

// propose keeps a proposal. The act is decoded now, so that nobody is asked to
// approve what cannot be read, and decided when it is approved.
func (m *Machine) propose(c *record.Propose) (record.Code, uint64) {
	if code := approval.CheckMaker(m.caller); code != record.Accepted {
		return code, 0
	}
	act, ok := record.New(c.Act)
	switch {
	case !ok || !guarded(c.Act) && !ofTheDay(c.Act):
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
