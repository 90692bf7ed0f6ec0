package record

// Commands of passwords (row K15). Hashes are made and compared outside the machine
// and are in no state: the machine counts and locks.
const (
	KindSetPassword    Kind = 65
	KindPasswordTried  Kind = 66
	KindUnlockPassword Kind = 67
	KindResetPassword  Kind = 68
	KindEndSessions    Kind = 69
)

// Passwords of a client. The bank's password is the bank's and never comes here
// in clear (row K15).
const (
	PasswordTrade uint8 = 1
	PasswordFund  uint8 = 2
)

// PasswordHashMax bounds an encoded hash in bytes: argon2id takes about a hundred.
const PasswordHashMax = 256

// SetPassword sets or changes a password. Changing one needs the old one.
type SetPassword struct {
	Client uint64
	Which  uint8  // PasswordTrade or PasswordFund
	Old    uint8  // 1 when the old password was checked and right
	Hash   []byte // argon2id, with its parameters
}

// Kind returns KindSetPassword.
func (*SetPassword) Kind() Kind { return KindSetPassword }

// Walk walks the fields.
func (c *SetPassword) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Which)
	w.U8(&c.Old)
	w.Blob(&c.Hash)
}

// PasswordTried says that a password was compared. Five wrong tries in a row lock
// it, a right one starts the count again.
type PasswordTried struct {
	Client uint64
	Which  uint8
	OK     uint8 // 1 when it was right
}

// Kind returns KindPasswordTried.
func (*PasswordTried) Kind() Kind { return KindPasswordTried }

// Walk walks the fields.
func (c *PasswordTried) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Which)
	w.U8(&c.OK)
}

// UnlockPassword lets a locked password be tried again.
type UnlockPassword struct {
	Client   uint64
	Which    uint8
	Verified uint8 // 1 when the person was checked
}

// Kind returns KindUnlockPassword.
func (*UnlockPassword) Kind() Kind { return KindUnlockPassword }

// Walk walks the fields.
func (c *UnlockPassword) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Which)
	w.U8(&c.Verified)
}

// ResetPassword replaces a forgotten password, unlocks it and ends every session.
type ResetPassword struct {
	Client   uint64
	Which    uint8
	Verified uint8 // 1 when the person was checked
	Hash     []byte
}

// Kind returns KindResetPassword.
func (*ResetPassword) Kind() Kind { return KindResetPassword }

// Walk walks the fields.
func (c *ResetPassword) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Which)
	w.U8(&c.Verified)
	w.Blob(&c.Hash)
}

// EndSessions voids every session begun before.
type EndSessions struct {
	Client uint64
}

// Kind returns KindEndSessions.
func (*EndSessions) Kind() Kind { return KindEndSessions }

// Walk walks the fields.
func (c *EndSessions) Walk(w *Codec) {
	w.U64(&c.Client)
}
