package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// walk is a drill that this test goes through as docs/operating.md tells it.
type walk struct {
	*testing.T
	ctx          context.Context // ends a little before the test must
	dir          string
	sims, centre *process
}

// must runs a command, which has to end well and say what is wanted.
func (w *walk) must(want, command string) string {
	w.Helper()
	code, text := said(w.T, w.words(command)...)
	if code != 0 || !regexp.MustCompile(want).MatchString(text) {
		w.Fatalf("sancun %s: %d, want %s\n%s", command, code, want, text)
	}
	return text
}

// until runs a command again and again until it says what is wanted.
func (w *walk) until(want, command string) string {
	w.Helper()
	for {
		code, text := said(w.T, w.words(command)...)
		if code == 0 && regexp.MustCompile(want).MatchString(text) {
			return text
		}
		select {
		case <-w.sims.ended:
			w.Fatalf("the counterparties have ended\n%s", w.sims.errs)
		case <-w.centre.ended:
			w.Fatalf("the centre has ended\n%s", w.centre.errs)
		case <-w.ctx.Done():
			w.Fatalf("sancun %s: want %s, the last answer was\n%s", command, want, text)
		default:
		}
	}
}

// end waits for a process to end by itself and returns its exit code.
func (w *walk) end(p *process) int {
	w.Helper()
	select {
	case <-p.ended:
		return p.end()
	case <-w.ctx.Done():
		_, text := said(w.T, "day-end", "status", "--user", "audit")
		w.Fatalf("a process did not end, %s said\n%s", p.cmd.Args, text)
		return 0
	}
}

// words are those of a command; DRILL is the configuration, {...} one word.
func (w *walk) words(command string) []string {
	head, body, isCall := strings.Cut(command, " {")
	words := strings.Fields(strings.ReplaceAll(head, "DRILL", w.dir+"/drill.yaml"))
	if isCall {
		words = append(words, "{"+body)
	}
	return words
}

// ref is the number that an answer gives.
func (w *walk) ref(text string) uint64 {
	w.Helper()
	var answer struct{ Ref uint64 }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Ref == 0 {
		w.Fatalf("no number in %s (%v)", text, err)
	}
	return answer.Ref
}

// order places one and returns its number.
func (w *walk) order(fund uint64, side string, price int) uint64 {
	w.Helper()
	const body = `{"fund": %d, "instrument": "000001.SZ", "side": "%s", "price": %d, "quantity": 100}`
	return w.ref(w.must(`"ref"`, "call --user maker POST /v1/orders "+fmt.Sprintf(body, fund, side, price)))
}

// two has one person propose and another one approve, whatever the command proposes.
func (w *walk) two(command string) {
	w.Helper()
	text := w.must("another person: sancun day-end approve [0-9]", command)
	_, numbers, _ := strings.Cut(text, "sancun day-end approve ")
	w.must("approved", "day-end approve --user checker --yes "+strings.TrimSpace(numbers))
}

// deposit asks for one and returns how it ended.
func (w *walk) deposit() string {
	w.Helper()
	ref := w.ref(w.must(`"ref"`, `call --user maker POST /v1/deposits {"fund": 880000000000, "amount": 1000000}`))
	text := w.until(`"state": "(done|refused)"`, fmt.Sprintf("call --user audit GET /v1/transfers/%d", ref))
	if strings.Contains(text, `"state": "done"`) {
		return "done"
	}
	return "refused"
}

// beforeBanks are the steps behind which differences are worked off.
const beforeBanks = "stop,receive-files,split,transfers,first-level,second-level,positions,entitlements"

// evening stops a date with two people, runs its day end, works off what differs,
// and looks at the result. The first run waits for files; meanwhile something may
// happen that ends it.
func (w *walk) evening(date, differences string, meanwhile func()) {
	w.Helper()
	w.must("10 seconds pass in one", "sim clock DRILL --to 16:06")
	w.two("day-end stop --user ops --reason evening --date " + date)
	watch := func() *process {
		run := start(w.T, "sancun", "day-end", "run", "--user", "ops", "--wait", "--steps", beforeBanks)
		w.until("waiting for clearing house: [0-9]+ of 10 files are good", "day-end status --user audit")
		return run
	}
	run := watch()
	if meanwhile != nil {
		meanwhile()
		_ = w.end(run) // its centre was killed
		run = watch()
	}
	w.must("10 seconds pass in one", "sim clock DRILL --to 19:05")
	if code := w.end(run); code != 0 {
		w.Fatalf("the run ended with %d\n%s\n%s", code, run.errs, w.centre.errs)
	}
	w.must("done, "+differences+" differences found", "day-end status --user audit")
	for {
		if code, text := said(w.T, "day-end", "cases", "--user", "audit"); code != 0 || strings.HasPrefix(text, "no difference is open") {
			break
		}
		w.two("day-end work --user maker") // books, then closes
	}
	w.must("no difference is open", "day-end cases --user audit")
	w.must("the day is cleared", "day-end run --user ops --wait")
	w.must("everything is explained", "day-end check --user audit "+date)
	w.must("bank 2 +B05", "day-end files --user audit")
	w.must("880000000000", "call --user checker GET /v1/funds/880000000000/statements/"+date)
	w.must(date[:4]+"-"+date[4:6]+"-"+date[6:], "report "+w.dir+"/centre/files/day/"+date)
}

// morning opens a date with two people and waits until it can be traded on.
func (w *walk) morning(date, at string) {
	w.Helper()
	w.must("10 seconds pass in one", "sim clock DRILL --to "+at+"T09:00")
	w.until("may be opened", "day-end ready --user ops")
	w.two("day-end open --user ops --reason morning --date " + date)
	w.tradable(date)
}

func (w *walk) tradable(date string) {
	w.Helper()
	w.until(`\A(good .*\n)+`+date+": open", "day-end ready --user ops")
}

// A new user's two days, as docs/operating.md tells them: a drill is prepared, the
// counterparties and the centre are processes of their own, money comes in, orders
// are filled, two people stop the day, the files come, the centre is killed and
// started again in the middle, what a bank has alone is booked by maker and checker,
// everything is explained, and the next day opens, on which yesterday's trades are
// settled. In the end the journal proves itself.
func TestTwoBusinessDays(t *testing.T) {
	if _, err := os.Stat("../../.cache/market-data"); err != nil {
		t.Skip("no market data; scripts/fetch-market-data.sh fetches them")
	}
	ctx := t.Context()
	if end, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-5*time.Second))
		defer cancel()
	}
	w := &walk{T: t, ctx: ctx, dir: prepared(t, "--customers", "6", "--speed", "10")}
	w.sims = start(t, "sancun", "sim", "all", w.dir+"/drill.yaml", "--customers", "6", "--bank-faults", "bank-only=500000", "--data", "../../.cache/market-data")
	w.centre = serving(t, w.dir)
	w.tradable("20230825")
	for states := map[string]bool{}; !states["done"] || !states["refused"]; { // some the bank books and denies
		states[w.deposit()] = true
	}
	bought := w.order(880_000_000_000, "buy", 113_000)
	w.until(`"state": "filled"`, fmt.Sprintf("call --user audit GET /v1/orders/%d", bought))
	w.evening("20230825", "[1-9][0-9]*", func() {
		if err := w.centre.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		w.centre.end()
		w.centre = serving(t, w.dir)
		w.must("missing", "day-end ask --user ops SJSMX1_600500_20230825.DBF")
	})

	w.morning("20230828", "2023-08-28")
	w.must("open", "day-end settle --user ops")
	w.must("10 seconds pass in one", "sim clock DRILL --to 09:31")
	sold := w.order(880_000_000_000, "sell", 112_000)
	bought = w.order(880_000_000_001, "buy", 112_000)
	for _, order := range []uint64{sold, bought} {
		w.until(`"state": "filled"`, fmt.Sprintf("call --user audit GET /v1/orders/%d", order))
	}
	w.must("10 seconds pass in one", "sim clock DRILL --to 16:01")
	w.until(`\A( *20230825 .* booked *\n)+\z`, "day-end settle --user ops")
	w.evening("20230828", "[0-9]+", nil)
	w.morning("20230829", "2023-08-29")

	for _, p := range []*process{w.centre, w.sims} {
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := w.end(p); code != 0 {
			t.Errorf("ended with %d\n%s", code, p.errs)
		}
	}
	w.must("holds", "verify "+w.dir+"/centre")
}
