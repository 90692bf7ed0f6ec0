package day

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
	"sync"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/difference"
	"sancun/internal/durable"
	"sancun/market"
	"sancun/money"
	"sancun/node"
	"sancun/reconcile"
	"sancun/record"
	"sancun/settle"
	"sancun/sim/clearing"
	"sancun/sim/exchange"
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
	rules  *reconcile.Rules
	began  time.Time          // of the step that runs, by the machine's own clock
	took   map[uint16]float64 // seconds, by step

	findings map[string]bool // files of the clearing house that were found wrong
}

// openClearing builds the clearing house with what the investors hold.
func (p *player) openClearing() error {
	account := func(no string, of market.Market) clearing.Account {
		return clearing.Account{No: no, Market: of, Currency: money.CNY, Purpose: clearing.Client, Balance: housesReserve}
	}
	conf := clearing.Config{
		Members: []clearing.Member{
			{
				Name: "Sancun drill broker", Participant: participant, ShanghaiUnits: []string{shanghaiPU}, ShenzhenUnits: []string{shenzhenPU},
				Accounts: []clearing.Account{account(shanghaiCash, market.Shanghai), account(shenzhenCash, market.Shenzhen)},
			},
			{Name: "the rest of the market", ShanghaiUnits: []string{shanghaiStreet}, ShenzhenUnits: []string{shenzhenStreet}},
		},
		Instruments: map[market.ID]market.Instrument{},
		Sink:        clearing.DirSink{Root: p.config.Dir + "/files/clearing/outbox"},
	}
	for i := range p.stocks {
		conf.Instruments[p.stocks[i].rules.ID] = p.stocks[i].rules
	}
	for i := range p.investors {
		for _, h := range p.investors[i].opening {
			id := p.stocks[h.stock].rules.ID
			d := securitiesOf(&p.investors[i], i, id.Market())
			conf.Holdings = append(conf.Holdings, clearing.Holding{
				Unit: strings.TrimRight(string(d.PBU[:]), "\x00"), Account: string(d.Account[:]), Security: id, Quantity: h.units,
			})
		}
	}
	var err error
	if p.dusk.house, err = clearing.New(conf); err != nil {
		return err
	}
	if err := p.dusk.house.Open(p.config.Date); err != nil {
		return err
	}
	return p.clearingFaults()
}

// clearingFaults makes the clearing house err: four of Shenzhen's files are wrong
// each in its way, and its details tell some trades wrongly until it sends them
// again. Which trades is drawn from the seed.
func (p *player) clearingFaults() error {
	if !p.config.Faults {
		return nil
	}
	for _, i := range []clearing.Injection{
		{Fault: clearing.FaultTruncated, Layout: csdc.LayoutSJSMX1},
		{Fault: clearing.FaultBadRecord, Layout: csdc.LayoutSJSJG},
		{Fault: clearing.FaultWrongTotal, Layout: csdc.LayoutSJSQS},
		{Fault: clearing.FaultMissing, Layout: csdc.LayoutSJSDZ},
		{Fault: clearing.FaultLate, Layout: csdc.LayoutZqbd, By: 20 * calendar.Minute},
		{Fault: clearing.FaultDrop, Market: tradeFaultsAt},
		{Fault: clearing.FaultExtra, Market: tradeFaultsAt},
		{Fault: clearing.FaultAmount, Market: tradeFaultsAt},
		{Fault: clearing.FaultAccount, Market: tradeFaultsAt},
	} {
		if err := p.dusk.house.Inject(i); err != nil {
			return fmt.Errorf("make the clearing house err by %s: %w", i.Fault, err)
		}
	}
	return nil
}

// tradeFaultsAt is the market whose trades are told wrongly.
const tradeFaultsAt = market.Shanghai

// resender asks the simulated clearing house for a file again.
type resender struct{ house *clearing.House }

// Resend asks for a file of a date again.
func (r resender) Resend(_ context.Context, _ calendar.Date, name string) error {
	return r.house.Resend(name)
}

// trades hands the exchanges' executions to the clearing house.
func (p *player) trades() iter.Seq[clearing.Trade] {
	return func(yield func(clearing.Trade) bool) {
		for _, v := range p.venues {
			for t := range v.control.Trades(0) {
				id, err := market.ParseID(t.Code.String() + "." + v.market.String())
				if err != nil {
					panic("day: the exchange trades a code that is none: " + t.Code.String())
				}
				out := clearing.Trade{
					Security: id, Exec: fmt.Sprintf("%016d", t.Number), Price: t.Price, Quantity: t.Quantity, At: t.At,
					Buy: sideOf(v.market, t.Buy), Sell: sideOf(v.market, t.Sell),
				}
				if !yield(out) {
					return
				}
			}
		}
	}
}

// sideOf is one party of an execution as the clearing house knows it.
func sideOf(of market.Market, x exchange.Party) clearing.Side {
	if x.Street {
		pbu := shanghaiStreet
		if of == market.Shenzhen {
			pbu = shenzhenStreet
		}
		return clearing.Side{PBU: pbu}
	}
	return clearing.Side{
		PBU: x.PBU, Account: strings.TrimRight(string(x.Ticket.Account[:]), "\x00 "), ClOrdID: x.Ticket.ClOrdID.String(), OrderID: fmt.Sprintf("%016d", x.OrderNo),
		Ordered: x.Quantity, Entered: x.Entered,
	}
}

// dayEnd plays the evening: last answers of the banks, files of the clearing
// house, the chain of steps, differences worked off by two people, the next day.
func (p *player) dayEnd(ctx context.Context, r *Report) error {
	if err := p.lastAnswers(ctx); err != nil {
		return err
	}
	if err := p.dusk.house.Clear(p.trades()); err != nil {
		return fmt.Errorf("clearing house: %w", err)
	}
	if err := p.collect(ctx); err != nil {
		return err
	}
	options, err := p.settleOptions()
	if err != nil {
		return err
	}
	inputs := p.inputs()
	p.dusk.began, p.dusk.took = time.Now(), map[uint16]float64{}
	p.dusk.report, err = settle.Run(ctx, p.core, inputs, p.files(), options)
	for _, s := range p.dusk.report.Steps {
		r.ClearingSteps = append(r.ClearingSteps, StepReport{Name: s.Name, Rows: s.Rows, Seconds: p.dusk.took[s.Number], OK: s.OK})
	}
	if err != nil {
		return err
	}
	if err := p.faults(ctx, r); err != nil {
		return err
	}
	return p.nextDay(ctx)
}

// inputs are the files the day end reads: the newest accepted set of the clearing
// house, and what the banks have sent.
func (p *player) inputs() settle.Inputs {
	in := settle.Inputs{
		Clearing: []settle.Received{node.ClearingFiles{Intake: p.dusk.intake, Participant: participant, Date: csdc.Date(p.config.Date.Compact())}},
		Banks:    map[uint16]fs.FS{}, Persons: people{p},
	}
	for _, h := range p.banks {
		in.Banks[h.number] = h.arrived
	}
	return in
}

// files is the folder of the day's own files.
func (p *player) files() *settle.Folder {
	return &settle.Folder{Dir: p.config.Dir + "/files/own"}
}

// lastAnswers gives the banks time to say what they still owe, and has them asked
// about every transfer of unknown outcome once more.
func (p *player) lastAnswers(ctx context.Context) error {
	for _, h := range p.banks {
		h.gateway.EnquireAll()
	}
	for i := range 6 {
		p.clock.set(evening + calendar.TimeOfDay(i)*calendar.Minute)
		for _, h := range p.banks {
			if err := p.bankStep(ctx, h); err != nil {
				return err
			}
		}
	}
	for _, h := range p.banks {
		h.control.SendDetail()
	}
	for i := range 3 {
		p.clock.set(evening + calendar.TimeOfDay(6+i)*calendar.Minute)
		for _, h := range p.banks {
			if err := p.bankStep(ctx, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// collect receives the clearing house's files as they come, asking again for
// what is damaged, until the day's set is accepted.
func (p *player) collect(ctx context.Context) error {
	outbox := p.config.Dir + "/files/clearing/outbox"
	if err := os.MkdirAll(outbox, 0o700); err != nil {
		return err
	}
	intake, err := node.OpenIntake(node.IntakeConfig{
		Participant: participant, Inbox: os.DirFS(outbox), FS: durable.OS{}, Archive: p.config.Dir + "/files/clearing/archive",
		Requester: resender{p.dusk.house},
	}, p.config.Date)
	if err != nil {
		return err
	}
	p.dusk.intake, p.dusk.findings = intake, map[string]bool{}
	for at := p.clock.at; at <= eveningEndsAt; at += collectEvery {
		p.clock.set(at)
		if err := p.dusk.house.Release(at); err != nil {
			return fmt.Errorf("release at %s: %w", at, err)
		}
		status, err := intake.Collect(ctx, p.clock.Now())
		if err != nil {
			return fmt.Errorf("collect at %s: %w", at, err)
		}
		for _, f := range status.Findings {
			p.dusk.findings[f.File] = true
		}
		if _, ok := intake.Accepted(); ok {
			return nil
		}
	}
	return fmt.Errorf("the clearing house's files were not whole at %s: %+v", eveningEndsAt, intake.Status())
}

// settleOptions says how the banks and the clearing house know us.
func (p *player) settleOptions() (settle.Options, error) {
	o := settle.Options{
		Date:   uint32(p.config.Date),
		Broker: settle.Broker{Code: brokerCode, Name: "Sancun drill broker", Branch: "0001", Participant: participant, CashAccounts: []string{shanghaiCash, shenzhenCash}},
		Now:    p.clock.Now, Between: p.between,
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
		if err := h.gateway.SendFiles(wire.Date(p.config.Date), out...); err != nil {
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

// nextDay opens the next business date.
func (p *player) nextDay(ctx context.Context) error {
	years, err := calendar.China()
	if err != nil {
		return err
	}
	next, err := years.Next(p.config.Date)
	if err != nil {
		return err
	}
	after, err := years.Next(next)
	if err != nil {
		return err
	}
	p.clock.date, p.clock.at = next, calendar.Clock(8, 0, 0)
	return p.system(ctx, &record.OpenDay{Date: uint32(next), Next: uint32(after)})
}

// Person tells the day end a client's name and card.
func (s people) Person(fund uint64) (settle.Person, error) {
	v, err := s.of(fund)
	if err != nil {
		return settle.Person{}, err
	}
	return settle.Person{Name: v.person.Name, Card: v.person.Card}, nil
}

// arrivals are the newest versions of a bank's files, as a file system.
type arrivals struct {
	mu    sync.Mutex
	paths map[string]string // guarded by mu
}

// Arrived notes a complete file.
func (a *arrivals) Arrived(f node.BankFile) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paths[f.Name] = f.Path
}

// Complete and Sent are of no interest to the player: it waits for names.
func (a *arrivals) Complete(wire.Date, uint32) {}

// Sent is told of every file the bank has taken.
func (a *arrivals) Sent(node.BankFile, error) {}

// Open opens the newest version of a file.
func (a *arrivals) Open(name string) (fs.File, error) {
	a.mu.Lock()
	path, ok := a.paths[name]
	a.mu.Unlock()
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return os.Open(path)
}

func (a *arrivals) has(prefix string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for name := range a.paths {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
