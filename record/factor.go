package record

// Commands of the second factor (rows K25, K55): a device that makes codes of a
// shared secret and the time. The secret of a client lies sealed in the command;
// codes are compared outside the machine, which sees to it that each is used once.
const (
	KindSetFactor  Kind = 78
	KindFactorUsed Kind = 79
)

// FactorSealedMax bounds the sealed secret of a second factor in bytes.
const FactorSealedMax = 512

// SetFactor gives a client a second factor, or another one. A client does so alone
// while there is none, with the fund password; later it is counter business that
// needs two people.
type SetFactor struct {
	Client     uint64
	PasswordOK uint8 // 1 when the client's fund password was checked and right
	Verified   uint8 // 1 when the person was checked at the counter
	Sealed     []byte
}

// Kind returns KindSetFactor.
func (*SetFactor) Kind() Kind { return KindSetFactor }

// Walk walks the fields.
func (c *SetFactor) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.PasswordOK)
	w.U8(&c.Verified)
	w.Blob(&c.Sealed)
}

// FactorUsed says that the caller gave the right code of a step of time. The
// machine refuses a step that is not near the block's time, and one that was used
// or lies before one that was: a code seen by others is worth nothing.
type FactorUsed struct {
	Step uint64 // of 30 seconds since 1970
}

// Kind returns KindFactorUsed.
func (*FactorUsed) Kind() Kind { return KindFactorUsed }

// Walk walks the fields.
func (c *FactorUsed) Walk(w *Codec) { w.U64(&c.Step) }
