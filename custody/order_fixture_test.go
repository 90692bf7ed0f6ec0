package custody

import (
	"fmt"
	"slices"

	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// The securities of the tests, with their previous closes.
var (
	stockSH  = must(market.ParseID("600000.SH"))
	stockSZ  = must(market.ParseID("000001.SZ"))
	chinext  = must(market.ParseID("300750.SZ"))
	star     = must(market.ParseID("688001.SH"))
	bse      = must(market.ParseID("830001.BJ"))
	etf      = must(market.ParseID("510300.SH"))
	etfToday = must(market.ParseID("511880.SH"))
	warned   = must(market.ParseID("600001.SH"))
	halted   = must(market.ParseID("600002.SH"))
	suspends = must(market.ParseID("600003.SH"))
	gone     = must(market.ParseID("600004.SH"))
	early    = must(market.ParseID("600005.SH"))
	noClose  = must(market.ParseID("600006.SH"))
	issue    = must(market.ParseID("600007.SH"))
	bShare   = must(market.ParseID("900901.SH"))
	index    = must(market.ParseID("000016.SH"))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// instrumentRows are the static data of the test day.
func instrumentRows() []record.InstrumentData {
	plain := func(id market.ID, prev money.Price, change ...func(*record.InstrumentData)) record.InstrumentData {
		board, _ := market.Classify(id)
		d := record.InstrumentData{ID: uint32(id), Board: uint8(board), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: prev}
		for _, f := range change {
			f(&d)
		}
		return d
	}
	status := func(s market.Status) func(*record.InstrumentData) {
		return func(d *record.InstrumentData) { d.Status = uint8(s) }
	}
	flags := func(f uint16) func(*record.InstrumentData) {
		return func(d *record.InstrumentData) { d.Flags = f }
	}
	return []record.InstrumentData{
		plain(stockSH, 10_0000), plain(stockSZ, 12_0000), plain(chinext, 20_0000), plain(star, 30_0000), plain(bse, 15_0000),
		plain(etf, 3_9050), plain(etfToday, 100_0050, flags(FlagSameDay)),
		plain(warned, 5_0000, func(d *record.InstrumentData) { d.Standing = uint8(market.RiskWarning) }),
		plain(halted, 5_0000, status(market.Halted)), plain(suspends, 5_0000, status(market.Suspended)), plain(gone, 5_0000, status(market.Delisted)),
		plain(early, 5_0000, func(d *record.InstrumentData) { d.Listed = testNext }),
		plain(noClose, 0), plain(issue, 5_0000),
		plain(bShare, 1_0000), plain(index, 3000_0000),
	}
}

// withInstruments loads the securities and an issue, and joins securities accounts of the three
// markets to the main fund account of each of n clients.
func withInstruments(t reporter, r *run, n uint64) {
	t.Helper()
	r.must(0, &record.LoadInstruments{Date: r.live.today().Date, Rows: instrumentRows()})
	r.must(0, &record.LoadIssues{Date: r.live.today().Date, Rows: []record.IssueData{
		{Code: uint32(issue), Security: uint32(issue), Price: 5_0000, Unit: 500, Max: 9_500},
	}})
	for client := uint64(1); client <= n; client++ {
		var rows []record.SecuritiesData
		for m := market.Shanghai; m <= market.Beijing; m++ {
			d := record.SecuritiesData{Fund: 1000 + client, Market: uint8(m)}
			copy(d.Account[:], fmt.Sprintf("A%08d%d", client, m))
			copy(d.PBU[:], "23456")
			rows = append(rows, d)
		}
		r.must(0, &record.OpenSecurities{Rows: rows})
	}
}

// positionFor returns the position of a fund account in a security.
func (r *run) positionFor(number uint64, id market.ID) ledger.Account {
	r.t.Helper()
	fund, ok := r.live.fund(number)
	row, known := r.live.instrument(id)
	if !ok || !known {
		r.t.Fatalf("no fund account %d or no security %s", number, id)
	}
	at, ok := r.live.positionRow(fund, row)
	if !ok {
		return ledger.Account{}
	}
	return *r.live.Ledger.At(at)
}

// checkUnits checks that clients' positions are what the clearing house holds for
// them, security by security.
func (r *run) checkUnits() {
	r.t.Helper()
	open := map[uint32]int64{}
	var units []uint32
	for row := range r.live.Ledger.Len() {
		a := r.live.Ledger.At(row)
		k := ledger.KeyFrom(a.Key)
		if k.Unit < ledger.UnitSecurity {
			continue
		}
		if _, seen := open[k.Unit]; !seen {
			units = append(units, k.Unit)
		}
		switch k.Kind {
		case ledger.Position:
			open[k.Unit] += a.Balance
		case ledger.Custody:
			open[k.Unit] -= a.Balance
		default:
			r.t.Fatalf("account %+v counts securities", k)
		}
	}
	slices.Sort(units)
	for _, u := range units {
		if open[u] != 0 {
			r.t.Fatalf("unit %d: clients hold %d more than the clearing house", u, open[u])
		}
	}
}

// checkOrderHolds checks that what the ledger holds for orders is what the open
// orders hold, account by account (row K30).
func (r *run) checkOrderHolds() {
	r.t.Helper()
	held := map[uint32]int64{}
	for row := range r.live.orders.Len() {
		o := r.live.orders.At(row)
		if o.Held == 0 {
			continue
		}
		if !o.Open() {
			r.t.Fatalf("order %d is over in state %d and still holds %d", o.ID, o.State, o.Held)
		}
		held[r.live.heldIn(o)] += o.Held
	}
	for row := range r.live.Ledger.Len() {
		if got := r.live.Ledger.At(row).In(ledger.HeldOrder); got != held[row] {
			r.t.Fatalf("account %d holds %d for orders, its orders %d", row, got, held[row])
		}
	}
}
