package day

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/difference"
	"sancun/money"
	"sancun/node"
	"sancun/reconcile"
	"sancun/settle"
	"sancun/sim/clearing"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

// The invented broker's numbers at the clearing house.
var participant = csdc.Participant{Shanghai: "60050", Shenzhen: "600500", PBU: shanghaiPU}

const (
	shanghaiCash    = "600500000000000001"
	shenzhenCash    = "B001600500"
	shanghaiStreet  = "59999"
	shenzhenStreet  = "599999"
	housesReserve   = money.Amount(500_000_000_00) // what the accounts at the house hold at the beginning
	evening         = calendar.TimeOfDay(16*calendar.Hour + 2*calendar.Minute)
	collectEvery    = 5 * calendar.Minute
	eveningEndsAt   = calendar.TimeOfDay(22*calendar.Hour + 30*calendar.Minute)
	bankRounds      = 40 // steps of the clock within which a bank answers in the evening
	bankRoundLength = calendar.Minute
)

// dusk is the clearing side of the day.
type dusk struct {
	house  *clearing.House
	intake *node.ClearingIntake
	report settle.Report
	last   calendar.Date       // whose day end was the last before today, 0 on the first day
	due    []settle.Obligation // of today's final settlement
	events int                 // entitlements announced
	rules  *reconcile.Rules
	began  time.Time          // of the step that runs, by the machine's own clock
	took   map[uint16]float64 // seconds, by step

	findings map[string]bool // files of the clearing house that were found wrong
}

// dayEnd plays the evening of the played day, with orders for the next one coming
// in meanwhile.
func (p *player) dayEnd(ctx context.Context, r *Report) error {
	if err := p.beginAhead(ctx); err != nil {
		return err
	}
	steps, err := p.endDay(ctx, r, night{p.core, p})
	r.ClearingSteps = steps
	if err != nil {
		return err
	}
	return p.core.Look(ctx, func(m *custody.Machine) { r.Banks = banksOf(m) })
}

// endDay plays an evening from 16:00 on: final settlement of what is due, last
// answers of the banks, the reserve, files of the clearing house, the chain of steps
// with differences worked off by two people, and the three-way reconciliation.
func (p *player) endDay(ctx context.Context, r *Report, core settle.Core) ([]StepReport, error) {
	if err := p.atFour(ctx, r); err != nil {
		return nil, fmt.Errorf("final settlement: %w", err)
	}
	if err := p.lastAnswers(ctx); err != nil {
		return nil, err
	}
	if err := p.dusk.house.Clear(p.trades()); err != nil {
		return nil, fmt.Errorf("clearing house: %w", err)
	}
	if err := p.balanceReserve(ctx); err != nil {
		return nil, fmt.Errorf("reserve: %w", err)
	}
	if err := p.passOn(p.dusk.due); err != nil {
		return nil, err
	}
	if err := p.collect(ctx); err != nil {
		return nil, err
	}
	options, err := p.settleOptions()
	if err != nil {
		return nil, err
	}
	if p.image != nil {
		if err := p.image(ctx); err != nil {
			return nil, fmt.Errorf("image before clearing: %w", err)
		}
		p.image = nil
	}
	p.dusk.began, p.dusk.took = time.Now(), map[uint16]float64{}
	p.dusk.report, err = settle.Run(ctx, core, p.inputs(), p.files(), options)
	r.Paperless = r.Paperless || p.dusk.report.Paperless
	var steps []StepReport
	for _, s := range p.dusk.report.Steps {
		steps = append(steps, StepReport{Name: s.Name, Rows: s.Rows, Seconds: p.dusk.took[s.Number], OK: s.OK})
	}
	if err != nil {
		return steps, err
	}
	began := time.Now()
	rows := len(r.ThreeWay) + len(r.Reserve.Days)
	err = p.threeWay(ctx, r)
	rows = len(r.ThreeWay) + len(r.Reserve.Days) - rows
	steps = append(steps, StepReport{Name: "三方核对 three-way reconciliation", Rows: uint64(rows), Seconds: time.Since(began).Seconds(), OK: err == nil && r.reconciled()})
	if err != nil {
		return steps, err
	}
	return steps, p.countInterest(ctx, r)
}

// today is the date that is played.
func (p *player) today() calendar.Date { return p.clock.date }

// inputs are the files the day end reads: the newest accepted set of the clearing
// house, and what the banks have sent.
func (p *player) inputs() settle.Inputs {
	in := settle.Inputs{
		Clearing: []settle.Received{node.ClearingFiles{Intake: p.dusk.intake, Participant: participant, Date: csdc.Date(p.today().Compact())}},
		Banks:    map[uint16]fs.FS{}, Persons: people{p}, Statements: statements{p},
	}
	for _, h := range p.banks {
		in.Banks[h.number] = h.arrived
	}
	return in
}

// files is the folder of today's own files.
func (p *player) files() *settle.Folder { return &settle.Folder{Dir: p.ownFiles(p.today())} }

// ownFiles is where the files of a date's day end are.
func (p *player) ownFiles(date calendar.Date) string {
	return p.config.Dir + "/files/own/" + date.Compact()
}

// lastAnswers gives the banks time to say what they still owe, and has them asked
// about every transfer of unknown outcome once more.
func (p *player) lastAnswers(ctx context.Context) error {
	for _, h := range p.banks {
		h.gateway.EnquireAll()
	}
	for i := range 6 {
		p.clock.set(evening + calendar.TimeOfDay(i)*calendar.Minute)
		if err := p.banksStep(ctx); err != nil {
			return err
		}
	}
	for _, h := range p.banks {
		h.control.SendDetail()
	}
	for i := range 3 {
		p.clock.set(evening + calendar.TimeOfDay(6+i)*calendar.Minute)
		if err := p.banksStep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settleOptions says how the banks and the clearing house know us.
func (p *player) settleOptions() (settle.Options, error) {
	fonts, err := p.fonts()
	if err != nil {
		return settle.Options{}, err
	}
	o := settle.Options{
		Date: uint32(p.today()), Fonts: fonts,
		Broker: settle.Broker{Code: brokerCode, Name: "Sancun drill broker", Branch: "0001", Participant: participant, CashAccounts: []string{shanghaiCash, shenzhenCash}},
		Now:    p.clock.Now, Between: p.between, Rates: settle.BuiltinRates(),
		Progress: func(s settle.Progress) {
			if s.Total > 0 {
				p.config.Progress(float64(s.Done)/float64(s.Total), s.Name)
			}
		},
	}
	for _, h := range p.banks {
		out, in, err := settle.FileSet(1 + int(h.number-1)%3)
		if err != nil {
			return o, err
		}
		at := func(what string, no int) wire.AccountAt {
			return wire.AccountAt{Name: what, Number: fmt.Sprintf("9999%014d", no), Bank: fmt.Sprintf("BANK%02d", h.number)}
		}
		o.Banks = append(o.Banks, settle.Bank{
			Number: h.number, Code: fmt.Sprintf("%04d", h.number), Pooled: at("pooled account", int(h.number)), Legal: at("settlement account", 100), Out: out, In: in,
		})
	}
	return o, nil
}

// between works after each step: differences become cases that two people work
// off, and the bank files are sent and answered.
func (p *player) between(ctx context.Context, done settle.StepReport, found []difference.Difference) error {
	p.dusk.took[done.Number] = time.Since(p.dusk.began).Seconds()
	defer func() { p.dusk.began = time.Now() }()
	if err := p.orderAhead(ctx, nextOrders(p.config.Orders)/custody.StepsOfDay); err != nil {
		return err
	}
	if _, err := reconcile.Register(ctx, p.core, found); err != nil {
		return fmt.Errorf("register differences: %w", err)
	}
	if len(found) > 0 {
		if _, err := p.dusk.rules.WorkAll(ctx, p.core, reconcile.People{Maker: clerk, Checker: checker}); err != nil {
			return fmt.Errorf("work differences off: %w", err)
		}
	}
	switch done.Number {
	case custody.StepPositions:
		return p.askAgain(ctx)
	case custody.StepBankFiles:
		return p.sendBankFiles(ctx)
	}
	return nil
}

// sendBankFiles sends each bank its files and waits for its result.
func (p *player) sendBankFiles(ctx context.Context) error {
	names, err := p.files().List()
	if err != nil {
		return err
	}
	for _, h := range p.banks {
		prefix := fmt.Sprintf("bank-%d/", h.number)
		var out []node.BankOutFile
		for _, name := range names {
			if file, ok := strings.CutPrefix(name, prefix); ok {
				content, err := p.files().Read(name)
				if err != nil {
					return err
				}
				out = append(out, node.BankOutFile{Name: file, Content: content})
			}
		}
		if err := h.gateway.SendFiles(wire.Date(p.today()), out...); err != nil {
			return fmt.Errorf("files to bank %d: %w", h.number, err)
		}
	}
	for range bankRounds {
		p.clock.set(p.clock.at + bankRoundLength)
		waiting := false
		for _, h := range p.banks {
			if err := p.bankStep(ctx, h); err != nil {
				return err
			}
			waiting = waiting || !h.arrived.has("B04") || !h.arrived.has("B05")
		}
		if !waiting {
			return nil
		}
	}
	return errors.New("a bank has not answered with its result of total against detail")
}

// Person tells the day end a client's name and card.
func (s people) Person(fund uint64) (settle.Person, error) {
	v, err := s.of(fund)
	if err != nil {
		return settle.Person{}, err
	}
	return settle.Person{Name: v.person.Name, Card: v.person.Card}, nil
}
