package record

// prototypes lists one zero command of every kind, so that a reader of blocks
// can make the command of a kind. Each subject appends its own in its file.
func prototypes() []func() Command {
	var all []func() Command
	for _, subject := range [][]func() Command{ledgerCommands, dayCommands, auditCommands, clientCommands, contractCommands, transferCommands, orderCommands, issueCommands, nextOrderCommands, clearingCommands, caseCommands, riskCommands, centreCommands, keepingCommands, orphanCommands, complianceCommands} {
		all = append(all, subject...)
	}
	return all
}

var constructors = func() map[Kind]func() Command {
	byKind := map[Kind]func() Command{}
	for _, make := range prototypes() {
		byKind[make().Kind()] = make
	}
	return byKind
}()

// New returns an empty command of a kind, or false for a kind this program does
// not know.
func New(k Kind) (Command, bool) {
	make, ok := constructors[k]
	if !ok {
		return nil, false
	}
	return make(), true
}

// Kinds returns every kind there is, in ascending order.
func Kinds() []Kind {
	var all []Kind
	for k := range Kind(512) {
		if _, ok := constructors[k]; ok {
			all = append(all, k)
		}
	}
	return all
}

// Cmd reads the command of a record.
func (v View) Cmd() (Command, error) {
	cmd, ok := New(v.Kind)
	if !ok || !Decode(v.Command, cmd) {
		return nil, ErrMalformed
	}
	return cmd, nil
}

var ledgerCommands = []func() Command{
	func() Command { return &LedgerOpen{} },
	func() Command { return &LedgerTransfer{} },
	func() Command { return &LedgerHold{} },
	func() Command { return &LedgerSettle{} },
}

var dayCommands = []func() Command{
	func() Command { return &OpenDay{} },
	func() Command { return &StopDay{} },
	func() Command { return &SetBank{} },
	func() Command { return &BankSession{} },
	func() Command { return &FundOwn{} },
	func() Command { return &TakeOver{} },
}
