package custody

import (
	"sancun/record"
	"sancun/state"
)

func (m *Machine) decideTransfer(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.AskDeposit:
		return m.askDeposit(c)
	case *record.AskWithdrawal:
		return m.askWithdrawal(c)
	case *record.BankAnswered:
		return m.bankAnswered(c)
	case *record.TransferTimedOut:
		return m.transferTimedOut(c)
	case *record.EnquiryResult:
		return m.enquiryResult(c)
	case *record.BankDeposit:
		return m.bankDeposit(c)
	case *record.BankWithdrawal:
		return m.bankWithdrawal(c)
	case *record.AskReversal:
		return m.askReversal(c)
	case *record.BankReversal:
		return m.bankReversal(c)
	case *record.ResolveTransfer:
		return m.resolveTransfer(c)
	case *record.CorrectTransfer:
		return m.correctTransfer(c)
	case *record.UndoTransfer:
		return m.undoTransfer(c)
	case *record.InternalTransfer:
		return m.internalTransfer(c), 0
	case *record.SettleBetweenBanks:
		return m.settleBetweenBanks(c), 0
	case *record.AskRemittance:
		return m.askRemittance(c)
	case *record.SetLimit:
		return m.setLimit(c), 0
	case *record.AccrueInterest:
		return m.accrueInterest(c), 0
	case *record.PostInterest:
		return m.postInterest(c)
	case *record.CloseInterest:
		return m.closeInterest(c)
	case *record.InterestReceived:
		return m.interestReceived(c), 0
	}
	return record.UnknownKind, 0
}

// Who may send what. The doors have authorised the caller already; the machine
// only refuses what would cross from one bank or client to another.

// fromHouse says whether the caller is the house itself or its staff.
func (m *Machine) fromHouse() bool {
	class := m.caller.Class()
	return class == record.CallerSystem || class == record.CallerStaff
}

// fromBank says whether the caller is the gateway of the bank, or the house
// itself, which speaks for it in drills.
func (m *Machine) fromBank(bank uint16) bool {
	switch m.caller.Class() {
	case record.CallerSystem:
		return true
	case record.CallerBank:
		return m.caller.Number() == uint64(bank)
	}
	return false
}

// forClient says whether the caller may act for the owner of a fund account.
func (m *Machine) forClient(f *Fund) bool {
	if m.caller.Class() == record.CallerClient {
		return m.caller.Number() == m.clients.At(f.Client).Number
	}
	return m.fromHouse()
}

// fund returns the row of a fund account by its number.
func (m *Machine) fund(number uint64) (uint32, bool) {
	return m.index.funds.Find(state.KeyOf(number, 0))
}
