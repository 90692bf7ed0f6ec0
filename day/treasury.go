package day

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
	"sancun/sim/bank"
	"sancun/sim/clearing"
)

// treasury is the broker's desk that moves clients' money between banks and clearing
// house, and the account it moves through.
type treasury struct {
	// hub is what lies on the legal-person settlement account at the main bank
	// (法人交收账户): money on its way, never overdrawn, nothing at the end of a day.
	hub  money.Amount
	own  money.Amount   // what went on from there to own funds: commission and rounding
	seen map[uint16]int // movements of each bank that are dealt with
}

// The rounds in which a remittance or a sign-in must be done: five minutes together.
const (
	remitRounds      = 20
	remitRoundLength = 15 * calendar.Second
)

// cashAccount is the clients' reserve account of a market.
func cashAccount(of market.Market) string {
	if of == market.Shenzhen {
		return shenzhenCash
	}
	return shanghaiCash
}

// houseUntil lets the clearing house come to the present time.
func (p *player) houseUntil() error { return p.dusk.house.Release(p.clock.at) }

// reserveAt is the clients' reserve account of a market at the clearing house.
func (p *player) reserveAt(of market.Market) clearing.Account {
	for _, a := range p.dusk.house.Accounts(0) {
		if a.Market == of && a.Purpose == clearing.Client {
			return a
		}
	}
	return clearing.Account{}
}

// payIn and payOut move cash at the clearing house, within its hours.
func (p *player) payIn(of market.Market, amount money.Amount) error {
	if err := p.houseUntil(); err != nil {
		return err
	}
	if code := p.dusk.house.Deposit(cashAccount(of), money.CNY, clearing.Client, amount); code != clearing.CodeOK {
		return fmt.Errorf("pay %s into the reserve of %s at %s: %s %s", amount, of, p.clock.at, code, code.English())
	}
	return nil
}

func (p *player) payOut(of market.Market, amount money.Amount) error {
	if err := p.houseUntil(); err != nil {
		return err
	}
	if code := p.dusk.house.Withdraw(cashAccount(of), money.CNY, clearing.Client, amount); code != clearing.CodeOK {
		return fmt.Errorf("draw %s from the reserve of %s at %s: %s %s", amount, of, p.clock.at, code, code.English())
	}
	return nil
}

// banksStep lets every bank work, and what moved there arrive where it went: at the
// clearing house, or on the settlement account.
func (p *player) banksStep(ctx context.Context) error {
	for _, h := range p.banks {
		if err := p.bankStep(ctx, h); err != nil {
			return err
		}
	}
	return p.arrivals()
}

// arrivals takes up what moved over the pooled accounts since the last look.
func (p *player) arrivals() error {
	for _, h := range p.banks {
		for _, m := range h.control.Movements(p.treasury.seen[h.number]) {
			p.treasury.seen[h.number]++
			switch m.Kind {
			case bank.MovedToReserve:
				if err := p.payIn(market.Market(m.Market), -m.Amount); err != nil {
					return err
				}
			case bank.MovedBySettlement:
				p.treasury.hub -= m.Amount
			case bank.MovedFromReserve, bank.MovedAsInterest: // the desk paid it, or the bank did
			}
		}
	}
	if p.treasury.hub < 0 {
		return fmt.Errorf("the settlement account would be overdrawn by %s at %s", -p.treasury.hub, p.clock.at)
	}
	return nil
}

// signedIn waits until every bank has signed in for the day.
func (p *player) signedIn(ctx context.Context) error {
	return p.awaitBanks(ctx, "a bank has not signed in", func(m *custody.Machine) bool {
		for _, b := range m.Banks() {
			if b.SignedIn != m.Today().Date {
				return false
			}
		}
		return true
	})
}

// awaitBanks lets the banks work until the centre shows what is waited for.
func (p *player) awaitBanks(ctx context.Context, why string, there func(*custody.Machine) bool) error {
	for range remitRounds {
		done := false
		if err := p.core.Look(ctx, func(m *custody.Machine) { done = there(m) }); err != nil || done {
			return err
		}
		p.clock.set(p.clock.at + remitRoundLength)
		if err := errors.Join(p.outbound.Pump(ctx), p.banksStep(ctx)); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s by %s", why, p.clock.at)
}

// balanceReserve brings the reserve to what it must hold, by remittances through the
// banks: out to the clearing house, and back what is more.
func (p *player) balanceReserve(ctx context.Context) error {
	if err := p.signedIn(ctx); err != nil {
		return err
	}
	var plan []record.AskRemittance
	var minimums []settle.MinimumReserve
	for _, of := range clearingMarkets {
		minimums = append(minimums, settle.MinimumReserve{Market: uint8(of), Currency: money.CNY, Amount: p.reserveAt(of).Minimum})
	}
	var planned error
	err := p.core.Look(ctx, func(m *custody.Machine) { plan, planned = settle.PlanReserve(m, minimums) })
	if err := errors.Join(err, planned); err != nil {
		return err
	}
	out := slices.IndexFunc(plan, func(x record.AskRemittance) bool { return x.Amount < 0 })
	if out < 0 {
		out = len(plan)
	}
	// What comes back waits for what goes out: the clearing house pays nothing back
	// that it will take.
	if err := p.remit(ctx, plan[:out]); err != nil {
		return err
	}
	return p.remit(ctx, plan[out:])
}

// remit asks for remittances and waits until every one has its outcome.
func (p *player) remit(ctx context.Context, all []record.AskRemittance) error {
	for i := range all {
		if err := p.system(ctx, &all[i]); err != nil {
			return err
		}
	}
	for i := range all { // durable by now: the desk tells the clearing house to pay back
		if x := &all[i]; x.Amount < 0 {
			if err := p.payOut(market.Market(x.Market), -x.Amount); err != nil {
				return err
			}
			p.banks[x.Bank-1].control.Arrive(x.Market, x.Currency, -x.Amount)
		}
	}
	return p.awaitBanks(ctx, "a remittance has no outcome", func(m *custody.Machine) bool {
		for _, x := range m.Remittances() {
			if x.Open() {
				return false
			}
		}
		return true
	})
}

// clearingMarkets are those with a reserve account.
var clearingMarkets = []market.Market{market.Shanghai, market.Shenzhen}

// squareReserve brings the reserve accounts, after final settlement, to what our
// books have there: what a market paid goes to the settlement account, what it took
// comes from it. Dividends of today stay: our books settle them on the next day.
func (p *player) squareReserve(ctx context.Context) error {
	gaps := map[market.Market]money.Amount{}
	if err := p.core.Look(ctx, func(m *custody.Machine) {
		for _, of := range clearingMarkets {
			gaps[of] = p.reserveAt(of).Balance - p.dividendsAt(of) - reserveOf(m, of)
		}
	}); err != nil {
		return err
	}
	for _, of := range clearingMarkets { // receipts first: they may pay the other market's part
		if gaps[of] > 0 {
			if err := p.payOut(of, gaps[of]); err != nil {
				return err
			}
			p.treasury.hub += gaps[of]
		}
	}
	for _, of := range clearingMarkets {
		if gaps[of] < 0 {
			if err := p.payIn(of, -gaps[of]); err != nil {
				return err
			}
			p.treasury.hub += gaps[of]
		}
	}
	return p.arrivals()
}

// dividendsAt is the cash of entitlements that the clearing house paid today.
func (p *player) dividendsAt(of market.Market) (sum money.Amount) {
	for _, s := range p.dusk.house.Report().Settlements {
		if s.Net.Settles == 0 && s.Account == cashAccount(of) {
			sum += s.Amount
		}
	}
	return sum
}

// passOn sends what is left on the settlement account to own funds: commission and
// rounding, to the cent.
func (p *player) passOn(due []settle.Obligation) error {
	var ours money.Amount
	for _, x := range due {
		if x.Kind == settle.ObligationCommission || x.Kind == settle.ObligationRounding {
			ours += x.Amount
		}
	}
	if p.treasury.hub != ours {
		return fmt.Errorf("the settlement account has %s at %s, commission and rounding are %s", p.treasury.hub, p.clock.at, ours)
	}
	p.treasury.own, p.treasury.hub = p.treasury.own+ours, 0
	return nil
}
