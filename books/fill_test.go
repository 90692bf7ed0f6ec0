package books_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sancun/books"
	"sancun/custody"
	"sancun/journal"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// busy makes a day of deposits, orders, fills, cancels, refusals and a day end,
// drawn from a seed.
func busy(t testing.TB, seed uint64, commands int) *house {
	h := newHouse(t)
	const clients = 20
	h.begin(clients)
	rng := rand.New(rand.NewPCG(seed, 5))
	exchange := record.CallerOf(record.CallerExchange, uint64(market.Shenzhen))
	index, lastOrder := uint64(1), uint64(0)
	report := func(order uint64) record.Report {
		r := record.Report{Market: uint8(stock.Market()), Partition: 1, Index: index}
		copy(r.ClOrdID[:], fmt.Sprintf("%010d", order))
		return r
	}
	for i := range commands {
		client := 1 + rng.Uint64N(clients)
		h.hold = rng.IntN(4) != 0
		switch rng.IntN(8) {
		case 0, 1:
			h.deposit(client, fmt.Sprintf("B%d", rng.IntN(commands)), money.Amount(1+rng.IntN(100_000)))
		case 2, 3:
			if a := h.buy(client, 95_000, money.Quantity(100*(1+rng.IntN(30)))); a.Code == 0 {
				lastOrder = a.Ref
			}
		case 4:
			if lastOrder > 0 && h.filled(1+rng.Uint64N(lastOrder), index, 94_000, 100).Code == 0 {
				index++
			}
		case 5:
			if lastOrder > 0 && h.do(exchange, &record.OrderCancelled{Report: report(1 + rng.Uint64N(lastOrder)), Quantity: 100}).Code == 0 {
				index++
			}
		case 6:
			h.do(investor(client), &record.AskDeposit{Fund: fundOf(client), Amount: money.Amount(rng.IntN(5000)), Channel: record.ChannelWeb})
		case 7:
			h.do(0, &record.ChangeFundState{Fund: fundOf(client), To: uint8(1 + rng.IntN(6)), Verified: 1, Reference: "list " + fmt.Sprint(i)})
		}
	}
	if h.open {
		h.seal()
	}
	h.hold = false
	h.must(0, &record.StopDay{Date: today})
	var open, all []uint64
	for _, o := range h.machine.Orders() {
		if all = append(all, o.ID); o.Open() {
			open = append(open, o.ID)
		}
	}
	if len(open) > 0 {
		h.must(0, &record.ExpireOrders{Orders: open})
	}
	if len(all) > 0 {
		h.must(0, &record.ClearOrders{Date: today, Orders: all})
	}
	h.must(0, &record.Quotes{Rows: []record.QuoteData{{ID: uint32(stock), Status: uint8(market.Trading), Last: 94_000, Bid: 93_900, Ask: 94_100, Close: 94_050}}})
	h.must(0, &record.PlaceFreeze{Fund: fundOf(3), Reason: record.FreezeCourt, Amount: 77, Partial: 1, Until: next, Order: "(2023)沪01执1号"})
	h.must(0, &record.OpenCase{Date: today, Type: record.CaseTotal, Subject: record.CaseCash, Bank: 2, Ours: 5, Theirs: -7, TheirRef: "CNY total"})
	closing := record.Encode(nil, &record.CloseCase{Case: 1, As: record.ResolvedByTime, Reason: "in flight"})
	for range 3 {
		h.must(staff(1), &record.Propose{Act: record.KindCloseCase, Payload: closing, Case: 1, Reason: "it arrived"})
	}
	h.must(staff(2), &record.Approve{Proposal: 1, Payload: closing})
	h.must(staff(2), &record.Decline{Proposal: 2, Reason: "twice"})
	for client := uint64(1); client <= clients; client++ { // for the next day, some of them taken back
		if a := h.buy(client, 93_000, 100); a.Code == 0 && client%3 == 0 {
			h.must(investor(client), &record.CancelOrder{Order: a.Ref, Fund: fundOf(client)})
		}
	}
	h.must(0, &record.StepDone{Date: today, Step: custody.StepSecondLevel, OK: 1, Rows: uint64(len(all))})
	h.must(0, &record.StepDone{Date: today, Step: custody.StepInterest, OK: 1})
	h.must(0, &record.PlaceFreeze{Fund: fundOf(4), Reason: record.FreezeCourt, Amount: 55, Partial: 1, Until: next, Order: "(2023)沪01执2号"})
	h.must(0, &record.StepDone{Date: today, Step: custody.StepInterest, OK: 1, Rows: 2}) // a second success closes nothing
	return h
}

// dump is every row of every table as text.
func dump(t testing.TB, path string) map[string][]string {
	t.Helper()
	kind, source := "sqlite", "file:"+path+"?mode=ro"
	if strings.HasPrefix(path, "postgres:") {
		kind, source = "pgx", path
	}
	db, err := sql.Open(kind, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string][]string{}
	for _, table := range strings.Fields("reached blocks days steps banks instruments clients sealed passwords funds contracts securities accounts all_entries all_units closed closings closes transfers orders all_fills all_transfer_lines all_order_lines freezes cases proposals words audit") {
		rows, err := db.Query("SELECT * FROM " + table + " ORDER BY 1, 2" + map[string]string{"all_entries": ", 3, 4, 5", "all_units": ", 3, 4, 5", "all_fills": ", 3, 4", "contracts": ", 3"}[table])
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			all[table] = append(all[table], fmt.Sprintln(cells...))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return all
}

// The tables say of every object what the machine says.
func testBooksAgreeWithTheMachine(t *testing.T) {
	for seed := range uint64(5) {
		h, path := busy(t, seed, 400), bookPath(t)
		f := openFiller(t, path)
		h.fill(f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		got := dump(t, path)
		var funds, orders, transfers, accounts []string
		for row, x := range h.machine.Funds() {
			funds = append(funds, fmt.Sprintln(row, x.Number, h.machine.ClientAt(x.Client).Number, uint8(x.Currency), x.Main, x.State, x.Relation, x.Bank,
				x.RelationDate, x.Closing, x.ClosingDate, x.CardDate, int64(x.Commission), x.Unconfirmed, x.Next))
		}
		for _, x := range h.machine.Orders() {
			orders = append(orders, orderRow(h, x))
		}
		for _, x := range h.machine.NextOrders() {
			orders = append(orders, orderRow(h, x))
		}
		for _, x := range h.machine.Transfers() {
			transfers = append(transfers, fmt.Sprintln(x.ID, h.machine.FundAt(x.Fund).Number, x.Bank, x.Direction, x.Initiator, x.State, x.Channel, x.Booked, x.Matched,
				x.BankError, x.Date, x.Asked, x.Ended, int64(x.Amount), strings.TrimRight(string(x.BankRef[:]), "\x00"), x.Reverses, x.ReversedBy, x.Case))
		}
		for row := range h.machine.Ledger.Len() {
			a := h.machine.Ledger.At(row)
			k := ledger.KeyFrom(a.Key)
			accounts = append(accounts, fmt.Sprintln(row, uint16(k.Kind), k.Bank, k.Unit, k.Owner, a.Balance, a.Buckets[0], a.Buckets[1], a.Buckets[2], a.Buckets[3], a.Buckets[4]))
		}
		slices.Sort(orders)
		slices.Sort(got["orders"])
		for i, row := range got["accounts"] { // cost and height of the last change are no figures of the machine
			got["accounts"][i] = strings.Join(strings.Fields(row)[:11], " ") + "\n"
		}
		for table, want := range map[string][]string{
			"funds": funds, "orders": orders, "transfers": transfers, "accounts": accounts,
			"clients": clientRows(h), "banks": bankRows(h), "instruments": instrumentRows(h), "steps": stepRows(h), "securities": securitiesRows(h),
			"cases": caseRows(h), "proposals": proposalRows(h),
		} {
			if len(want) == 0 || !slices.Equal(got[table], want) {
				t.Errorf("seed %d: table %s\n%v\nthe machine\n%v", seed, table, got[table], want)
			}
		}
		if want := fmt.Sprintln(0, fundOf(3), record.FreezeCourt, 0, 0, today, next, 0, 77, 77, 0, 0, "(2023)沪01执1号"); len(got["freezes"]) != 2 || got["freezes"][0] != want {
			t.Errorf("seed %d: freezes %v, want %v", seed, got["freezes"], want)
		}
		if len(got["all_fills"]) == 0 || len(got["audit"]) == 0 || len(got["blocks"]) != len(h.blocks) || len(got["sealed"]) != 20 || len(got["contracts"]) != 20 {
			t.Errorf("seed %d: %d fills, %d deeds, %d of %d blocks, %d sealed, %d contracts", seed, len(got["all_fills"]), len(got["audit"]), len(got["blocks"]), len(h.blocks), len(got["sealed"]), len(got["contracts"]))
		}
	}
}

func orderRow(h *house, x custody.Order) string {
	return fmt.Sprintln(x.ID, h.machine.FundAt(x.Fund).Number, uint32(h.machine.InstrumentAt(x.Instrument).ID), x.Side, x.Category, uint8(x.Type), x.State,
		x.Channel, x.Cancelling, x.Cleared, x.Reason, x.Date, x.Placed, int64(x.Price), int64(x.Quantity), int64(x.Filled), int64(x.Cancelled),
		int64(x.Value), int64(x.Fees), strings.TrimRight(string(x.OrderID[:]), "\x00"))
}

func clientRows(h *house) (all []string) {
	for row, x := range h.machine.Clients() {
		all = append(all, fmt.Sprintln(row, x.Number, x.Class, x.State, x.Document, x.Risk, x.RiskUntil, x.Investor, x.Mismatch, x.Branch, x.Permissions,
			x.Opened, x.Closed, x.TradeSet, x.TradeLocked, x.FundSet, x.FundLocked, x.Sessions, x.ID[:]))
	}
	return all
}

func bankRows(h *house) (all []string) {
	for _, x := range h.machine.Banks() {
		all = append(all, fmt.Sprintln(x.Number, x.Service, x.SignedIn, x.WindowFrom, x.WindowTo, int64(x.SingleMin), int64(x.SingleMax), int64(x.DailyMax), x.DailyCount,
			int64(x.MinRemaining), strings.TrimRight(string(x.Code[:]), "\x00"), strings.TrimRight(string(x.Name[:]), "\x00")))
	}
	return all
}

func instrumentRows(h *house) (all []string) {
	for row, x := range h.machine.Instruments() {
		all = append(all, fmt.Sprintln(row, uint32(x.ID), uint8(x.Board), uint8(x.Standing), uint8(x.Status), x.Flags, x.Date,
			int64(x.PrevClose), int64(x.Last), int64(x.Bid), int64(x.Ask), int64(x.Close)))
	}
	return all
}

func stepRows(h *house) (all []string) {
	for _, x := range h.machine.Steps() {
		all = append(all, fmt.Sprintln(x.Date, x.Number, x.OK, x.Rows, x.Runs, x.Ended, x.Input[:]))
	}
	return all
}

func securitiesRows(h *house) (all []string) {
	for row := range uint32(20) {
		x := h.machine.SecuritiesAt(row)
		all = append(all, fmt.Sprintln(row, h.machine.FundAt(x.Fund).Number, uint8(x.Market), x.State, string(x.Account[:]), string(x.PBU[:])))
	}
	return all
}

func caseRows(h *house) (all []string) {
	for _, x := range h.machine.Cases() {
		all = append(all, fmt.Sprintln(x.Number, x.Date, x.Found, x.Type, x.Subject, x.State, x.As, x.Bank, x.Market, x.Fund, int64(x.Ours), int64(x.Theirs),
			x.OurRef, x.Serial(), x.Opened, x.Closed))
	}
	return all
}

func proposalRows(h *house) (all []string) {
	for _, x := range h.machine.Proposals() {
		all = append(all, fmt.Sprintln(x.ID, uint16(x.Act), x.State, x.Date, int64(x.Maker), int64(x.Checker), x.Made, x.Ended, x.Case, x.Payload[:]))
	}
	return all
}

// However the blocks are cut into commits and wherever the filler is closed and
// opened again, the tables are the same.
func testCutsMakeNoDifference(t *testing.T) {
	h := busy(t, 7, 300)
	whole := bookPath(t)
	f := openFiller(t, whole)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want := dump(t, whole)
	cuts := []int{1, 3, 17}
	if place != nil {
		cuts = []int{40, 101} // opening a database takes longer than a file
	}
	for _, every := range cuts {
		path := bookPath(t)
		for n := 0; n < len(h.blocks); n += every {
			f, err := books.OpenFiller(books.FillerOptions{Path: path, CommitRecords: 1 + n%5})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range h.blocks[n:min(len(h.blocks), n+every)] {
				if err := f.Add(b); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		got := dump(t, path)
		for table := range want {
			if !slices.Equal(got[table], want[table]) {
				t.Errorf("reopened every %d blocks, table %s\n%v\nwant\n%v", every, table, got[table], want[table])
			}
		}
	}
}

// Lines of a statement add up: each balance is the one before plus the amount.
func testEntriesAddUp(t *testing.T) {
	h, path := busy(t, 3, 400), bookPath(t)
	f := openFiller(t, path)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := books.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	named := 0
	for client := uint64(1); client <= 20; client++ {
		s, err := b.Statement(t.Context(), fundOf(client), today, today, books.Page{Limit: books.PageMax})
		if err != nil {
			t.Fatal(err)
		}
		sum := money.Amount(0)
		for _, line := range s.Rows {
			if sum += line.Amount; sum != line.Balance {
				t.Fatalf("client %d, %+v: the lines so far add up to %d", client, line, sum)
			}
			if line.Ref != 0 {
				named++
			}
		}
		f, _, _ := h.machine.Fund(fundOf(client))
		if got := h.machine.Ledger.At(f.Cash - 1).Balance; s.Closing != money.Amount(got) || sum != s.Closing {
			t.Errorf("client %d: statement closes at %d, lines at %d, ledger at %d", client, s.Closing, sum, got)
		}
		if s.Height != h.head.Height || s.Time.UnixNano() != h.head.Time {
			t.Errorf("statement is as of %d, the journal is at %d", s.Height, h.head.Height)
		}
	}
	if named == 0 {
		t.Error("no line names its transfer or order")
	}
}

func testFillerRefuses(t *testing.T) {
	h, path := busy(t, 1, 20), bookPath(t)
	f := openFiller(t, path)
	if err := f.Add(h.blocks[1]); !errors.Is(err, books.ErrForeign) {
		t.Errorf("a block with a gap before it: %v", err)
	}
	h.fill(f)
	other := busy(t, 2, 60)
	if err := f.Add(other.blocks[len(h.blocks)]); !errors.Is(err, books.ErrForeign) {
		t.Errorf("a block of another journal: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := books.OpenFiller(books.FillerOptions{Path: path, Cell: 2}); !errors.Is(err, books.ErrForeign) {
		t.Errorf("tables of another cell: %v", err)
	}
	if err := books.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := books.Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no tables: %v", err)
	}
}

// Tables of another schema, or that are no tables, are made anew.
func TestOtherSchemaIsDropped(t *testing.T) {
	h, path := busy(t, 1, 20), bookPath(t)
	f := openFiller(t, path)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE reached SET schema = 999"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	f = openFiller(t, path)
	if at := f.Position(); at.Height != 0 {
		t.Errorf("tables of schema 999 were taken over at %d", at.Height)
	}
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("this is no database at all, and long enough to be asked"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"-wal", "-shm"} {
		os.Remove(path + end)
	}
	f = openFiller(t, path)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Run fills as blocks come and commits without being asked.
func testRunFollows(t *testing.T) {
	h, path := busy(t, 4, 50), bookPath(t)
	f, err := books.OpenFiller(books.FillerOptions{Path: path, CommitAfter: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	b, err := books.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error)
	given := make(chan struct{})
	go func() {
		ran <- f.Run(ctx, func(ctx context.Context, from uint64, fn func(*journal.Block) error) error {
			for _, block := range h.blocks[from-1:] {
				if err := fn(block); err != nil {
					return err
				}
			}
			close(given)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	<-given
	for reached := uint64(0); reached != h.head.Height; {
		r, err := b.Reached(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		reached = r.Height
	}
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Filled again from block 1 the tables are the same, and an error in the middle
// leaves something a filler can go on from.
func testRebuild(t *testing.T) {
	h, path := busy(t, 6, 100), bookPath(t)
	f := openFiller(t, path)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want := dump(t, path)
	upTo := func(n int, last error) books.Read {
		return func(from uint64, fn func(*journal.Block) error) error {
			for _, b := range h.blocks[from-1 : n] {
				if err := fn(b); err != nil {
					return err
				}
			}
			return last
		}
	}
	torn := errors.New("torn")
	if err := books.Rebuild(books.FillerOptions{Path: path}, upTo(len(h.blocks)/2, torn), nil); !errors.Is(err, torn) {
		t.Errorf("a journal that breaks off: %v", err)
	}
	f = openFiller(t, path)
	if got := f.Position().Height; got != uint64(len(h.blocks)/2) {
		t.Errorf("the tables came to %d of %d", got, len(h.blocks)/2)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var seen uint64
	if err := books.Rebuild(books.FillerOptions{Path: path}, upTo(len(h.blocks), nil), func(height uint64) { seen = height }); err != nil || seen != h.head.Height {
		t.Errorf("rebuilt to %d: %v", seen, err)
	}
	got := dump(t, path)
	for table := range want {
		if !slices.Equal(got[table], want[table]) {
			t.Errorf("table %s\n%v\nwant\n%v", table, got[table], want[table])
		}
	}
}
