package bank

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"sancun/record"
	"sancun/state"
	wire "sancun/wire/bank"
)

// KeyOf returns the key under which a bank's own business is submitted, so that
// the same serial sent again gets the same answer.
func KeyOf(bank uint16, k wire.Key) state.Key {
	return record.KeyFor(record.CallerOf(record.CallerBank, uint64(bank)), k.String())
}

// take handles one event of a line.
func (g *Gateway) take(ctx context.Context, e event) {
	if e.line != g.line {
		return // a line that was given up: nobody listens any more
	}
	if e.err != nil {
		g.note("the line ended", slog.Any("error", e.err))
		g.hangUp(errLost)
		return
	}
	g.heard = g.now
	m, err := g.codec.Decode(e.frame)
	if err != nil {
		g.badFrame(err)
		return
	}
	h := m.Head()
	if h.Sender != g.o.Code || h.Receiver != g.o.Broker || (h.Initiator == wire.Broker) != h.Reply {
		g.counts.Bad++
		g.activity++
		g.note("a message of the bank is not for us, or answers what we did not start", slog.String("sender", h.Sender), slog.String("receiver", h.Receiver))
		return
	}
	if probe, ok := m.(*wire.Probe); ok && h.Reply {
		if probe.BrokerSerial == g.probe {
			g.probe = ""
		}
		return
	}
	g.activity++
	if h.Reply {
		g.counts.Replies++
		g.reply(m)
		return
	}
	g.counts.Requests++
	g.request(ctx, m)
}

// badFrame counts a frame that cannot be read, and answers it when it is
// authentic: then the bank knows that nothing was done.
func (g *Gateway) badFrame(err error) {
	g.counts.Bad++
	g.activity++
	g.note("a frame of the bank cannot be read", slog.Any("error", err))
	var fault *wire.FieldError
	if errors.As(err, &fault) && fault.Read != nil && !fault.Read.Head().Reply {
		g.respond(fault.Read, wire.NotProcessed, "报文格式错误")
	}
}

// reply sorts the bank's answers.
func (g *Gateway) reply(m wire.Message) {
	switch m := m.(type) {
	case *wire.SignIn:
		g.signedIn(m)
	case *wire.KeyExchange:
		g.keysAnswered(m)
	case *wire.SignOut:
		g.signedOut()
	case *wire.Deposit, *wire.Withdrawal, *wire.ReverseDeposit, *wire.ReverseWithdrawal, *wire.Remit:
		g.answered(m)
	case *wire.QueryTransfer:
		g.enquired(m)
	case *wire.FileReady, *wire.FileSend, *wire.FilesDone, *wire.FileFetch:
		g.fileAnswered(m)
	default:
		g.questionAnswered(m)
	}
}

// request sorts what the bank starts.
func (g *Gateway) request(ctx context.Context, m wire.Message) {
	switch m := m.(type) {
	case *wire.Probe, *wire.SignIn, *wire.SignOut:
		g.respond(m, wire.Success, "")
	case *wire.KeyExchange:
		g.takeKeys(m)
	case *wire.Deposit:
		g.bankDeposit(m)
	case *wire.Withdrawal:
		g.bankWithdrawal(ctx, m)
	case *wire.ReverseDeposit:
		g.bankReversal(m, &m.Reversal, record.DirectionDeposit)
	case *wire.ReverseWithdrawal:
		g.bankReversal(m, &m.Reversal, record.DirectionWithdrawal)
	case *wire.QueryTransfer, *wire.QueryLedgerBalance, *wire.IdentityCheck:
		g.lookUp(ctx, m)
	case *wire.FileReady, *wire.FileSend, *wire.FilesDone, *wire.FileFetch:
		g.takeFile(m)
	default:
		g.bankContract(ctx, m)
	}
}

// respond answers a request.
func (g *Gateway) respond(m wire.Message, status wire.Status, text string) {
	g.say(g.answer(m, status, text))
}

// answerTextRunes bounds the words of an answer: 60 bytes in the narrowest format.
const answerTextRunes = 28

func (g *Gateway) answer(m wire.Message, status wire.Status, text string) wire.Message {
	if runes := []rune(text); len(runes) > answerTextRunes {
		text = string(runes[:answerTextRunes])
	}
	reply := g.codec.Reply(m, g.codec.Format().Outcome(status, text))
	switch r := reply.(type) { // a verdict that no format leaves out; it counts with success only
	case *wire.QueryTransfer:
		r.State = wire.TransferProcessing
	case *wire.IdentityCheck:
		r.Match = wire.MatchAccount
	}
	return reply
}

// decided answers a request by what was decided of it. Only a record that is
// durable is answered with success or refusal.
func (g *Gateway) decided(m wire.Message) func(state.Answer, error) {
	return func(a state.Answer, err error) {
		if err != nil { // busy: nothing was done
			g.respond(m, wire.NotProcessed, "系统繁忙，请稍后重发")
			return
		}
		code := record.Code(a.Code)
		if code != record.Accepted {
			g.counts.BankRefused++
			s, _ := code.Sentence()
			g.respond(m, wire.Refused, fmt.Sprintf("%d%s", code, s.ZH))
			return
		}
		reply := g.answer(m, wire.Success, "")
		if a.Ref != 0 {
			serial := strconv.FormatUint(a.Ref, 10)
			reply.Head().PlatformSerial, reply.Head().BrokerSerial = serial, serial
		}
		g.say(reply)
	}
}

// bankKey returns the key of a request of the bank; a request without a serial is
// answered and gives false.
func (g *Gateway) bankKey(m wire.Message) (state.Key, bool) {
	k, err := m.Head().Key()
	if err != nil {
		g.respond(m, wire.NotProcessed, "缺少银行流水号")
		return state.Key{}, false
	}
	return KeyOf(g.o.Bank, k), true
}

// fundOf reads a fund account number; a request that names none is refused.
func (g *Gateway) fundOf(m wire.Message, text string) (uint64, bool) {
	fund, err := strconv.ParseUint(text, 10, 64)
	if err != nil || fund > record.FundNumberMax {
		g.respond(m, wire.Refused, "资金账号不存在")
		return 0, false
	}
	return fund, true
}

// said returns the hashes of name and document that a transfer of the bank gives,
// zero for what its format has no room for: the card tells then.
func (g *Gateway) said(t *wire.Transfer) (name, id state.Key) {
	if t.Name != "" {
		name = g.o.Hasher.NameIndex(t.Name)
	}
	if t.IDKind != 0 && t.IDNumber != "" {
		id = g.o.Hasher.DocumentIndex(t.IDKind, t.IDNumber)
	}
	return name, id
}

func (g *Gateway) bankDeposit(m *wire.Deposit) {
	key, ok := g.bankKey(m)
	if !ok {
		return
	}
	fund, ok := g.fundOf(m, m.FundAccount)
	if !ok {
		return
	}
	name, id := g.said(&m.Transfer)
	g.submit(key, &record.BankDeposit{
		Bank: g.o.Bank, Date: uint32(m.Date), BankRef: m.BankSerial, Fund: fund, Currency: m.Currency, Amount: m.Amount,
		Card: g.o.Hasher.CardIndex(m.BankAccount), Name: name, ID: id,
	}, g.decided(m))
}

func (g *Gateway) bankWithdrawal(ctx context.Context, m *wire.Withdrawal) {
	key, ok := g.bankKey(m)
	if !ok {
		return
	}
	fund, ok := g.fundOf(m, m.FundAccount)
	if !ok {
		return
	}
	name, id := g.said(&m.Transfer)
	cmd := record.BankWithdrawal{
		Bank: g.o.Bank, Date: uint32(m.Date), BankRef: m.BankSerial, Fund: fund, Currency: m.Currency, Amount: m.Amount,
		Card: g.o.Hasher.CardIndex(m.BankAccount), Name: name, ID: id,
	}
	if g.passwordRight(ctx, fund, m, m.FundAccount, m.FundPassword) {
		cmd.PasswordOK = 1
	}
	g.submit(key, &cmd, func(a state.Answer, err error) {
		if err != nil || record.Code(a.Code) != record.KeyReused {
			g.decided(m)(a, err)
			return
		}
		// The same serial again gets the same answer, even if the password cannot
		// be read any more, because the keys have changed or the client changed it.
		// Under a known key nothing is decided anew, so asking the other way is safe.
		other := cmd
		other.PasswordOK = 1 - cmd.PasswordOK
		g.submit(key, &other, g.decided(m))
	})
}

// passwordRight opens the PIN block of a fund password and has it compared.
func (g *Gateway) passwordRight(ctx context.Context, fund uint64, m wire.Message, account string, block wire.PINBlock) bool {
	if len(block) == 0 {
		return false
	}
	secret, err := g.codec.OpenPIN(m.Head().KeySet, account, block)
	if err != nil {
		return false
	}
	right, err := g.o.Reveal.FundPassword(ctx, fund, secret)
	if err != nil {
		g.note("a fund password could not be compared", slog.Uint64("fund", fund), slog.Any("error", err))
	}
	return err == nil && right
}

// bankReversal names the original by the bank's serial, and by ours when the bank
// gives it: the original may be a transfer that we started.
func (g *Gateway) bankReversal(m wire.Message, r *wire.Reversal, direction uint8) {
	key, ok := g.bankKey(m)
	if !ok {
		return
	}
	fund, ok := g.fundOf(m, r.FundAccount)
	if !ok {
		return
	}
	cmd := &record.BankReversal{
		Bank: g.o.Bank, Date: uint32(m.Head().Date), BankRef: m.Head().BankSerial, Original: r.BankSerial,
		Direction: direction, Fund: fund, Amount: r.Amount,
	}
	for _, serial := range []string{r.PlatformSerial, r.BrokerSerial} {
		if id, err := strconv.ParseUint(serial, 10, 64); err == nil && cmd.Transfer == 0 {
			cmd.Transfer = id
		}
	}
	if r.Date != m.Head().Date {
		g.respond(m, wire.Refused, "只能冲正当日业务")
		return
	}
	g.submit(key, cmd, g.decided(m))
}

// takeKeys installs working keys that the bank brings.
func (g *Gateway) takeKeys(m *wire.KeyExchange) {
	if err := g.o.Keys.InstallWorkingKeys(g.o.Code, m.Keys); err != nil {
		g.note("the bank's new keys cannot be used", slog.Any("error", err))
		g.respond(m, wire.Refused, "密钥代次或校验值不符")
		return
	}
	g.lastKeys = max(g.lastKeys, m.Keys.Generation)
	g.respond(m, wire.Success, "")
	g.keySet = m.Keys.Generation
}
