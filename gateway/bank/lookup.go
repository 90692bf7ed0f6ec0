package bank

import (
	"context"
	"log/slog"
	"strconv"

	"sancun/custody"
	"sancun/ledger"
	"sancun/money"
	"sancun/record"
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
	var fact transferFact
	err = g.o.Books.Look(ctx, func(m *custody.Machine) { fact = transferFactOf(m, g.o.Bank, of) })
	if err != nil {
		g.note("an enquiry of the bank could not be answered", slog.Any("error", err))
		g.respond(m, wire.NotProcessed, "系统繁忙，请稍后重发")
		return
	}
	reply := g.answer(m, wire.Success, "").(*wire.QueryTransfer)
	reply.Original, reply.State, reply.Amount = m.Original, fact.state, fact.amount
	if fact.serial != 0 {
		serial := strconv.FormatUint(fact.serial, 10)
		reply.Original.PlatformSerial, reply.Original.BrokerSerial = serial, serial
	}
	g.say(reply)
}

// transferFact is what the books say of a transfer.
type transferFact struct {
	state  wire.TransferState
	amount money.Amount
	serial uint64 // platform serial, 0 when there is no row
}

// transferFactOf looks for the business a bank names. A request that was refused
// has no row; its answer is remembered under its key.
func transferFactOf(m *custody.Machine, bank uint16, of wire.Key) transferFact {
	t, ok := custody.Transfer{}, false
	if of.Initiator == wire.Bank {
		t, ok = m.TransferOfBank(bank, uint32(of.Date), of.Serial)
	} else if id, err := strconv.ParseUint(of.Serial, 10, 64); err == nil {
		t, ok = m.TransferBy(id)
	}
	if !ok || t.Bank != bank {
		if a, known := m.Answer(KeyOf(bank, of)); known && record.Code(a.Code) != record.Accepted {
			return transferFact{state: wire.TransferRefused}
		}
		return transferFact{state: wire.TransferAbsent}
	}
	fact := transferFact{amount: t.Amount, serial: t.ID}
	switch t.State {
	case custody.TransferDone:
		fact.state = wire.TransferDone
	case custody.TransferReversed:
		fact.state = wire.TransferReversed
	case custody.TransferRefused, custody.TransferPoisoned:
		fact.state = wire.TransferRefused
	default:
		fact.state = wire.TransferProcessing
	}
	return fact
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
	var cash ledger.Account
	var available, withdrawable int64
	right := false
	err = g.o.Books.Look(ctx, func(look *custody.Machine) {
		if f, row, ok := look.Fund(fund); ok && f.Currency == m.Currency && f.Bank == g.o.Bank {
			cash, right = look.CashOf(row), true
			available, withdrawable = look.Usable(row)
		}
	})
	if err != nil || !right {
		g.respond(m, wire.Refused, "资金账号或币种不存在")
		return
	}
	reply := g.answer(m, wire.Success, "").(*wire.QueryLedgerBalance)
	reply.Balance = money.Amount(cash.Balance)
	reply.Available, reply.Withdrawable = money.Amount(max(0, available)), money.Amount(withdrawable)
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
