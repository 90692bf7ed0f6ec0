package settle

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sancun/custody"
	"sancun/difference"
	"sancun/journal"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// SettlementReport is the day for broker, bank and supervisor (row K44): counts,
// amounts and changes. It has no times of the run, so that it is the same whenever
// it is made. Amounts are in minor units. It is also what its JSON file holds.
type SettlementReport struct {
	Date     uint32     `json:"date"`
	Broker   string     `json:"broker"`
	Audience string     `json:"audience" doc:"broker, supervisor, or bank and its number"`
	Height   uint64     `json:"height" doc:"Of the block that stopped the day"`
	Hash     string     `json:"hash" doc:"Of that block"`
	Time     time.Time  `json:"time" doc:"Of that block"`
	Root     string     `json:"day_root" doc:"State root of the day when interest was done, which the figures are as of; archive.txt has it too"`
	Clients  ClientSums `json:"clients"`

	Markets     []MarketSum     `json:"markets"`
	Banks       []BankSum       `json:"banks"`
	Obligations []ObligationSum `json:"obligations"`
	Cases       []CaseSum       `json:"difference_counts"`
	Differences []Finding       `json:"differences"`
}

// ClientSums are clients and how many came and went.
type ClientSums struct {
	Clients   uint64 `json:"clients" doc:"Not closed, at the day's end"`
	Opened    uint64 `json:"opened" doc:"Today"`
	Closed    uint64 `json:"closed" doc:"Today"`
	Funds     uint64 `json:"fund_accounts" doc:"Not closed"`
	Signed    uint64 `json:"signed" doc:"Contracts that began today"`
	Cancelled uint64 `json:"cancelled" doc:"Contracts that ended today"`
}

// MarketSum is one market and currency: orders, and first-level clearing.
type MarketSum struct {
	Market     string       `json:"market"`
	Currency   string       `json:"currency"`
	Orders     uint64       `json:"orders" doc:"Accepted by the broker"`
	Filled     uint64       `json:"filled_orders"`
	Cancelled  uint64       `json:"cancelled_orders" doc:"Whole or in part"`
	Refused    uint64       `json:"refused_orders" doc:"By the exchange"`
	OurRows    uint64       `json:"our_fills"`
	TheirRows  uint64       `json:"their_rows"`
	Bought     money.Amount `json:"bought"`
	Sold       money.Amount `json:"sold"`
	Levies     money.Amount `json:"levies" doc:"By our reckoning, record by record"`
	Charged    money.Amount `json:"charged" doc:"To clients, order by order"`
	Rounding   money.Amount `json:"rounding" doc:"Charged less levies"`
	Commission money.Amount `json:"commission"`
	Ours       money.Amount `json:"our_net"`
	Theirs     money.Amount `json:"their_net"`
}

// BankSum is one bank and currency: the total-to-detail identity, what moved on the
// clients' ledgers since the day opened, and transfers. Opening and movements lead
// to the ledger.
type BankSum struct {
	Bank         uint16       `json:"bank"`
	Name         string       `json:"name,omitempty"`
	Currency     string       `json:"currency"`
	Clients      uint64       `json:"fund_accounts" doc:"In custody, or with money there"`
	Signed       uint64       `json:"signed" doc:"Contracts that began today"`
	Cancelled    uint64       `json:"cancelled" doc:"Contracts that ended today"`
	Ledger       money.Amount `json:"ledger"`
	Pooled       money.Amount `json:"pooled"`
	Reserve      money.Amount `json:"reserve"`
	InSettlement money.Amount `json:"in_settlement"`
	Balanced     bool         `json:"balanced"`

	Opening    money.Amount `json:"opening"`
	Transfers  money.Amount `json:"transfers" doc:"Net of deposits, withdrawals, reversals and what follows the bank's books"`
	Trades     money.Amount `json:"trades" doc:"Net of principal and levies"`
	Commission money.Amount `json:"commission" doc:"Negative"`
	Dividends  money.Amount `json:"dividends"`
	Interest   money.Amount `json:"interest"`
	Internal   money.Amount `json:"internal" doc:"To and from fund accounts at other banks and this one"`
	Other      money.Amount `json:"other" doc:"Opening balances taken over, deductions"`

	Deposits      uint64       `json:"deposits" doc:"Done today and not reversed"`
	DepositSum    money.Amount `json:"deposit_sum"`
	Withdrawals   uint64       `json:"withdrawals" doc:"Done today and not reversed"`
	WithdrawalSum money.Amount `json:"withdrawal_sum"`
	Reversed      uint64       `json:"reversed"`
	Refused       uint64       `json:"refused"`
	Unknown       uint64       `json:"unknown" doc:"Without a known outcome"`
	Traded        money.Amount `json:"traded" doc:"Bought and sold"`
}

// ObligationSum is an Obligation for people.
type ObligationSum struct {
	Kind      string       `json:"kind"`
	TradeDate uint32       `json:"trade_date"`
	Settles   uint32       `json:"settles"`
	Bank      uint16       `json:"bank"`
	To        uint16       `json:"to,omitempty"`
	Market    string       `json:"market,omitempty"`
	Currency  string       `json:"currency"`
	Amount    money.Amount `json:"amount"`
}

// CaseSum counts differences of one subject and type.
type CaseSum struct {
	Subject string       `json:"subject"`
	Type    string       `json:"type"`
	Count   uint64       `json:"count"`
	Amount  money.Amount `json:"amount" doc:"Sum of how far ours and theirs are apart"`
}

// Finding is a difference for people.
type Finding struct {
	Subject  string       `json:"subject"`
	Type     string       `json:"type"`
	Bank     uint16       `json:"bank,omitempty"`
	Market   string       `json:"market,omitempty"`
	Fund     uint64       `json:"fund,omitempty"`
	Ours     money.Amount `json:"ours"`
	Theirs   money.Amount `json:"theirs"`
	OurRef   uint64       `json:"our_ref,omitempty"`
	TheirRef string       `json:"their_ref,omitempty"`
	File     string       `json:"file,omitempty"`
	Line     int          `json:"line,omitempty"`
	Detail   string       `json:"detail,omitempty"`
}

// findingsMax bounds the differences a report lists one by one: a person reads no
// more, and differences.csv has them all. CaseSums count all of them.
const findingsMax = 10_000

// settlementReport gathers the day.
func (r *run) settlementReport(found []difference.Difference) (*SettlementReport, error) {
	first, err := r.firstLevel()
	if err != nil {
		return nil, err
	}
	books, err := r.bankBooks()
	if err != nil {
		return nil, err
	}
	obligations, err := r.obligations()
	if err != nil {
		return nil, err
	}
	at, err := positionOf(r.core, r.report.Stopped)
	if err != nil {
		return nil, err
	}
	m, err := r.at(r.report.Closing)
	if err != nil {
		return nil, err
	}
	// Not the height of the closing: orders for the next day that came in meanwhile
	// move it, and no byte of the day's files is to depend on them.
	s := &SettlementReport{
		Date: r.o.Date, Broker: r.o.Broker.Name, Audience: ForBroker.String(), Height: at.Height, Hash: at.Hash.String(), Time: time.Unix(0, at.Time).UTC(), Root: fmt.Sprintf("%x", m.DayRoot()),
		Markets: []MarketSum{}, Banks: []BankSum{}, Obligations: []ObligationSum{}, Cases: []CaseSum{}, Differences: []Finding{},
	}
	s.Clients = r.clientSums(m)
	for i := range first.nets {
		s.Markets = append(s.Markets, r.marketSum(m, &first.nets[i]))
	}
	for i := range books {
		for c := money.CNY; c <= money.USD; c++ {
			if b := r.bankSum(m, &books[i], c); b.Clients > 0 || b.Ledger != 0 || b.Pooled != 0 || b.Reserve != 0 || b.InSettlement != 0 {
				s.Banks = append(s.Banks, b)
			}
		}
	}
	for i := range obligations {
		s.Obligations = append(s.Obligations, obligationSum(&obligations[i]))
	}
	s.list(found)
	return s, nil
}

// positionOf reads the position of one block.
func positionOf(core Core, height uint64) (at journal.Position, err error) {
	err = core.Blocks(height, func(b *journal.Block) error {
		at = b.Position()
		return errReached
	})
	if errors.Is(err, errReached) {
		err = nil
	}
	if err == nil && at.Height != height {
		err = fmt.Errorf("block %d: %w", height, ErrWrongDay)
	}
	return at, err
}

func (r *run) clientSums(m *custody.Machine) (s ClientSums) {
	for _, c := range m.Clients() {
		if c.Closed == r.o.Date {
			s.Closed++
		}
		if c.Closed == 0 {
			s.Clients++
		}
		if c.Opened == r.o.Date {
			s.Opened++
		}
	}
	for _, f := range m.Funds() {
		if f.State != custody.Closed {
			s.Funds++
		}
		signed, cancelled := r.relationChange(&f)
		s.Signed += signed
		s.Cancelled += cancelled
	}
	return s
}

// relationChange says whether a contract began or ended on the date.
func (r *run) relationChange(f *custody.Fund) (signed, cancelled uint64) {
	switch {
	case f.RelationDate != r.o.Date:
		return 0, 0
	case f.Relation == custody.RelationDesignated:
		return 1, 0
	case f.Relation == custody.RelationCancelled:
		return 0, 1
	}
	return 0, 0
}

func (r *run) marketSum(m *custody.Machine, n *Net) MarketSum {
	s := MarketSum{
		Market: market.Market(n.Market).String(), Currency: n.Currency.String(), OurRows: n.OurRows, TheirRows: n.TheirRows, Bought: n.Bought, Sold: n.Sold,
		Levies: n.Levies, Charged: n.Charged, Rounding: n.Rounding(), Commission: n.Commission, Ours: n.Ours, Theirs: n.Theirs,
	}
	for _, o := range m.Orders() {
		f := m.FundAt(o.Fund)
		if m.InstrumentAt(o.Instrument).ID.Market() != market.Market(n.Market) || f.Currency != n.Currency {
			continue
		}
		s.Orders++
		if o.Filled > 0 {
			s.Filled++
		}
		switch o.State {
		case custody.OrderPartCancelled, custody.OrderCancelled:
			s.Cancelled++
		case custody.OrderRefused:
			s.Refused++
		}
	}
	return s
}

func (r *run) bankSum(m *custody.Machine, b *bankBook, c money.Currency) BankSum {
	s := BankSum{Bank: b.bank.Number, Currency: c.String(), Balanced: true}
	if bank, ok := m.BankBy(s.Bank); ok {
		s.Name = trimmed(bank.Name[:])
	}
	for _, t := range r.closing.totals {
		if t.Bank == s.Bank && t.Currency == c {
			s.Ledger, s.Pooled, s.Reserve, s.InSettlement, s.Balanced = t.Ledger, t.Pooled, t.Reserve, t.InSettlement, t.Balanced()
		}
	}
	for i := range b.clients {
		if x := &b.clients[i]; x.currency == c {
			s.Clients++
			s.Traded += x.bought + x.sold // parts of sums that were checked
		}
	}
	for row := range m.Ledger.Len() {
		k := ledger.KeyFrom(m.Ledger.At(row).Key)
		if k.Kind == ledger.ClientCash && k.Bank == s.Bank && money.Currency(k.Unit) == c {
			if x := r.moves.by[cashOf(k)]; x != nil {
				s.move(x)
			}
		}
	}
	s.Opening = s.Ledger - s.Transfers - s.Trades - s.Commission - s.Dividends - s.Interest - s.Internal - s.Other
	for i := range r.cut.funds {
		if f := &r.cut.funds[i]; f.Bank == s.Bank && f.Currency == c {
			signed, cancelled := r.relationChange(f)
			s.Signed += signed
			s.Cancelled += cancelled
		}
	}
	for i := range r.cut.transfers {
		if t := &r.cut.transfers[i]; t.Bank == s.Bank && t.Date == r.o.Date && r.cut.funds[t.Fund].Currency == c && t.Reverses == 0 {
			s.transfer(t)
		}
	}
	return s
}

// move adds one client's movements of the day.
func (s *BankSum) move(x *movement) {
	s.Transfers += x.bank - x.opened
	s.Trades += x.trade
	s.Commission += x.fees
	s.Dividends += x.dividend
	s.Interest += x.interest + x.closing
	s.Internal += x.internal
	s.Other += x.other + x.opened
}

// transfer counts a transfer of the day by its outcome at the pinned height.
func (s *BankSum) transfer(t *custody.Transfer) {
	switch {
	case t.Open():
		s.Unknown++
	case t.State == custody.TransferDone && t.Direction == custody.Deposit:
		s.Deposits++
		s.DepositSum += t.Amount
	case t.State == custody.TransferDone:
		s.Withdrawals++
		s.WithdrawalSum += t.Amount
	case t.State == custody.TransferReversed:
		s.Reversed++
	case t.State == custody.TransferRefused:
		s.Refused++
	}
}

func obligationSum(o *Obligation) ObligationSum {
	s := ObligationSum{Kind: o.Kind.String(), TradeDate: o.TradeDate, Settles: o.Settles, Bank: o.Bank, To: o.To, Currency: o.Currency.String(), Amount: o.Amount}
	if o.Market != 0 {
		s.Market = market.Market(o.Market).String()
	}
	return s
}

// list counts all differences and lists the first ones.
func (s *SettlementReport) list(found []difference.Difference) {
	at := map[[2]uint8]int{}
	for i := range found {
		d := &found[i]
		key := [2]uint8{d.Subject, d.Type}
		row, ok := at[key]
		if !ok {
			row = len(s.Cases)
			at[key] = row
			s.Cases = append(s.Cases, CaseSum{Subject: caseSubjects[d.Subject], Type: caseTypes[d.Type]})
		}
		s.Cases[row].Count++
		if d.Subject != record.CasePosition { // units cannot be added to money
			s.Cases[row].Amount += max(d.Ours-d.Theirs, d.Theirs-d.Ours)
		}
		if len(s.Differences) < findingsMax {
			f := Finding{
				Subject: caseSubjects[d.Subject], Type: caseTypes[d.Type], Bank: d.Bank, Fund: d.Fund, Ours: d.Ours, Theirs: d.Theirs, OurRef: d.OurRef,
				TheirRef: d.TheirRef, File: d.File, Line: d.Line, Detail: d.Detail,
			}
			if d.Market != 0 {
				f.Market = market.Market(d.Market).String()
			}
			s.Differences = append(s.Differences, f)
		}
	}
}

// ReadSettlementReport reads the JSON file of a report. It returns an error that
// wraps ErrReport for anything else.
func ReadSettlementReport(content []byte) (*SettlementReport, error) {
	if len(content) > reportBytesMax {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(content), reportBytesMax, ErrReport)
	}
	var s SettlementReport
	if err := json.Unmarshal(content, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReport, err)
	}
	if s.Date == 0 || s.Height == 0 || s.Audience == "" {
		return nil, fmt.Errorf("no date, height or audience: %w", ErrReport)
	}
	return &s, nil
}

// reportBytesMax bounds the file: 10,000 differences of half a kilobyte, and the
// sums of hundreds of banks.
const reportBytesMax = 16 << 20

// ErrReport reports a file that is no settlement report.
var ErrReport = errors.New("not a settlement report")

// text is the report's JSON file.
func (s *SettlementReport) text() ([]byte, error) {
	content, err := json.MarshalIndent(s, "", " ")
	return append(content, '\n'), err
}
