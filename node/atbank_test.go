package node

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

// atBank is a path below a fund account's at-bank.
func atBank(fund uint64, what string) string {
	return fmt.Sprintf("/v1/funds/%d/at-bank/%s", fund, what)
}

// fundRow is a fund account as the machine has it.
func (w *town) fundRow(number uint64) (f custody.Fund) {
	w.t.Helper()
	fine(w.t, w.n.Core.Look(w.ctx, func(m *custody.Machine) { f, _, _ = m.Fund(number) }))
	return f
}

// What begins at our side is told to the bank by a running centre: an account of a
// client signs in one step, changes its card, and both sides have the same; refusals
// of the bank and of the machine change nothing on either side; the password lies
// nowhere.
func TestContractsBeginAtOurSide(t *testing.T) {
	log := &written{}
	w := newTown(t, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	await(t, w.n, "the banks sign in", func(m *custody.Machine) bool { return signedIn(1, 20230825)(m) && signedIn(2, 20230825)(m) })
	p, bank := w.person(0), w.banks[1] // the client of bank 1 opens an auxiliary account at bank 2
	const fund = townFund + 100
	second := w.person(50).Card
	for _, card := range []string{p.Card, second} {
		fine(t, bank.control.AddCustomer(sim.Customer{
			Name: p.Name, Kind: wire.Person, IDKind: wire.IDCard, IDNumber: p.Number, Mobile: p.Mobile, Card: card, Currency: money.CNY, Balance: 77_00, Password: townPIN,
		}))
	}
	must(t, w.n.Core, &record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: townClient, Currency: money.CNY}}})

	if got := w.want(200, "make", "POST", atBank(fund, "identity"), map[string]any{"bank": 2, "card": p.Card}); got["match"] != "same" {
		t.Errorf("identity: %v", got)
	}
	sign := func(name, password string) map[string]any {
		return map[string]any{"bank": 2, "card": p.Card, "name": name, "verified": true, "card_password": password}
	}
	theirs := func() wire.CustodyState { a, _ := bank.control.Account(fmt.Sprint(fund)); return a.State }
	for _, c := range []struct {
		body map[string]any
		want string
	}{{sign(p.Name, "000000000000"), "bank-refused"}, {sign("别人", townPIN), "name-differs"}} {
		if got := w.want(422, "make", "POST", atBank(fund, "contract"), c.body); got["code"] != c.want || w.fundRow(fund).Relation != custody.RelationNone || theirs() != 0 {
			t.Errorf("want %s: %v, ours %d, theirs %d", c.want, got, w.fundRow(fund).Relation, theirs())
		}
	}
	first := w.want(200, "make", "POST", atBank(fund, "contract"), sign(p.Name, townPIN))
	again := w.want(200, "make", "POST", atBank(fund, "contract"), sign(p.Name, townPIN))
	if first["code"] != "accepted" || fmt.Sprint(first["height"]) != fmt.Sprint(again["height"]) {
		t.Errorf("signed %v, and again %v", first, again)
	}
	if f := w.fundRow(fund); f.Relation != custody.RelationDesignated || f.Bank != 2 || theirs() != wire.CustodyDesignated {
		t.Errorf("after signing ours %d at bank %d, theirs %d", f.Relation, f.Bank, theirs())
	}
	if got := w.want(200, "make", "POST", atBank(fund, "balance"), map[string]any{"card_password": townPIN}); got["balance"] != 77_00.0 {
		t.Errorf("balance: %v", got)
	}
	if got := w.want(422, "make", "POST", atBank(fund, "balance"), map[string]any{"card_password": "808913572468"}); got["code"] != "bank-refused" {
		t.Errorf("balance with a wrong password: %v", got)
	}
	w.want(200, "make", "POST", atBank(fund, "card"), map[string]any{"bank": 2, "old": p.Card, "new": second, "card_password": townPIN})
	if a, _ := bank.control.Account(fmt.Sprint(fund)); a.Card != second || w.fundRow(fund).Card != w.n.Owners.CardIndex(second) {
		t.Errorf("the bank has card %q", a.Card)
	}
	w.want(200, "make", "POST", atBank(fund, "cancellation"), map[string]any{"bank": 2})
	if f := w.fundRow(fund); f.Relation != custody.RelationCancelled || theirs() != wire.CustodyCancelled {
		t.Errorf("after cancelling ours %d, theirs %d", f.Relation, theirs())
	}

	// Two steps, the first at our side.
	w.want(200, "make", "POST", atBank(fund, "pre-designation"), map[string]any{"bank": 2, "card": second, "verified": true})
	if f := w.fundRow(fund); f.Relation != custody.RelationPreDesignated || theirs() != wire.CustodyPreDesignated {
		t.Errorf("after the first step ours %d, theirs %d", f.Relation, theirs())
	}
	for path, user := range map[string]string{"contract": "check", "balance": "ops", "closing": "audit"} {
		w.want(403, user, "POST", atBank(fund, path), map[string]any{})
	}
	w.close(false)
	nowhere := func(where string, text []byte) {
		if bytes.Contains(text, []byte(townPIN)) || bytes.Contains(text, []byte("808913572468")) {
			t.Errorf("%s holds a card's password", where)
		}
	}
	nowhere("the log", log.text.Bytes())
	fine(t, filepath.WalkDir(w.config.Centre.Dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		nowhere(name, text)
		return err
	}))
}

// A line that ends behind the bank's deed leaves the outcome unknown and nothing recorded; the
// same request under the same key brings it, once.
func TestSilenceOfTheBankIsUnknown(t *testing.T) {
	w := newTown(t, slog.New(slog.DiscardHandler))
	await(t, w.n, "the banks sign in", func(m *custody.Machine) bool { return signedIn(1, 20230825)(m) && signedIn(2, 20230825)(m) })
	p, bank := w.person(0), w.banks[1]
	const fund = townFund + 100
	fine(t, bank.control.AddCustomer(sim.Customer{
		Name: p.Name, Kind: wire.Person, IDKind: wire.IDCard, IDNumber: p.Number, Mobile: p.Mobile, Card: p.Card, Currency: money.CNY, Password: townPIN,
	}))
	must(t, w.n.Core, &record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: townClient, Currency: money.CNY}}})
	body := map[string]any{"bank": 2, "card": p.Card, "name": p.Name, "verified": true, "card_password": townPIN}
	fine(t, bank.control.Inject(wire.FunctionSignOneStep, sim.FaultDropAfter, 1))
	if got := w.want(504, "make", "POST", atBank(fund, "contract"), body); got["code"] != "outcome-unknown" || w.fundRow(fund).Relation != custody.RelationNone {
		t.Errorf("silence: %v, relation %d", got, w.fundRow(fund).Relation)
	}
	got, answer := w.call("make", "POST", atBank(fund, "contract"), body)
	for ; got == 503 || got == 504; got, answer = w.call("make", "POST", atBank(fund, "contract"), body) {
		fine(t, pause(w.ctx, tellBeat)) // until there is a line again
	}
	if a, _ := bank.control.Account(fmt.Sprint(fund)); got != 200 || w.fundRow(fund).Relation != custody.RelationDesignated || a.State != wire.CustodyDesignated {
		t.Errorf("asked again: %d %v, ours %d, theirs %d", got, answer, w.fundRow(fund).Relation, a.State)
	}
	w.close(false)
}
