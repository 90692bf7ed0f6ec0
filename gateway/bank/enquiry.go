package bank

import (
	"log/slog"
	"strconv"

	"sancun/money"
	"sancun/record"
	wire "sancun/wire/bank"
)

// sendEnquiries asks after transfers of unknown outcome that are due.
func (g *Gateway) sendEnquiries() {
	if g.phase != phaseUp {
		return
	}
	for _, w := range g.open {
		if w.phase != workUnknown || g.now.Before(w.next) || w.tries >= g.o.Limits.EnquireMax {
			continue
		}
		serial := strconv.FormatUint(w.Transfer, 10)
		m := &wire.QueryTransfer{Envelope: g.envelope(), Original: wire.Original{
			Initiator: wire.Broker, Date: w.Date, PlatformSerial: serial, BrokerSerial: serial,
		}}
		w.tries++
		w.next = g.now.Add(g.o.Limits.EnquireEvery)
		g.enquiries[m.BrokerSerial] = w.Transfer
		g.counts.Enquiries++
		if w.tries == g.o.Limits.EnquireMax {
			g.note("the last enquiry: people must look", slog.Uint64("transfer", w.Transfer))
		}
		if !g.say(m) {
			delete(g.enquiries, m.BrokerSerial)
			return // the line may be gone, and the list with it
		}
	}
}

// enquired takes the answer to an enquiry. Only a definite word ends the transfer.
func (g *Gateway) enquired(m *wire.QueryTransfer) {
	id, ok := g.enquiries[m.BrokerSerial]
	delete(g.enquiries, m.BrokerSerial)
	w := g.byID[id]
	if !ok || w == nil || m.Result().Final() != wire.Success {
		return
	}
	if m.Original.BrokerSerial != strconv.FormatUint(id, 10) {
		g.counts.Stray++
		return
	}
	cmd := &record.EnquiryResult{Transfer: id}
	switch m.State {
	case wire.TransferDone:
		cmd.Outcome, cmd.BankRef = record.OutcomeSuccess, m.Original.BankSerial
		if m.Amount != w.Amount || len(cmd.BankRef) > record.BankRefMax || cmd.BankRef == "" {
			g.counts.Stray++
			return
		}
	case wire.TransferRefused, wire.TransferReversed: // reversed at the bank: in sum nothing moved there
		cmd.Outcome = record.OutcomeRefused
	case wire.TransferAbsent:
		if !g.absentForGood(w) {
			return
		}
		cmd.Outcome = record.OutcomeNotArrived
	case wire.TransferAbnormal:
		w.tries = g.o.Limits.EnquireMax
		cmd.Outcome = record.OutcomeUnknown
	default: // processing: ask again
		return
	}
	g.verdict(w, cmd)
}

// absentForGood says whether "never arrived" can be believed: the request went
// over a line the bank hears no more, or so long ago that none is on its way.
func (g *Gateway) absentForGood(w *work) bool {
	return w.line != g.lines || g.now.Sub(w.sent) >= g.o.Limits.AbsentAfter
}

// amountOf returns the amount a message moves.
func amountOf(m wire.Message) money.Amount {
	switch m := m.(type) {
	case *wire.Deposit:
		return m.Amount
	case *wire.Withdrawal:
		return m.Amount
	case *wire.ReverseDeposit:
		return m.Reversal.Amount
	case *wire.ReverseWithdrawal:
		return m.Reversal.Amount
	case *wire.Remit:
		return m.Amount
	}
	return 0
}
