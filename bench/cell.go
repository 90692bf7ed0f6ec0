package bench

import (
	"errors"
	"fmt"
	"os"
	"time"

	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/node"
	"sancun/record"
	"sancun/state"
)

// The cell of the custody workloads: a business day that was a real one, its
// securities and as many clients as a workload needs.
const (
	cellDate     = 20230825
	cellNext     = 20230828
	cellMorning  = 1692928800 // 10:00 in Beijing, in unix seconds
	cellOpening  = 1_000_000_00
	cellShare    = uint32(1_600_000) // the first of the securities, on the main board of Shanghai
	cellStocks   = 1000
	cellClose    = money.Price(10_0000)
	cellAnswers  = 10_000_000
	cellDepositM = 1 << 40
)

// cell is a core with clients.
type cell struct {
	*node.Core
	clients int
	banks   int
	now     func() time.Time
}

// Morning is the moment at which the day of these workloads begins.
func Morning() time.Time { return time.Unix(cellMorning, 0) }

// FundOf is the number of the fund account of a client, counted from 0.
func FundOf(client int) uint64 { return fundOf(client) }

// fillBanks is how many banks the clients of FillClients are spread over.
const fillBanks = 3

// FillClients opens the day of these workloads in an empty core, with clients who
// have money and contracts, for those who load a centre from outside.
func FillClients(core *node.Core, clients int) error {
	c := &cell{Core: core, clients: clients, banks: fillBanks}
	return c.fill()
}

func fundOf(client int) uint64 { return 8_000_000_000 + uint64(client) }

// bankOf spreads clients over banks.
func (c *cell) bankOf(client int) uint16 { return uint16(1 + client%c.banks) }

func cardOf(client int) state.Key { return state.KeyOf(uint64(client), 0xca4d) }
func nameOf(client int) state.Key { return state.KeyOf(uint64(client), 0x4a3e) }

// openCell opens a core in an empty folder whose clock starts at ten o'clock of the
// day and runs as fast as ours.
func openCell(c Conditions, clients, banks int) (*cell, error) {
	if err := os.RemoveAll(c.Dir); err != nil {
		return nil, err
	}
	began, morning := time.Now(), time.Unix(cellMorning, 0)
	made := &cell{clients: clients, banks: banks, now: func() time.Time { return morning.Add(time.Since(began)) }}
	core, err := node.OpenCore(node.CoreConfig{Dir: c.Dir, Answers: cellAnswers, Now: made.now})
	if err != nil {
		return nil, err
	}
	made.Core = core
	if err := made.fill(); err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	return made, nil
}

func (c *cell) fill() error {
	if err := prepare(c.Core, c.genesis()); err != nil {
		return err
	}
	for first := 0; first < c.clients; first += record.BatchMax {
		if err := prepare(c.Core, c.people(first, min(first+record.BatchMax, c.clients))); err != nil {
			return fmt.Errorf("clients from %d: %w", first, err)
		}
	}
	return nil
}

func (c *cell) genesis() []record.Request {
	all := []record.Request{{Cmd: &record.OpenDay{Date: cellDate, Next: cellNext}}}
	for n := range c.banks {
		number := uint16(n + 1)
		all = append(all,
			record.Request{Cmd: &record.SetBank{Number: number, Service: custody.BankOpen, WindowTo: 24 * 3600_000, SingleMax: cellDepositM, Code: fmt.Sprint("B", number), Name: fmt.Sprint("bank ", number)}},
			record.Request{Cmd: &record.BankSession{Bank: number, Date: cellDate}})
	}
	load := &record.LoadInstruments{Date: cellDate}
	for n := range uint32(cellStocks) {
		load.Rows = append(load.Rows, record.InstrumentData{ID: cellShare + n, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: cellClose})
	}
	return append(all, record.Request{Cmd: load})
}

// people opens clients with fund accounts, contracts, money and securities accounts.
func (c *cell) people(first, end int) []record.Request {
	clients, funds, contracts := &record.OpenClients{}, &record.OpenFunds{}, &record.SignContracts{}
	money1, securities := &record.TakeOver{}, &record.OpenSecurities{}
	for n := first; n < end; n++ {
		clients.Rows = append(clients.Rows, record.ClientData{
			Number: uint64(n + 1), Class: custody.Person, Document: 1, Branch: 1, ID: state.KeyOf(uint64(n), 1), Name: nameOf(n), Mobile: state.KeyOf(uint64(n), 2),
			Risk: 5, RiskUntil: 20240825, Permissions: custody.PermitMain, Sealed: []byte("sealed"),
		})
		funds.Rows = append(funds.Rows, record.FundData{Number: fundOf(n), Client: uint64(n + 1), Currency: money.CNY, Main: 1})
		contracts.Rows = append(contracts.Rows, record.ContractData{Fund: fundOf(n), Bank: c.bankOf(n), Card: cardOf(n)})
		money1.Rows = append(money1.Rows, record.OpeningBalance{Fund: fundOf(n), Amount: cellOpening})
		account := record.SecuritiesData{Fund: fundOf(n), Market: uint8(market.Shanghai)}
		copy(account.Account[:], fmt.Sprintf("A%09d", n))
		copy(account.PBU[:], "123456")
		securities.Rows = append(securities.Rows, account)
	}
	var all []record.Request
	for _, cmd := range []record.Command{clients, funds, contracts, money1, securities} {
		all = append(all, record.Request{Cmd: cmd}) // a migration by the house itself
	}
	return all
}

// close ends the core and removes what it wrote.
func (c *cell) close(dir string, err error) error {
	return errors.Join(err, c.Abandon(), os.RemoveAll(dir))
}
