package record

// The numbers of the commands about centres.
const (
	KindSetProtection Kind = 300
	KindStandAlone    Kind = 301
	KindPromote       Kind = 302
)

// The protection modes, as docs/flows/two-centres.md explains them.
const (
	ProtectionProtect   uint8 = 1 // an answer waits for the other centre
	ProtectionAvailable uint8 = 2 // it waits up to a limit, then the centre stands alone
	ProtectionFast      uint8 = 3 // it does not wait
)

// SetProtection puts a protection mode in force. It needs two people. What
// follows its block is answered under the new promise (rows B55, B62).
type SetProtection struct {
	Mode    uint8  // ProtectionProtect to ProtectionFast
	LimitMS uint32 // how long mode available waits, 100 to 600,000 milliseconds; 0 in the other modes
	Reason  string
}

// Kind returns KindSetProtection.
func (*SetProtection) Kind() Kind { return KindSetProtection }

// Walk walks the fields.
func (c *SetProtection) Walk(w *Codec) {
	w.U8(&c.Mode)
	w.U32(&c.LimitMS)
	w.Text(&c.Reason)
}

// StandAlone says that mode available goes on without the other centre, or waits
// for it again. The house gives it by itself and says so nowhere else.
type StandAlone struct {
	Alone  uint8  // 1 goes on alone, 0 waits again
	Behind uint64 // blocks the other centre had not acknowledged
}

// Kind returns KindStandAlone.
func (*StandAlone) Kind() Kind { return KindStandAlone }

// Walk walks the fields.
func (c *StandAlone) Walk(w *Codec) {
	w.U8(&c.Alone)
	w.U64(&c.Behind)
}

// Promote is the first record of a new epoch: which centre writes from here on,
// who decided it, and what it took over.
type Promote struct {
	Centre  string // name, 1 to 16 bytes
	Epoch   uint32 // above every earlier one
	From    uint64 // height of the last block taken over
	Planned uint8  // 1 when the other centre handed over; 0 when it was lost, and the mode becomes fast
	Maker   Caller // the two people who decided
	Checker Caller
	Plan    string // the run of the plan, for the evidence
	Reason  string
}

// Kind returns KindPromote.
func (*Promote) Kind() Kind { return KindPromote }

// Walk walks the fields.
func (c *Promote) Walk(w *Codec) {
	w.Text(&c.Centre)
	w.U32(&c.Epoch)
	w.U64(&c.From)
	w.U8(&c.Planned)
	w.U64((*uint64)(&c.Maker))
	w.U64((*uint64)(&c.Checker))
	w.Text(&c.Plan)
	w.Text(&c.Reason)
}

var centreCommands = []func() Command{
	func() Command { return &SetProtection{} },
	func() Command { return &StandAlone{} },
	func() Command { return &Promote{} },
}
