package record

// KindRevealLogged is the number of RevealLogged.
const KindRevealLogged Kind = 45

// Bounds of the reason of a revelation in bytes.
const (
	RevealReasonMin = 4
	RevealReasonMax = 800
)

// RevealLogged says that a person read a personal field of a client in clear, and
// why. It is durable before the field is shown (row K54).
type RevealLogged struct {
	Client uint64
	Field  uint16 // vault.Field
	Reason string // a case number or the like, never personal data itself
}

// Kind returns KindRevealLogged.
func (*RevealLogged) Kind() Kind { return KindRevealLogged }

// Walk walks the fields.
func (c *RevealLogged) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U16(&c.Field)
	w.Text(&c.Reason)
}

var auditCommands = []func() Command{
	func() Command { return &RevealLogged{} },
}
