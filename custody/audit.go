package custody

import "sancun/record"

// revealLogged takes the record that a person reads a personal field in clear. It
// changes nothing: the record itself is what is wanted. A rejection keeps the
// field closed. It is taken at any hour, also when no day is open.
func (m *Machine) revealLogged(c *record.RevealLogged) record.Code {
	if m.caller.Class() != record.CallerStaff || m.caller.Number() == 0 {
		return record.NotPermitted
	}
	if _, ok := m.client(c.Client); !ok {
		return record.UnknownClient
	}
	switch {
	case c.Field == 0:
		return record.Malformed
	case len(c.Reason) < record.RevealReasonMin || len(c.Reason) > record.RevealReasonMax:
		return record.ReferenceMissing
	}
	return record.Accepted
}
