package bank

// SignIn opens the business day between the two sides. Its MAC is under the
// master key, because working keys do not exist yet.
type SignIn struct {
	Envelope
	Operator string // teller or operator number of the asking side
}

// SignOut closes the business day. After it every request is refused as not
// processed, until the next sign-in.
type SignOut struct {
	Envelope
	Operator string
}

// KeyExchange carries a new set of working keys, each wrapped under the master
// key, with check values to compare. The initiator makes the keys; the reply
// repeats the check values of what it installed.
type KeyExchange struct {
	Envelope
	Keys WrappedKeys
}

// Probe asks whether the other side is alive and says nothing else.
type Probe struct {
	Envelope
}

// Function returns FunctionSignIn.
func (*SignIn) Function() Function { return FunctionSignIn }

// Function returns FunctionSignOut.
func (*SignOut) Function() Function { return FunctionSignOut }

// Function returns FunctionKeyExchange.
func (*KeyExchange) Function() Function { return FunctionKeyExchange }

// Function returns FunctionProbe.
func (*Probe) Function() Function { return FunctionProbe }

func (m *SignIn) slots() []slot {
	return append(m.Envelope.slots(), textSlot("operator", &m.Operator))
}

func (m *SignOut) slots() []slot {
	return append(m.Envelope.slots(), textSlot("operator", &m.Operator))
}

func (m *KeyExchange) slots() []slot {
	return append(m.Envelope.slots(),
		wholeSlot("key_generation", &m.Keys.Generation),
		rawSlot("pin_key", &m.Keys.PINKey),
		rawSlot("pin_check", &m.Keys.PINCheck),
		rawSlot("mac_key", &m.Keys.MACKey),
		rawSlot("mac_check", &m.Keys.MACCheck),
	)
}

func (m *Probe) slots() []slot { return m.Envelope.slots() }
