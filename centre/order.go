package centre

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sancun/custody"
	"sancun/dr"
	"sancun/record"
	"sancun/replica"
	"sancun/sequencer"
)

// ErrRole says that an order does not fit what the centre is now.
var ErrRole = errors.New("the centre is not in the role for this order")

// admits lists in which roles an order of two people can be carried out.
var admits = map[dr.Act][]dr.Role{
	dr.ActHandOver:   {dr.Primary, dr.Isolated},
	dr.ActPromote:    {dr.Standby, dr.Drill},
	dr.ActProtection: {dr.Primary},
	dr.ActWriteAlone: {dr.Recovering},
	dr.ActRebase:     {dr.Fenced},
}

// Admits tells whether a centre in a role can carry an act out that changes who
// writes; the others look for themselves. The error is ErrRole.
func Admits(role dr.Role, act dr.Act) error {
	if roles, known := admits[act]; known && !slices.Contains(roles, role) {
		return fmt.Errorf("%w: it is %v", ErrRole, role)
	}
	return nil
}

// Promotion is the record of an order to take over.
func Promotion(o *dr.Order, maker, checker dr.Operator) record.Promote {
	p := record.Promote{
		Centre: o.Centre, Epoch: o.Epoch, Plan: o.Run, Reason: o.Reason,
		Maker: record.CallerOf(record.CallerStaff, maker.Staff), Checker: record.CallerOf(record.CallerStaff, checker.Staff),
	}
	if o.Planned {
		p.Planned = 1
	}
	return p
}

// SetProtection reads the mode that an order puts in force: its name, and for
// mode available the limit in milliseconds.
func SetProtection(o *dr.Order) (*record.SetProtection, error) {
	name, limit, _ := strings.Cut(o.Detail, " ")
	mode, err := replica.ParseMode(name)
	if err != nil {
		return nil, err
	}
	c := &record.SetProtection{Mode: uint8(mode), Reason: o.Reason}
	if limit != "" {
		ms, err := strconv.ParseUint(limit, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("the limit of mode %s, %q, is no number of milliseconds", name, limit)
		}
		c.LimitMS = uint32(ms)
	}
	return c, nil
}

// Proposed are the two batches of an act that two people signed: the proposal of
// the first, and the approval of the second, which learns the proposal's number
// when it is decided. They go in one after the other without waiting, because the
// answer to the first may wait for the very mode that the second ends.
func Proposed(cmd record.Command, reason string, maker, checker dr.Operator) (proposal, approval *sequencer.Batch) {
	payload := record.Encode(nil, cmd)
	proposal = &sequencer.Batch{Requests: []record.Request{{
		Caller: record.CallerOf(record.CallerStaff, maker.Staff), Cmd: &record.Propose{Act: cmd.Kind(), Payload: payload, Reason: reason},
	}}}
	approve := &record.Approve{Payload: payload}
	approval = &sequencer.Batch{Requests: []record.Request{{Caller: record.CallerOf(record.CallerStaff, checker.Staff), Cmd: approve}}}
	approval.Read = func() {
		if len(proposal.Answers) == 1 {
			approve.Proposal = proposal.Answers[0].Ref
		}
	}
	return proposal, approval
}

// Approved reads the answers of what Proposed made, once both are there.
func Approved(proposal, approval *sequencer.Batch) error {
	for _, b := range []*sequencer.Batch{proposal, approval} {
		if b.Err != nil {
			return b.Err
		}
		if code := record.Code(b.Answers[0].Code); code != record.Accepted {
			return fmt.Errorf("the act was refused: %s", code)
		}
	}
	return nil
}

// StandAlone is the record of a wish of the gate.
func StandAlone(wish replica.Wish, behind uint64) *record.StandAlone {
	c := &record.StandAlone{Behind: behind}
	if wish == replica.WishAlone {
		c.Alone = 1
	}
	return c
}

// ModeOf is the mode in force by the state of a machine.
func ModeOf(m *custody.Machine) replica.Protection { return ProtectionOf(m.Centre()) }
