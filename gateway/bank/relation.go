package bank

import (
	"context"

	"sancun/record"
	wire "sancun/wire/bank"
)

// bankContract turns business of the account class that the bank starts into a
// command, with personal data as hashes (rows K19, K23).
func (g *Gateway) bankContract(ctx context.Context, m wire.Message) {
	key, ok := g.bankKey(m)
	if !ok {
		return
	}
	p := wire.PartyOf(m)
	if p == nil { // interest on line: the house posts interest by its own calendar
		g.respond(m, wire.Refused, "该业务由券商发起")
		return
	}
	fund, ok := g.fundOf(m, p.FundAccount)
	if !ok {
		return
	}
	if s, signs := m.(*wire.SignOneStep); signs && !g.passwordRight(ctx, fund, m, p.FundAccount, s.FundPassword) {
		g.respond(m, wire.Refused, "资金密码错误")
		return
	}
	g.submit(key, g.contractCommand(m, p, fund), g.decided(m))
}

func (g *Gateway) contractCommand(m wire.Message, p *wire.Party, fund uint64) record.Command {
	h, bank := g.o.Hasher, g.o.Bank
	card, name := h.CardIndex(p.BankAccount), h.NameIndex(p.Name)
	switch m := m.(type) {
	case *wire.PreDesignate:
		return &record.PreDesignate{Fund: fund, Bank: bank, Side: record.SideBank, Card: card, Name: name}
	case *wire.Confirm:
		return &record.ConfirmDesignation{Fund: fund, Bank: bank, Side: record.SideBank, Card: card, Name: name}
	case *wire.SignOneStep:
		return &record.SignContract{Fund: fund, Bank: bank, Side: record.SideBank, Card: card, Name: name}
	case *wire.ChangeBankAccount:
		return &record.ChangeCard{Fund: fund, Bank: bank, Side: record.SideBank, Old: card, New: h.CardIndex(m.NewBankAccount), Name: name}
	case *wire.ChangeClientData:
		id := h.DocumentIndex(p.IDKind, p.IDNumber)
		if m.NewIDKind != 0 {
			id = h.DocumentIndex(m.NewIDKind, m.NewIDNumber)
		}
		if m.NewName != "" {
			name = h.NameIndex(m.NewName)
		}
		return &record.BankDataChanged{Fund: fund, Bank: bank, ID: id, Name: name}
	case *wire.ChangeCustodyBank:
		return &record.ConfirmChangeBank{Fund: fund, Bank: bank}
	default:
		return &record.CancelRelation{Fund: fund, Bank: bank, Side: record.SideBank}
	}
}
