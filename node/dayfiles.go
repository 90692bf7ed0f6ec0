package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"

	"sancun/api"
	"sancun/approval"
	"sancun/calendar"
	"sancun/custody"
	"sancun/gateway/bank"
	"sancun/gateway/clearing"
	"sancun/reconcile"
	"sancun/record"
	"sancun/settle"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

// DayFiles are the files that the day end of a running centre works on.
type DayFiles struct{ d *DayEnd }

var _ api.DayFiles = DayFiles{}

func wireDate(date uint32) wire.Date { return wire.Date(date) }

// List tells what has come in for the business date and what went out.
func (f DayFiles) List(ctx context.Context) (api.FilesState, error) {
	today, err := f.d.today(ctx)
	if err != nil {
		return api.FilesState{}, err
	}
	s := api.FilesState{Date: today.Date, Findings: []api.FileFinding{}, Clearing: []api.DayFile{}, Banks: []api.BankFiles{}}
	if intake := f.d.n.intakeOf(today.Date); intake != nil {
		f.clearing(ctx, &s, intake)
	}
	for i := range f.d.n.config.Banks {
		b := &f.d.n.config.Banks[i]
		one, err := f.bank(today.Date, b)
		if err != nil {
			return s, err
		}
		s.Banks = append(s.Banks, one)
	}
	return s, nil
}

func (f DayFiles) clearing(ctx context.Context, s *api.FilesState, intake *clearing.Intake) {
	status := intake.Status()
	s.Complete = status.Complete
	if set, ok := intake.Accepted(); ok {
		s.Accepted = &api.FileSet{Input: set.Input.String(), At: moment(set.At), Used: f.uses(ctx, &set)}
	}
	if status.Pending != nil {
		s.Pending = &api.FileSet{Input: status.Pending.Input.String()}
	}
	for _, x := range status.Findings {
		s.Findings = append(s.Findings, api.FileFinding{File: x.File, What: x.Kind.String(), Record: x.Record, Field: x.Field, Detail: x.Detail, Since: x.Since.UTC()})
	}
	for _, x := range status.Files {
		file := api.DayFile{Name: x.Name, Due: moment(x.Due), Arrived: moment(x.Arrived), Here: x.Here, Good: x.Good, Versions: len(x.Versions)}
		if len(x.Versions) > 0 {
			last := x.Versions[len(x.Versions)-1]
			file.Bytes, file.SHA256 = last.Bytes, last.Hash.String()
		}
		s.Clearing = append(s.Clearing, file)
	}
}

// uses says whether the day end works on a set: the one its second step read, or
// the newest while it has read none.
func (f DayFiles) uses(ctx context.Context, set *clearing.Set) bool {
	today, err := f.d.today(ctx)
	if err != nil {
		return false
	}
	o, err := f.d.n.config.settleOptions(today.Date)
	if err != nil {
		return false
	}
	in, err := f.d.inputs(ctx, o)
	if err != nil || len(in.Clearing) != 1 {
		return false
	}
	begun, ok := in.Clearing[0].(ClearingFiles)
	return ok && begun.Set != nil && begun.Set.Input == set.Input
}

// bank tells what one bank has sent and taken.
func (f DayFiles) bank(date uint32, b *BankConfig) (api.BankFiles, error) {
	s := api.BankFiles{Bank: b.Number, Received: []api.DayFile{}, Sent: []string{}}
	at := f.d.n.bankFiles[b.Number]
	entries, err := at.arrived(date).ReadDir(".")
	if err != nil {
		return s, fmt.Errorf("files of bank %d: %w", b.Number, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return s, err
		}
		file := api.DayFile{Name: e.Name(), Here: true, Good: true, Bytes: info.Size()}
		if of, ok := info.Sys().(bank.FileInfo); ok {
			file.Versions, file.SHA256 = of.Version, hex.EncodeToString(of.SHA256[:])
		}
		s.Received = append(s.Received, file)
	}
	_, in, err := settle.FileSet(b.Files.Set)
	if err == nil { // without a set nothing is agreed
		missing, err := at.missing(date, in)
		if err != nil {
			return s, err
		}
		for _, name := range missing {
			s.Received = append(s.Received, api.DayFile{Name: name})
		}
	}
	names, _, fault := at.sent(wireDate(date))
	s.Sent = append(s.Sent, names...)
	if fault != nil {
		s.Failure = fault.Error()
	}
	return s, nil
}

// Ask asks for a file again.
func (f DayFiles) Ask(ctx context.Context, by record.Caller, number uint16, name string) error {
	today, err := f.d.today(ctx)
	if err != nil {
		return err
	}
	if number == 0 {
		err = f.askClearing(ctx, today.Date, name)
	} else {
		err = f.askBank(today.Date, number, name)
	}
	if err == nil {
		f.d.n.log.Info("a file was asked for again", slog.String("by", api.CallerName(by)), slog.Int("bank", int(number)), slog.String("file", name))
	}
	return err
}

func (f DayFiles) askClearing(ctx context.Context, date uint32, name string) error {
	intake := f.d.n.intakeOf(date)
	if intake == nil {
		return fmt.Errorf("%w: %w", api.ErrNobodyAsked, errNoIntake)
	}
	err := intake.Request(ctx, name, f.d.n.clock.Now())
	switch {
	case errors.Is(err, clearing.ErrUnknown):
		return fmt.Errorf("%s: %w", name, api.ErrNoFile)
	case errors.Is(err, clearing.ErrRequest) && f.d.n.config.Clearing.Requests == "":
		return api.ErrNobodyAsked
	}
	return err
}

func (f DayFiles) askBank(date uint32, number uint16, name string) error {
	gateway := f.d.n.Bank(number)
	if gateway == nil {
		return fmt.Errorf("bank %d: %w", number, api.ErrNoFile)
	}
	err := gateway.FetchFile(wireDate(date), name)
	if errors.Is(err, bank.ErrName) {
		return fmt.Errorf("%s: %w", name, api.ErrNoFile)
	}
	return err
}

// CompareAgain compares with the newest set of clearing files.
func (f DayFiles) CompareAgain(ctx context.Context) (api.Comparison, error) {
	c := api.Comparison{Still: []uint64{}, Gone: []uint64{}}
	today, err := f.d.today(ctx)
	if err != nil {
		return c, err
	}
	o, err := f.d.n.config.settleOptions(today.Date)
	if err != nil {
		return c, err
	}
	intake := f.d.n.intakeOf(today.Date)
	if intake == nil {
		return c, fmt.Errorf("%w: %w", errNoIntake, settle.ErrMissing)
	}
	in := settle.Inputs{
		Clearing: []settle.Received{ClearingFiles{Intake: intake, Participant: o.Broker.Participant, Date: csdc.Date(calendar.Date(o.Date).Compact())}},
		Banks:    map[uint16]fs.FS{}, Persons: f.d.n.Owners,
	}
	o.Now = f.d.n.clock.Now
	still, err := settle.CompareAgain(ctx, f.d.n.Core, in, o)
	if err != nil {
		return c, err
	}
	c.Differences = len(still)
	if len(still) > 0 {
		if c.Still, err = reconcile.Register(ctx, patient{f.d.n.Core}, still); err != nil {
			return c, fmt.Errorf("register differences: %w", err)
		}
	}
	err = f.d.n.Core.Look(ctx, func(m *custody.Machine) {
		for _, k := range m.Cases() {
			if k.State == custody.CaseOpen && reconcile.OfClearing(&k) && !slices.Contains(c.Still, k.Number) {
				c.Gone = append(c.Gone, k.Number)
			}
		}
	})
	return c, err
}

// adopt takes a replaced set of clearing files when two people have said so. The
// approval lies in the journal, so that a restart in between changes nothing.
func (n *Node) adopt(ctx context.Context, intake *clearing.Intake, date calendar.Date) error {
	pending := intake.Status().Pending
	if pending == nil {
		return nil
	}
	digest := approval.Digest(record.Encode(nil, &record.AdoptFiles{Date: uint32(date), Input: pending.Input}))
	approved := false
	if err := n.Core.Look(ctx, func(m *custody.Machine) {
		for _, p := range m.Proposals() {
			approved = approved || p.Act == record.KindAdoptFiles && p.State == approval.Approved && p.Payload == digest
		}
	}); err != nil || !approved {
		return err
	}
	err := intake.Adopt(pending.Input, n.clock.Now())
	if errors.Is(err, clearing.ErrUnknown) {
		return nil // another set came meanwhile: it needs its own approval
	}
	if err == nil {
		n.log.Info("a replaced set of clearing files was adopted", slog.String("date", date.String()), slog.String("input", pending.Input.String()))
	}
	return err
}
