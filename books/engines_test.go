package books_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // reads what the filler has written
	"go.uber.org/goleak"

	"sancun/books"
	"sancun/internal/pgcluster"
	"sancun/journal"
	"sancun/record"
	"sancun/state"
)

// server is the database of the tests.
var server *pgcluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if server, err = pgcluster.Start(nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		if err := errors.Join(server.Remove(), goleak.Find()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

// place makes a place for new tables; nil makes a file.
var place func() string

var namespaces int

// newSchema is a place in the database.
func newSchema() string {
	namespaces++
	return server.DSN("postgres") + fmt.Sprintf("&search_path=books_%d", namespaces)
}

// TestEngines is what tables must do, wherever they lie.
func TestEngines(t *testing.T) {
	engines := []struct {
		name  string
		place func() string
	}{{"sqlite", nil}, {"postgres", newSchema}}
	tests := []struct {
		name string
		test func(*testing.T)
	}{
		{"tables say what the machine says", testBooksAgreeWithTheMachine},
		{"cuts make no difference", testCutsMakeNoDifference},
		{"entries add up", testEntriesAddUp},
		{"foreign blocks and tables are refused", testFillerRefuses},
		{"running follows", testRunFollows},
		{"rebuilt tables are the same", testRebuild},
		{"orders for the next day", testOrdersForTheNextDay},
		{"spans fit", testSpansFit},
		{"an extract is as of its closing", testExtractIsAsOfItsClosing},
		{"units from elsewhere", testUnitsFromElsewhere},
		{"an extract refuses", testExtractRefuses},
		{"extracts are extracts", testExtractsAreExtracts},
		{"closings survive restarts", testClosingsSurviveRestarts},
	}
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			place = engine.place
			defer func() { place = nil }()
			for _, test := range tests {
				t.Run(test.name, test.test)
			}
		})
	}
}

// Both engines give the same answer to every enquiry, page by page.
func TestEnginesAnswerAlike(t *testing.T) {
	for name, h := range map[string]*house{"a busy day": busy(t, 11, 400), "two days": twoDays(t), "nothing": newHouse(t)} {
		file, database := bookPath(t), newSchema()
		want, got := enquire(t, h, file), enquire(t, h, database)
		if len(want) != len(got) {
			t.Errorf("%s: %d answers, %d", name, len(want), len(got))
		}
		for question, answer := range want {
			if diff := cmp.Diff(answer, got[question]); diff != "" {
				t.Errorf("%s: %s: SQLite and PostgreSQL differ: %s", name, question, diff)
			}
		}
	}
}

// enquire asks everything that can be asked.
func enquire(t *testing.T, h *house, place string) map[string]string {
	t.Helper()
	f := openFiller(t, place)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := books.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	a := &answers{t: t, said: map[string]string{}}
	ctx := t.Context()
	a.house(ctx, b)
	for _, client := range []uint64{1, 3, 7, 99} {
		a.client(ctx, b, client)
		a.fund(ctx, b, fundOf(client))
	}
	for _, id := range []uint64{1, 2, 3, 1_000_000} {
		a.say("order", id)(b.Order(ctx, id))
		a.say("case", id)(b.Case(ctx, id))
		a.say("proposal", id)(b.Proposal(ctx, id))
	}
	return a.said
}

// answers are what was said to each question.
type answers struct {
	t    *testing.T
	said map[string]string
}

// say takes the answer to a question.
func (a *answers) say(question string, about ...any) func(answer ...any) {
	key := question + fmt.Sprint(about...)
	return func(answer ...any) {
		err, _ := answer[len(answer)-1].(error)
		text := fmt.Sprintf("%+v", answer[:len(answer)-1])
		if err != nil {
			text = "refused"
			for _, known := range []error{books.ErrUnknown, books.ErrPage, books.ErrNoClosing, books.ErrTooLong} {
				if errors.Is(err, known) {
					text += " as " + known.Error()
				}
			}
			if text == "refused" {
				a.t.Errorf("%s: %v", key, err)
			}
		}
		if _, twice := a.said[key]; twice {
			a.t.Errorf("%s was asked twice", key)
		}
		a.said[key] = text
	}
}

// pages asks for a list page by page.
func pages[T any](a *answers, question string, ask func(books.Page) (books.List[T], error)) {
	for n, p := 0, (books.Page{Limit: 7}); n == 0 || p.After != ""; n++ {
		list, err := ask(p)
		a.say(question, " page ", n)(list, err)
		p.After = list.Next
	}
	list, err := ask(books.Page{After: "nonsense"})
	a.say(question, " from nowhere")(list, err)
}

func (a *answers) house(ctx context.Context, b *books.Books) {
	a.say("reached")(b.Reached(ctx))
	a.say("banks")(b.Banks(ctx))
	a.say("steps")(b.Steps(ctx, today))
	for _, n := range []uint16{0, 1, 2} {
		a.say("pools", n)(b.Pools(ctx, n))
		pages(a, fmt.Sprint("cases of bank ", n), func(p books.Page) (books.List[books.Case], error) { return b.Cases(ctx, uint8(n), n, p) })
		pages(a, fmt.Sprint("funds at ", n), func(p books.Page) (books.List[books.Fund], error) { return b.FundsAt(ctx, n, p) })
		pages(a, fmt.Sprint("proposals in state ", n), func(p books.Page) (books.List[books.Proposal], error) { return b.Proposals(ctx, uint8(n), p) })
		pages(a, fmt.Sprint("transfers at ", n), func(p books.Page) (books.List[books.Transfer], error) {
			return b.Transfers(ctx, books.TransferQuery{Bank: n, From: today, To: next}, p)
		})
	}
	pages(a, "blocks", func(p books.Page) (books.List[books.Block], error) { return b.Blocks(ctx, p) })
	pages(a, "days", func(p books.Page) (books.List[books.Day], error) { return b.Days(ctx, p) })
	pages(a, "closings", func(p books.Page) (books.List[books.Closing], error) { return b.Closings(ctx, p) })
	for _, branch := range []uint16{0, 7} {
		pages(a, fmt.Sprint("clients of ", branch), func(p books.Page) (books.List[books.Client], error) { return b.Clients(ctx, branch, 0, p) })
		pages(a, fmt.Sprint("normal clients of ", branch), func(p books.Page) (books.List[books.Client], error) { return b.Clients(ctx, branch, 1, p) })
	}
	for _, caller := range []record.Caller{0, staff(1), investor(3)} {
		pages(a, fmt.Sprint("audit of ", caller), func(p books.Page) (books.List[books.Deed], error) { return b.Audit(ctx, caller, p) })
	}
	for _, o := range []books.OrderQuery{{}, {Open: true}, {From: today, To: today}} {
		pages(a, fmt.Sprintf("orders %+v", o), func(p books.Page) (books.List[books.Order], error) { return b.Orders(ctx, o, p) })
	}
	for _, to := range []uint32{today, next, 20230901} {
		a.say("span to ", to)(b.Span(ctx, 20230801, to))
		var all []books.Extract
		span, err := b.Extracts(ctx, 20230801, to, 100_000, func(x *books.Extract) error {
			all = append(all, *x)
			return nil
		})
		a.say("extracts to ", to)(span, all, err)
	}
}

func (a *answers) client(ctx context.Context, b *books.Books, number uint64) {
	a.say("client", number)(b.Client(ctx, number))
	a.say("clients by identity of ", number)(b.ClientsByIdentity(ctx, state.KeyOf(number, 0x1d)))
	a.say("sealed of ", number)(b.Sealed(ctx, number))
	a.say("funds of ", number)(b.FundsOf(ctx, number))
	for which := range uint8(3) {
		a.say("password of ", number, which)(b.PasswordHash(ctx, number, which))
	}
}

func (a *answers) fund(ctx context.Context, b *books.Books, fund uint64) {
	a.say("fund", fund)(b.Fund(ctx, fund))
	a.say("cash of ", fund)(b.Cash(ctx, fund))
	a.say("securities of ", fund)(b.Securities(ctx, fund))
	a.say("freezes of ", fund)(b.Freezes(ctx, fund))
	pages(a, fmt.Sprint("contracts of ", fund), func(p books.Page) (books.List[books.Contract], error) { return b.Contracts(ctx, fund, p) })
	for _, zero := range []bool{false, true} {
		pages(a, fmt.Sprint("positions of ", fund, zero), func(p books.Page) (books.List[books.Position], error) { return b.Positions(ctx, fund, zero, p) })
	}
	for _, order := range []uint64{0, 2} {
		pages(a, fmt.Sprint("fills of ", fund, order), func(p books.Page) (books.List[books.Fill], error) { return b.Fills(ctx, fund, order, today, next, p) })
	}
	pages(a, fmt.Sprint("orders of ", fund), func(p books.Page) (books.List[books.Order], error) {
		return b.Orders(ctx, books.OrderQuery{Fund: fund}, p)
	})
	pages(a, fmt.Sprint("transfers of ", fund), func(p books.Page) (books.List[books.Transfer], error) {
		list, err := b.Transfers(ctx, books.TransferQuery{Fund: fund}, p)
		for _, x := range list.Rows {
			if _, asked := a.said["transfer"+fmt.Sprint(x.ID)]; !asked {
				a.say("transfer", x.ID)(b.Transfer(ctx, x.ID))
			}
		}
		return list, err
	})
	for _, to := range []uint32{today, next} {
		for n, p := 0, (books.Page{Limit: 5}); n == 0 || p.After != ""; n++ {
			s, err := b.Statement(ctx, fund, today, to, p)
			a.say("statement of ", fund, " to ", to, " page ", n)(s, err)
			p.After = s.Next
		}
		a.say("extract of ", fund, " to ", to)(b.Extract(ctx, fund, 20230801, to, 100_000))
		a.say("short extract of ", fund, " to ", to)(b.Extract(ctx, fund, 20230801, to, 1))
	}
}

// Two processes that fill the same tables do not both write: the later one is told.
func TestOneFillerWrites(t *testing.T) {
	h, database := busy(t, 2, 60), newSchema()
	first, second := openFiller(t, database), openFiller(t, database)
	h.fill(first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	want := dump(t, database)
	h.fill(second)
	if err := second.Flush(); !errors.Is(err, books.ErrWriters) {
		t.Errorf("got %v, want ErrWriters", err)
	}
	if err := second.Close(); !errors.Is(err, books.ErrWriters) {
		t.Errorf("closing: got %v, want ErrWriters", err)
	}
	if diff := cmp.Diff(want, dump(t, database)); diff != "" {
		t.Error(diff)
	}
}

// Tables of another version in a database are made anew; what else lies in the schema
// stays.
func TestOtherSchemaInDatabase(t *testing.T) {
	h, database := busy(t, 1, 20), newSchema()
	f := openFiller(t, database)
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"UPDATE reached SET schema = 999", "CREATE TABLE guest AS SELECT 1 AS n"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	f = openFiller(t, database)
	if at := f.Position(); at.Height != 0 {
		t.Errorf("tables of schema 999 were taken over at %d", at.Height)
	}
	h.fill(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := books.Remove(database); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow("SELECT n FROM guest").Scan(&n); err != nil {
		t.Errorf("another's table in the schema: %v", err)
	}
}

// A bank's text that is no UTF-8, or holds zeros, is kept readable on every engine.
func TestTextsOfOthers(t *testing.T) {
	for _, place := range []string{bookPath(t), newSchema()} {
		h := newHouse(t)
		h.begin(2)
		if a := h.deposit(1, "a\x00b\xffc", 100); a.Code != 0 {
			t.Skipf("the machine refuses such a reference: %s", record.Code(a.Code))
		}
		f := openFiller(t, place)
		h.fill(f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := books.Open(place)
		if err != nil {
			t.Fatal(err)
		}
		list, err := b.Transfers(t.Context(), books.TransferQuery{Fund: fundOf(1)}, books.Page{})
		if err != nil || len(list.Rows) != 1 || list.Rows[0].BankRef != "a\uFFFDb\uFFFDc" {
			t.Errorf("%+v, %v", list.Rows, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// No error tells an address.
func TestAddressStaysSecret(t *testing.T) {
	for _, place := range []string{"postgres://someone:hush-hush@127.0.0.1:1/x", "postgres://someone:hush-hush@[bad", "postgres:///x?search_path=hush-hush"} {
		_, opened := books.Open(place)
		_, filled := books.OpenFiller(books.FillerOptions{Path: place})
		for _, err := range []error{opened, filled, books.Remove(place), books.Rebuild(books.FillerOptions{Path: place}, func(uint64, func(*journal.Block) error) error { return nil }, nil)} {
			if err == nil || strings.Contains(err.Error(), "hush") {
				t.Errorf("%v", err)
			}
		}
	}
}
