package pair

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"sancun/custody"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/money"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// The cell that every run begins with: a business day, one bank, a few clients
// with money.
const (
	cell         = 1
	dayOfRun     = 20230825
	dayAfter     = 20230828
	morning      = 1692928800 // 10:00 in Beijing, in unix seconds
	clientsOfRun = 4
	openingFen   = 1_000_000_00
	bankOfRun    = 1
	// segmentBytes is small, so that a run goes through many segments.
	segmentBytes = 64 << 10
	// rootEvery is small for the same reason.
	rootEvery = 8
	answers   = 4_096
	// folder is where a centre lives on its own disk.
	folder = "centre"
)

func fundOf(client int) uint64    { return 8_000_000_000 + uint64(client) }
func cardOf(client int) state.Key { return state.KeyOf(uint64(client), 0xca4d) }
func nameOf(client int) state.Key { return state.KeyOf(uint64(client), 0x4a3e) }

func newMachine() *custody.Machine {
	return custody.New(custody.Options{Sum: sha256.Sum256, Answers: answers})
}

// genesis is the disk of a centre that has the cell; every run gets copies.
var genesis = sync.OnceValues(func() (*faultfs.FS, error) {
	fs := faultfs.New()
	engine, _, err := disk.Open(disk.Options{Dir: folder + "/journal", FS: fs, Cell: cell, SegmentBytes: segmentBytes})
	if err != nil {
		return nil, err
	}
	s := sequencer.NewStepwise(engine, newMachine(), journal.Position{Cell: cell}, sequencer.Options{
		Cell: cell, Epoch: 1, Kind: journal.SHA256, RootEvery: rootEvery, Now: func() time.Time { return time.Unix(morning, 0) },
	})
	var batches []*sequencer.Batch
	for _, cmd := range firstCommands() {
		b := sequencer.Request(record.Request{Cmd: cmd})
		if err := s.Take(b); err != nil {
			return nil, err
		}
		batches = append(batches, b)
	}
	if err := s.Stop(); err != nil {
		return nil, err
	}
	s.Answer(s.Head().Height)
	for i, b := range batches {
		if code := record.Code(b.Answers[0].Code); code != record.Accepted {
			return nil, fmt.Errorf("command %d of the cell was refused: %s", i, code)
		}
	}
	return fs, engine.Close()
})

func firstCommands() []record.Command {
	clients, funds, contracts, money1 := &record.OpenClients{}, &record.OpenFunds{}, &record.SignContracts{}, &record.TakeOver{}
	for n := range clientsOfRun {
		clients.Rows = append(clients.Rows, record.ClientData{
			Number: uint64(n + 1), Class: custody.Person, Document: 1, Branch: 1, ID: state.KeyOf(uint64(n), 1), Name: nameOf(n), Mobile: state.KeyOf(uint64(n), 2),
			Risk: 5, RiskUntil: 20240825, Permissions: custody.PermitMain, Sealed: []byte("sealed"),
		})
		funds.Rows = append(funds.Rows, record.FundData{Number: fundOf(n), Client: uint64(n + 1), Currency: money.CNY, Main: 1})
		contracts.Rows = append(contracts.Rows, record.ContractData{Fund: fundOf(n), Bank: bankOfRun, Card: cardOf(n)})
		money1.Rows = append(money1.Rows, record.OpeningBalance{Fund: fundOf(n), Amount: openingFen})
	}
	return []record.Command{
		&record.OpenDay{Date: dayOfRun, Next: dayAfter},
		&record.SetBank{Number: bankOfRun, Service: custody.BankOpen, WindowTo: 24 * 3600_000, SingleMax: 1 << 40, Code: "B1", Name: "bank 1"},
		&record.BankSession{Bank: bankOfRun, Date: dayOfRun},
		clients, funds, contracts, money1,
	}
}
