package bank

import (
	"context"
	"log/slog"
	"strconv"

	"sancun/state"
	wire "sancun/wire/bank"
)

// lookUp answers an enquiry of the bank. What was submitted before it is decided
// first, so that the answer knows of it.
func (g *Gateway) lookUp(ctx context.Context, m wire.Message) {
	if g.flush(ctx) != nil {
		return // the gateway stops
	}
	switch m := m.(type) {
	case *wire.QueryTransfer:
		g.lookUpTransfer(ctx, m)
	case *wire.QueryLedgerBalance:
		g.lookUpBalance(ctx, m)
	case *wire.IdentityCheck:
		g.lookUpIdentity(ctx, m)
	}
}

func (g *Gateway) lookUpTransfer(ctx context.Context, m *wire.QueryTransfer) {
	of, err := m.Original.Key()
	if err != nil {
		g.respond(m, wire.Refused, "缺少原流水号")
		return
	}
	if g.o.Books == nil {
		g.respond(m, wire.NotProcessed, "查询尚未开通")
		return
	}
	key := state.Key{}
	if of.Initiator == wire.Bank {
		key = KeyOf(g.o.Bank, of)
	}
	fact, err := g.o.Books.Transfer(ctx, key, m.Original)
	if err != nil {
		g.note("an enquiry of the bank could not be answered", slog.Any("error", err))
		g.respond(m, wire.NotProcessed, "系统繁忙，请稍后重发")
		return
	}
	reply := g.answer(m, wire.Success, "").(*wire.QueryTransfer)
	reply.Original, reply.State, reply.Amount = m.Original, fact.State, fact.Amount
	if fact.Serial != 0 {
		serial := strconv.FormatUint(fact.Serial, 10)
		reply.Original.PlatformSerial, reply.Original.BrokerSerial = serial, serial
	}
	g.say(reply)
}

func (g *Gateway) lookUpBalance(ctx context.Context, m *wire.QueryLedgerBalance) {
	fund, ok := g.fundOf(m, m.FundAccount)
	if !ok {
		return
	}
	card, err := g.o.Reveal.Card(ctx, fund)
	switch {
	case g.o.Books == nil:
		g.respond(m, wire.NotProcessed, "查询尚未开通")
		return
	case err != nil || card != m.BankAccount:
		g.respond(m, wire.Refused, "银行结算账户与登记不符")
		return
	case !g.passwordRight(ctx, fund, m, m.FundAccount, m.FundPassword):
		g.respond(m, wire.Refused, "资金密码错误")
		return
	}
	fact, err := g.o.Books.Balance(ctx, fund)
	if err != nil || fact.Currency != m.Currency {
		g.respond(m, wire.Refused, "资金账号或币种不存在")
		return
	}
	reply := g.answer(m, wire.Success, "").(*wire.QueryLedgerBalance)
	reply.Balance, reply.Available, reply.Withdrawable = fact.Balance, max(0, fact.Available), max(0, fact.Withdrawable)
	g.say(reply)
}

// lookUpIdentity compares what the bank says of a client with what we know.
func (g *Gateway) lookUpIdentity(ctx context.Context, m *wire.IdentityCheck) {
	fund, ok := g.fundOf(m, m.FundAccount)
	if !ok {
		return
	}
	reply := g.answer(m, wire.Success, "").(*wire.IdentityCheck)
	p, err := g.o.Reveal.Party(ctx, fund)
	switch {
	case err != nil || p.BankAccount != m.BankAccount:
		reply.Match = wire.MatchAccount
	case p.Name != m.Name:
		reply.Match = wire.MatchName
	case p.IDKind != m.IDKind || p.IDNumber != m.IDNumber:
		reply.Match = wire.MatchPaper
	default:
		reply.Match = wire.MatchSame
	}
	g.say(reply)
}

// bankContract hands business of the account class on, with its personal data as
// hashes.
func (g *Gateway) bankContract(ctx context.Context, m wire.Message) {
	key, ok := g.bankKey(m)
	if !ok {
		return
	}
	if g.o.Contracts == nil {
		g.respond(m, wire.NotProcessed, "该业务尚未开通")
		return
	}
	r, ok := g.contractRequest(ctx, m)
	if !ok {
		return
	}
	cmd, err := g.o.Contracts.Command(ctx, r)
	if err != nil {
		g.note("business of the bank was refused", slog.String("function", m.Function().String()), slog.Any("error", err))
		g.respond(m, wire.Refused, "不能办理该业务")
		return
	}
	g.submit(key, cmd, g.decided(m))
}

func (g *Gateway) contractRequest(ctx context.Context, m wire.Message) (ContractRequest, bool) {
	h := g.o.Hasher
	r := ContractRequest{
		Bank: g.o.Bank, Function: m.Function(), Message: m, BankSerial: m.Head().BankSerial, BusinessDate: m.Head().Date,
	}
	p, password := wire.Party{}, wire.PINBlock(nil)
	switch m := m.(type) {
	case *wire.PreDesignate:
		p = m.Party
	case *wire.Confirm:
		p = m.Party
	case *wire.SignOneStep:
		p, password = m.Party, m.FundPassword
	case *wire.ChangeBankAccount:
		p, r.NewCard = m.Party, h.CardIndex(m.NewBankAccount)
	case *wire.ChangeClientData:
		p = m.Party
		if m.NewName != "" {
			r.NewName = h.NameIndex(m.NewName)
		}
		if m.NewIDKind != 0 {
			r.NewDocument = h.DocumentIndex(m.NewIDKind, m.NewIDNumber)
		}
	case *wire.ChangeCustodyBank:
		p = m.Party
	case *wire.CancelContract:
		p, password = m.Party, m.FundPassword
	case *wire.PostInterest:
		p = wire.Party{FundAccount: m.FundAccount, BankAccount: m.BankAccount}
	}
	fund, ok := g.fundOf(m, p.FundAccount)
	if !ok {
		return r, false
	}
	r.Fund, r.Card = fund, h.CardIndex(p.BankAccount)
	if p.Name != "" {
		r.Name, r.Document = h.NameIndex(p.Name), h.DocumentIndex(p.IDKind, p.IDNumber)
	}
	if r.HasPassword = len(password) > 0; r.HasPassword {
		r.PasswordOK = g.passwordRight(ctx, fund, m, p.FundAccount, password)
	}
	return r, true
}
