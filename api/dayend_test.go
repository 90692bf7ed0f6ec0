package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"sancun/api"
	"sancun/custody"
	"sancun/record"
	"sancun/settle"
)

// evening is a day end that keeps the contract of the interface on the state of
// the test's machine, and does no work.
type evening struct {
	c *centre

	mu      sync.Mutex
	running bool
	by      record.Caller
	steps   []uint16
	wait    bool
	pending string // hash of a set that waits
	asked   []string
	ready   bool
	settle  error
	lacks   error
}

func (e *evening) today() (d custody.Day) {
	_ = e.c.Look(context.Background(), func(m *custody.Machine) { d = m.Today() }) // the sequencer runs as long as the test
	return d
}

func (e *evening) State(context.Context) (api.DayEndState, error) {
	d := e.today()
	e.mu.Lock()
	defer e.mu.Unlock()
	s := api.DayEndState{Date: d.Date, Next: d.Next, Phase: api.PhaseName(d.Phase), Steps: []api.DayEndStep{}, Cutoffs: []api.DayCutoff{}}
	if e.by != 0 {
		s.Run = &api.DayEndRun{Running: e.running, By: api.CallerName(e.by), Wait: e.wait}
		for _, step := range e.steps {
			s.Run.Steps = append(s.Run.Steps, api.StepName(step))
		}
	}
	return s, nil
}

func (e *evening) Start(_ context.Context, by record.Caller, steps []uint16, wait bool) error {
	phase := e.today().Phase
	e.mu.Lock()
	defer e.mu.Unlock()
	switch err := settle.CheckSteps(steps); {
	case e.lacks != nil:
		return e.lacks
	case phase == custody.DayOpen:
		return api.ErrDayOpen
	case err != nil:
		return err
	case e.running:
		return api.ErrDayEndRuns
	}
	e.running, e.by, e.steps, e.wait = true, by, steps, wait
	return nil
}

func (e *evening) End() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.running {
		return api.ErrNoRun
	}
	e.running = false
	return nil
}

func (e *evening) Readiness(context.Context) (api.Readiness, error) {
	d := e.today()
	r := api.Readiness{Date: d.Next, Next: 20230829, Open: d.Phase == custody.DayOpen, Ready: e.ready}
	r.Checks = []api.DayCheck{{Name: "day-cleared", OK: e.ready, Stops: true, Detail: "the day is " + api.PhaseName(d.Phase)}, {Name: "cases", Stops: false, Detail: "1 open"}}
	if r.Open {
		r.Date = d.Date
	}
	return r, nil
}

func (e *evening) Settlements(context.Context) ([]api.Settlement, error) {
	return []api.Settlement{{Kind: "net", TradeDate: 20230824, Settles: today, Bank: 1, Currency: "CNY", Amount: -5}}, nil
}

func (e *evening) Settle(context.Context, record.Caller) ([]api.Settlement, error) {
	return nil, e.settle
}

func (e *evening) ThreeWay(_ context.Context, date uint32, again bool) (api.ThreeWay, error) {
	switch {
	case again && date != today:
		return api.ThreeWay{}, settle.ErrWrongDay
	case again:
		return api.ThreeWay{Date: date, Holds: true, Rows: []api.ThreeWayRow{}}, nil
	}
	return api.ThreeWay{}, fmt.Errorf("%d: %w", date, api.ErrNoCheck)
}

func (e *evening) List(context.Context) (api.FilesState, error) {
	s := api.FilesState{Date: e.today().Date, Findings: []api.FileFinding{}, Clearing: []api.DayFile{}, Banks: []api.BankFiles{}}
	if e.pending != "" {
		s.Pending = &api.FileSet{Input: e.pending}
	}
	return s, nil
}

func (e *evening) Ask(_ context.Context, by record.Caller, bank uint16, name string) error {
	switch {
	case bank > 2 || strings.HasPrefix(name, "none"):
		return fmt.Errorf("%s: %w", name, api.ErrNoFile)
	case bank == 0:
		return api.ErrNobodyAsked
	}
	e.asked = append(e.asked, fmt.Sprint(by.Number(), " ", bank, " ", name))
	return nil
}

func (e *evening) CompareAgain(context.Context) (api.Comparison, error) {
	return api.Comparison{}, fmt.Errorf("step 5: %w", settle.ErrOrder)
}

// The day is stopped and opened by two people, run by operations in between, and
// every reason against it has its own answer.
func TestDayEnd(t *testing.T) {
	c := open(t, 1000)
	e, keys := c.evening, 0
	want := func(user, method, path string, body any, status int, code string) reply {
		t.Helper()
		keys++
		got := c.send(user, method, path, fmt.Sprint("key", keys), body)
		if got.status != status || code != "" && got.code() != code {
			t.Errorf("%s %s %v as %s: %d %s, want %d %s", method, path, body, user, got.status, got.raw, status, code)
		}
		return got
	}
	ask := func(date int, reason string) map[string]any {
		return map[string]any{"date": date, "reason": reason}
	}
	want("ops", "POST", "/v1/day-end/runs", map[string]any{}, 422, "day-not-stopped")
	want("ops", "POST", "/v1/day-end/stop", ask(next, "x"), 422, "wrong-date")
	want("ops", "POST", "/v1/day-end/open", ask(next, "x"), 422, "wrong-date")
	c.turn("/v1/day-end/stop", ask(today, "end"))
	if e.today().Phase != custody.DayStopped {
		t.Fatalf("the day is %+v", e.today())
	}
	want("ops", "POST", "/v1/day-end/stop", ask(today, "again"), 422, "day-closed")
	want("ops", "POST", "/v1/day-end/runs", map[string]any{"steps": []string{"split", "stop"}}, 422, "bad-field")
	want("ops", "POST", "/v1/day-end/runs", map[string]any{"steps": []string{"nonsense"}}, 422, "bad-field")
	want("ops", "DELETE", "/v1/day-end/runs", nil, 409, "no-day-end-run")
	if got := want("ops", "POST", "/v1/day-end/runs", map[string]any{"steps": []string{"stop", "receive-files"}, "wait": true}, 202, ""); !strings.Contains(string(got.raw), `"steps":["stop","receive-files"],"wait":true`) || e.by.Number() != 31 {
		t.Errorf("started %s by %x", got.raw, e.by)
	}
	want("ops", "POST", "/v1/day-end/runs", map[string]any{}, 409, "day-end-runs")
	want("ops", "DELETE", "/v1/day-end/runs", nil, 200, "")
	if got := want("ops", "POST", "/v1/day-end/open", ask(next, "morning"), 409, "not-ready"); !strings.Contains(string(got.raw), `"location":"day-cleared"`) || strings.Contains(string(got.raw), "cases") {
		t.Errorf("what keeps it shut: %s", got.raw)
	}
	e.ready = true
	for step := range uint16(custody.StepsOfDay) {
		c.system(&record.StepDone{Date: today, Step: step + 1, OK: 1})
	}
	c.system(&record.DayCleared{Date: today})
	c.turn("/v1/day-end/open", ask(next, "morning"))
	if d := e.today(); d.Date != next || d.Phase != custody.DayOpen {
		t.Errorf("the day is %+v", d)
	}
	e.lacks = fmt.Errorf("%w: clearing.inbox is not set", api.ErrNoDayEnd)
	if got := want("ops", "POST", "/v1/day-end/runs", map[string]any{}, 501, "no-day-end"); !strings.Contains(string(got.raw), "clearing.inbox") {
		t.Errorf("what is lacking: %s", got.raw)
	}
}

// turn has operations propose what ends or begins a day, and a checker approve it.
func (c *centre) turn(path string, body any) {
	c.t.Helper()
	id := c.must("ops", "POST", path, fmt.Sprint("turn", c.sequencer.Head().Height), body).number("ref")
	c.fill()
	path = fmt.Sprintf("/v1/proposals/%d", id)
	digest := c.must("audit", "GET", path, "", nil).body["digest"]
	if got := c.send("ops", "POST", path+"/approve", fmt.Sprint("a", id), map[string]any{"digest": digest}); got.code() != "role-not-permitted" {
		c.t.Errorf("operations approve their own: %d %s", got.status, got.raw)
	}
	c.must("checker", "POST", path+"/approve", fmt.Sprint("a", id), map[string]any{"digest": digest})
}

// Files are listed, asked for again and adopted; settlement and the three-way check
// say why they do not happen.
func TestDayFiles(t *testing.T) {
	c := open(t, 1000)
	e := c.evening
	hash := strings.Repeat("ab", 32)
	e.settle = fmt.Errorf("trades of 20230824: %w", settle.ErrNotDue)
	for i, x := range []struct {
		method, path string
		body         any
		status       int
		code         string
	}{
		{"GET", "/v1/day-end/files", nil, 200, ""},
		{"POST", "/v1/day-end/files/request", map[string]any{"bank": 2, "name": "B0420230825"}, 202, ""},
		{"POST", "/v1/day-end/files/request", map[string]any{"bank": 3, "name": "B0420230825"}, 404, "unknown-object"},
		{"POST", "/v1/day-end/files/request", map[string]any{"bank": 256, "name": "B0420230825"}, 422, "bad-field"},
		{"POST", "/v1/day-end/files/request", map[string]any{"name": "jsmx.dbf"}, 501, "nobody-to-ask"},
		{"POST", "/v1/day-end/files/request", map[string]any{"name": "../jsmx.dbf"}, 422, "bad-field"},
		{"POST", "/v1/day-end/files/request", map[string]any{"name": ""}, 422, "bad-field"},
		{"POST", "/v1/day-end/files/adopt", map[string]any{"input": hash, "reason": "looked at"}, 404, "unknown-object"},
		{"POST", "/v1/day-end/files/adopt", map[string]any{"input": "ab", "reason": "looked at"}, 422, "bad-field"},
		{"POST", "/v1/day-end/files/adopt", map[string]any{"input": strings.Repeat("zz", 32), "reason": "looked at"}, 404, "unknown-object"},
		{"POST", "/v1/day-end/files/adopt", map[string]any{"input": hash, "reason": ""}, 422, "bad-field"},
		{"POST", "/v1/day-end/files/compare", map[string]any{}, 409, "day-end-not-possible"},
		{"GET", "/v1/day-end/settlement", nil, 200, ""},
		{"POST", "/v1/day-end/settlement", map[string]any{}, 409, "settlement-not-due"},
		{"GET", "/v1/days/20230825/three-way", nil, 404, "unknown-object"},
		{"POST", "/v1/days/20230825/three-way", map[string]any{}, 200, ""},
		{"POST", "/v1/days/20230824/three-way", map[string]any{}, 409, "day-end-not-possible"},
		{"GET", "/v1/days/abc/three-way", nil, 422, "bad-field"},
		{"POST", "/v1/day-end/stop", map[string]any{"date": 1, "reason": "x"}, 422, "bad-field"},
		{"POST", "/v1/day-end/stop", map[string]any{"date": today}, 422, "bad-field"},
		{"POST", "/v1/day-end/runs", map[string]any{"steps": "all"}, 422, "bad-field"},
		{"POST", "/v1/day-end/runs", map[string]any{"force": true}, 422, "bad-field"},
	} {
		got := c.send("ops", x.method, x.path, fmt.Sprint("key", i), x.body)
		if got.status != x.status || got.code() != x.code {
			t.Errorf("%s %s %v: %d %s, want %d %s", x.method, x.path, x.body, got.status, got.raw, x.status, x.code)
		}
	}
	if !slices.Equal(e.asked, []string{"31 2 B0420230825"}) {
		t.Errorf("asked %q", e.asked)
	}
	e.pending = hash
	c.turn("/v1/day-end/files/adopt", map[string]any{"input": hash, "reason": "corrected by the clearing house"})
	e.settle = &settle.RefusedError{Code: record.PooledTooSmall}
	if got := c.send("ops", "POST", "/v1/day-end/settlement", "s", map[string]any{}); got.status != http.StatusUnprocessableEntity || got.code() != record.PooledTooSmall.String() {
		t.Errorf("a refused settlement: %d %s", got.status, got.raw)
	}
	e.settle = errors.New("a disk of somebody's")
	if got := c.send("ops", "POST", "/v1/day-end/settlement", "s", map[string]any{}); got.status != http.StatusInternalServerError || strings.Contains(string(got.raw), "somebody") {
		t.Errorf("what nobody foresaw: %d %s", got.status, got.raw)
	}
}
