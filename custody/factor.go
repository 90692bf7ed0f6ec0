package custody

import (
	"sancun/approval"
	"sancun/record"
	"sancun/state"
)

// Factor is the last use of a person's second factor (row K25). There is one row a
// person who ever used one.
type Factor struct {
	Caller record.Caller
	Step   uint64 // of 30 seconds since 1970, the greatest used
	At     int64  // block time, unix nanoseconds
}

const factorWidth = 24

// Encode writes the row.
func (a *Factor) Encode(dst []byte) { f := state.Writing(dst); a.walk(&f) }

// Decode reads the row.
func (a *Factor) Decode(src []byte) { f := state.Reading(src); a.walk(&f) }

func (a *Factor) walk(f *state.Fields) {
	f.U64((*uint64)(&a.Caller))
	f.U64(&a.Step)
	state.I64(f, &a.At)
}

const (
	// factorStep is the length of a step in nanoseconds (RFC 6238, 4).
	factorStep = 30 * 1_000_000_000
	// factorDrift is how many steps a code may be off the block's time: one for the
	// device's clock, and one more because the block is sealed later than the door
	// looked at its clock.
	factorDrift = 2
)

// setFactor gives a client a second factor.
func (m *Machine) setFactor(c *record.SetFactor) record.Code {
	row, code := m.clientFor(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	own := m.caller.Class() == record.CallerClient
	switch {
	case len(c.Sealed) == 0 || len(c.Sealed) > record.FactorSealedMax:
		return record.SealedTooLong
	case own && client.FactorSet != 0:
		return record.FactorIsSet
	case own && c.PasswordOK != 1:
		return record.FundPasswordWrong
	case !own && c.Verified != 1:
		return record.IdentityNotVerified
	}
	client.FactorSet = 1
	put(m, m.clients, row, client)
	return record.Accepted
}

// factorUsed takes a code once.
func (m *Machine) factorUsed(c *record.FactorUsed) record.Code {
	if !approval.Person(m.caller) && m.caller.Class() != record.CallerClient {
		return record.NotAPerson
	}
	now := uint64(max(m.now, 0)) / factorStep
	if c.Step+factorDrift < now || c.Step > now+factorDrift {
		return record.FactorStale
	}
	row, known := m.index.factors.Find(state.KeyOf(uint64(m.caller), 0))
	if !known {
		row = m.factors.Len()
	} else if m.factors.At(row).Step >= c.Step {
		return record.FactorReplayed
	}
	put(m, m.factors, row, Factor{Caller: m.caller, Step: c.Step, At: m.now})
	return record.Accepted
}
