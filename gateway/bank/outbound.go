package bank

import (
	"context"
	"log/slog"
	"slices"
	"strconv"

	"sancun/record"
	"sancun/state"
	wire "sancun/wire/bank"
)

// adopt takes an intent on. One that an earlier run may have sent is treated as
// sent and silent: it becomes unknown and is enquired after.
func (g *Gateway) adopt(in Intent) {
	if g.byID[in.Transfer] != nil || in.Bank != g.o.Bank {
		return
	}
	w := &work{Intent: in, phase: workQueued}
	g.byID[in.Transfer] = w
	g.open = append(g.open, w)
	g.activity++
	if in.Recovered {
		w.phase = workSent
		g.timeOut(w)
	}
}

// forget drops a transfer whose outcome is known.
func (g *Gateway) forget(w *work) {
	if g.byID[w.Transfer] != w {
		return // two verdicts went to the same submission
	}
	g.landed(w)
	delete(g.byID, w.Transfer)
	if i := slices.Index(g.open, w); i >= 0 {
		g.open = slices.Delete(g.open, i, i+1)
	}
}

// landed counts a request as no longer waiting for its answer.
func (g *Gateway) landed(w *work) {
	if w.phase == workSent && w.line != 0 {
		g.flying--
	}
}

// sendQueued says what waits, as far as line and window allow.
func (g *Gateway) sendQueued(ctx context.Context) {
	if g.phase != phaseUp {
		return
	}
	for _, w := range slices.Clone(g.open) {
		if w.phase != workQueued || !w.deadline.IsZero() {
			continue
		}
		if g.line == nil || g.flying >= g.o.Limits.Window {
			return
		}
		g.sendWork(ctx, w)
	}
	g.sendQuestions()
}

// sendWork says one transfer. What cannot be said is refused: it was not sent.
func (g *Gateway) sendWork(ctx context.Context, w *work) {
	card, err := "", error(nil)
	if w.Function != wire.FunctionRemit {
		card, err = g.o.Reveal.Card(ctx, w.Fund)
	}
	if err != nil {
		g.note("the card is not to be had", slog.Uint64("transfer", w.Transfer), slog.Any("error", err))
		g.refuseUnsent(w, ErrorNoCard)
		return
	}
	m := g.messageOf(w, card)
	if !g.withPassword(w, m, card) {
		g.refuseUnsent(w, ErrorNoPassword)
		return
	}
	// From here on it may have been sent.
	w.phase, w.line, w.sent = workSent, g.lines, g.now
	w.deadline = g.now.Add(g.o.Limits.AnswerWithin)
	g.flying++
	if g.say(m) || g.line == nil {
		return // without a line now, hangUp has made it unknown
	}
	g.refuseUnsent(w, ErrorUnsayable)
}

// withPassword seals the password that was kept for a transfer into its message. It
// returns false when a deposit may not leave without one, or one was given that the
// bank's format cannot hold.
func (g *Gateway) withPassword(w *work, m wire.Message, card string) bool {
	var block *wire.PINBlock
	needed := false
	switch m := m.(type) {
	case *wire.Deposit:
		block, needed = &m.BankPassword, g.o.NeedPassword
	case *wire.Withdrawal:
		block = &m.BankPassword
	default:
		return true
	}
	password, kept := g.takePassword(w.Key)
	if !kept {
		return !needed
	}
	var err error
	*block, err = g.codec.SealPIN(g.keySet, card, password)
	return err == nil
}

// messageOf builds the message of a transfer.
func (g *Gateway) messageOf(w *work, card string) wire.Message {
	serial := strconv.FormatUint(w.Transfer, 10)
	envelope := wire.Envelope{Header: g.header(serial, w.Date)}
	envelope.PlatformSerial = serial
	fund := strconv.FormatUint(w.Fund, 10)
	t := wire.Transfer{FundAccount: fund, BankAccount: card, Currency: w.Currency, Amount: w.Amount}
	r := wire.Reversal{Original: w.Original, FundAccount: fund, BankAccount: card, Currency: w.Currency, Amount: w.Amount}
	switch w.Function {
	case wire.FunctionDeposit:
		return &wire.Deposit{Envelope: envelope, Transfer: t}
	case wire.FunctionWithdrawal:
		return &wire.Withdrawal{Envelope: envelope, Transfer: t}
	case wire.FunctionReverseDeposit:
		return &wire.ReverseDeposit{Envelope: envelope, Reversal: r}
	case wire.FunctionRemit:
		return &wire.Remit{Envelope: envelope, Market: w.Market, Back: w.Back, Currency: w.Currency, Amount: w.Amount}
	default:
		return &wire.ReverseWithdrawal{Envelope: envelope, Reversal: r}
	}
}

// refuseUnsent records the definite refusal of what was certainly not sent.
func (g *Gateway) refuseUnsent(w *work, code uint16) {
	g.landed(w)
	w.phase = workQueued
	w.deadline = g.now // refused once: not sent again while the record is under way
	g.counts.Unsent++
	g.verdict(w, &record.BankAnswered{Transfer: w.Transfer, Outcome: record.OutcomeRefused, Error: code})
}

// timeOut records that no answer came. The transfer is unknown until an enquiry,
// a late answer, or people end that.
func (g *Gateway) timeOut(w *work) {
	g.landed(w)
	w.phase, w.next = workUnknown, g.now
	g.counts.TimedOut++
	g.submit(state.Key{}, &record.TransferTimedOut{Transfer: w.Transfer}, func(a state.Answer, err error) {
		switch code := record.Code(a.Code); {
		case err != nil: // the enquiry comes all the same
		case code == record.OutcomeKnown, code == record.UnknownRow:
			g.forget(w)
		}
	})
}

// expire finds what has waited too long.
func (g *Gateway) expire() {
	l := &g.o.Limits
	for _, w := range slices.Clone(g.open) {
		switch {
		case w.phase == workSent && !g.now.Before(w.deadline):
			g.timeOut(w)
		case w.phase == workQueued && g.now.Sub(w.Asked) >= l.QueueFor && w.deadline.IsZero():
			g.refuseUnsent(w, ErrorNotSent)
		case w.phase == workQueued && g.off && w.deadline.IsZero():
			g.refuseUnsent(w, ErrorNotSent)
		case w.phase == workQueued && !w.deadline.IsZero():
			g.refuseUnsent(w, ErrorNotSent) // the record of the refusal met a full queue
		}
	}
	g.expireQuestions()
	g.expireFiles()
}

// verdict records what is said of a transfer, and forgets the transfer when that
// ends it.
func (g *Gateway) verdict(w *work, cmd record.Command) {
	g.submit(state.Key{}, cmd, func(a state.Answer, err error) {
		code := record.Code(a.Code)
		switch {
		case err != nil:
			w.next = g.now.Add(g.o.Limits.EnquireEvery)
			return
		case code == record.Accepted, code == record.OutcomeKnown, code == record.UnknownRow:
			if code == record.OutcomeKnown {
				g.counts.Disagreed++
			}
			if outcomeOf(cmd) != record.OutcomeUnknown {
				g.forget(w)
				return
			}
		default: // a reversal under way, or figures that do not fit: ask again later
			g.note("a verdict of the bank was not accepted", slog.Uint64("transfer", w.Transfer), slog.Int("code", int(code)))
		}
		if w.phase == workSent {
			g.landed(w)
			w.phase = workUnknown
		}
		w.next = g.now.Add(g.o.Limits.EnquireEvery)
	})
}

func outcomeOf(cmd record.Command) uint8 {
	switch c := cmd.(type) {
	case *record.BankAnswered:
		return c.Outcome
	case *record.EnquiryResult:
		return c.Outcome
	}
	return record.OutcomeUnknown
}

// answered takes the bank's answer to a transfer, in time or late. An answer to
// something forgotten, or of an earlier run, is recorded all the same.
func (g *Gateway) answered(m wire.Message) {
	h := m.Head()
	id, err := strconv.ParseUint(h.BrokerSerial, 10, 64)
	if err != nil || h.Initiator != wire.Broker {
		g.counts.Stray++
		return
	}
	cmd := &record.BankAnswered{Transfer: id, Error: errorNumber(m.Result())}
	switch m.Result().Final() {
	case wire.Success:
		cmd.Outcome, cmd.Error, cmd.BankRef = record.OutcomeSuccess, 0, h.BankSerial
	case wire.Refused, wire.NotProcessed:
		cmd.Outcome = record.OutcomeRefused
	default:
		cmd.Outcome = record.OutcomeUnknown
	}
	w := g.byID[id]
	if !believable(m, w, cmd.BankRef) {
		g.counts.Stray++
		g.note("an answer does not fit its request", slog.Uint64("transfer", id))
		cmd.Outcome, cmd.BankRef = record.OutcomeUnknown, ""
	}
	if w == nil {
		g.counts.Late++
		g.submit(state.Key{}, cmd, func(a state.Answer, _ error) {
			if code := record.Code(a.Code); code != record.Accepted {
				g.counts.Disagreed++
			}
		})
		return
	}
	if w.phase == workUnknown {
		g.counts.Late++
	}
	g.verdict(w, cmd)
}

// believable says whether an answer repeats what was asked and brings a usable
// serial. What does not is no answer: the enquiry must tell.
func believable(m wire.Message, w *work, ref string) bool {
	if len(ref) > record.BankRefMax || (ref == "" && m.Result().Final() == wire.Success && !reverses(m.Function())) {
		return false
	}
	if w == nil {
		return true
	}
	return m.Function() == w.Function && amountOf(m) == w.Amount
}

func reverses(f wire.Function) bool {
	return f == wire.FunctionReverseDeposit || f == wire.FunctionReverseWithdrawal
}

// errorNumber returns the bank's error code as a number.
func errorNumber(o *wire.Outcome) uint16 {
	n, err := strconv.ParseUint(o.ErrorCode, 10, 16)
	if err != nil {
		return ErrorNoNumber
	}
	return uint16(n)
}
