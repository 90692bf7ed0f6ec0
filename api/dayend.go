package api

import (
	"context"
	"errors"
	"time"

	"sancun/custody"
	"sancun/record"
	"sancun/settle"
)

// DayEnd is the evening of the running centre.
type DayEnd interface {
	// State tells where the day and its end stand.
	State(ctx context.Context) (DayEndState, error)
	// Start begins a run of the given steps, all when there are none, and returns
	// at once. With wait the run waits for files that have not come. It returns
	// ErrDayEndRuns, ErrNoDayEnd, settle.ErrOptions, or ErrDayOpen.
	Start(ctx context.Context, by record.Caller, steps []uint16, wait bool) error
	// End ends the run under way, behind the command it is about. It returns
	// ErrNoRun.
	End() error
	// Readiness tells what stands in the way of the next opening, or of trading.
	Readiness(ctx context.Context) (Readiness, error)
	// Settlements lists what the days before left for final settlement.
	Settlements(ctx context.Context) ([]Settlement, error)
	// Settle books what is due of it. It returns settle.ErrNotDue or a
	// *settle.RefusedError.
	Settle(ctx context.Context, by record.Caller) ([]Settlement, error)
	// ThreeWay returns the last three-way check of a date, made again if asked for.
	// It returns ErrNoCheck, or settle's errors for files that are missing.
	ThreeWay(ctx context.Context, date uint32, again bool) (ThreeWay, error)
}

// The reasons why a DayEnd does not do what it is asked.
var (
	ErrNoDayEnd   = errors.New("the centre is not set up for a day end")
	ErrDayEndRuns = errors.New("a run of the day end is under way")
	ErrNoRun      = errors.New("no run of the day end is under way")
	ErrDayOpen    = errors.New("the day is still open")
	ErrNoCheck    = errors.New("there is no three-way check of that date")
)

// DayEndState is where the business day and its end stand.
type DayEndState struct {
	Date    uint32       `json:"date" doc:"Business date, yyyymmdd; 0 before the first"`
	Next    uint32       `json:"next" doc:"The next one"`
	Phase   string       `json:"phase" doc:"none, open, stopped or cleared"`
	Stopped *time.Time   `json:"stopped,omitempty" doc:"When business was stopped"`
	Lacks   string       `json:"lacks,omitempty" doc:"What the configuration lacks for a day end; without it nothing can be started"`
	Run     *DayEndRun   `json:"run,omitempty" doc:"The run under way, or the last one since the centre was started"`
	Steps   []DayEndStep `json:"steps" doc:"All steps in their order"`
	Cutoffs []DayCutoff  `json:"cutoffs" doc:"How the steps stand that are due together: at 21:00 and at 23:00"`
}

// DayEndRun is one run of the day end.
type DayEndRun struct {
	Running    bool       `json:"running"`
	By         string     `json:"by" doc:"Who started it: class and number, as staff/1001"`
	Steps      []string   `json:"steps,omitempty" doc:"Only these steps; all when there are none"`
	Wait       bool       `json:"wait" doc:"It waits for files that have not come"`
	Began      time.Time  `json:"began"`
	Ended      *time.Time `json:"ended,omitempty"`
	Step       string     `json:"step,omitempty" doc:"The step it is at"`
	Done       uint64     `json:"done" doc:"Rows of that step done"`
	Total      uint64     `json:"total" doc:"Rows of that step; 0 while they are not known"`
	WaitingFor []string   `json:"waiting_for,omitempty" doc:"What it waits for"`
	Found      int        `json:"found" doc:"Differences found"`
	Cleared    bool       `json:"cleared" doc:"The day is cleared: the next one may open"`
	Failure    string     `json:"failure,omitempty" doc:"Why it ended before its end"`
}

// DayEndStep is one step of the day end.
type DayEndStep struct {
	Number  uint16     `json:"number"`
	Name    string     `json:"name"`
	Title   string     `json:"title" doc:"In Chinese and English"`
	State   string     `json:"state" enum:"waiting,running,done,failed"`
	Due     *time.Time `json:"due,omitempty" doc:"Its cut-off"`
	Planned *time.Time `json:"planned,omitempty" doc:"When it will end by the forecast"`
	Ended   *time.Time `json:"ended,omitempty" doc:"When it ended, the last time it was run"`
	Late    bool       `json:"late" doc:"It ended behind its cut-off"`
	Rows    uint64     `json:"rows"`
	Runs    uint32     `json:"runs" doc:"How often it was run on this date"`
	Found   int        `json:"found" doc:"Differences that the last run since the start found"`
	Failure string     `json:"failure,omitempty"`
}

// DayCutoff is how the steps stand that are due together.
type DayCutoff struct {
	Name     string     `json:"name"`
	At       *time.Time `json:"at,omitempty"`
	Left     int        `json:"left" doc:"Steps not done"`
	Forecast *time.Time `json:"forecast,omitempty" doc:"When the last of them will be done, if they run now; none when all are"`
	Late     bool       `json:"late" doc:"The forecast is behind the cut-off"`
}

// Readiness is what stands in the way of opening a date, or of trading on it.
type Readiness struct {
	Date   uint32     `json:"date" doc:"The date to be opened, or the open one"`
	Next   uint32     `json:"next" doc:"The trading day after it"`
	Open   bool       `json:"open" doc:"It is open: the checks are those of trading"`
	Ready  bool       `json:"ready" doc:"No check that stops has failed"`
	Checks []DayCheck `json:"checks"`
}

// DayCheck is one check of readiness.
type DayCheck struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Stops  bool   `json:"stops" doc:"The date cannot be opened while it fails; other checks are for people to judge"`
	Detail string `json:"detail"`
}

// Settlement is a movement of pooled money that a day's end left for its
// settlement day.
type Settlement struct {
	Kind      string `json:"kind" enum:"net,dividend,rounding,commission,between,interest"`
	TradeDate uint32 `json:"trade_date"`
	Settles   uint32 `json:"settles" doc:"Its settlement day; it is booked from 16:00 on"`
	Bank      uint16 `json:"bank"`
	To        uint16 `json:"to,omitempty" doc:"The other bank, of between"`
	Market    string `json:"market,omitempty"`
	Currency  string `json:"currency"`
	Amount    int64  `json:"amount" doc:"Minor units, positive in favour of the clients' money for net, dividend and interest, of the broker's own for rounding and commission"`
	Booked    bool   `json:"booked"`
}

// ThreeWay is the comparison of clients' ledgers, the banks' management accounts
// and the money.
type ThreeWay struct {
	Date   uint32        `json:"date"`
	Height uint64        `json:"height" doc:"Block our side is as of"`
	Made   time.Time     `json:"made"`
	Holds  bool          `json:"holds" doc:"Nothing is unexplained"`
	Rows   []ThreeWayRow `json:"rows"`
}

// ThreeWayRow is the comparison of one bank and currency, in minor units.
type ThreeWayRow struct {
	Bank       uint16        `json:"bank"`
	Currency   string        `json:"currency"`
	Ledger     int64         `json:"ledger" doc:"What we owe clients"`
	Management int64         `json:"management" doc:"What the bank keeps for them"`
	Pooled     int64         `json:"pooled" doc:"As the bank says"`
	Reserve    int64         `json:"reserve" doc:"At the clearing house, by our books"`
	Against    []Explanation `json:"against" doc:"Ledger − management, taken apart"`
	Funds      []Explanation `json:"funds" doc:"Ledger − (pooled + reserve), taken apart"`
	Holds      bool          `json:"holds"`
}

// Explanation is a part of a gap.
type Explanation struct {
	What   string `json:"what"`
	Amount int64  `json:"amount"`
}

// StepNumbers turns the names of steps into their numbers; 0 stands for a name
// that is none.
func StepNumbers(names []string) []uint16 {
	numbers := make([]uint16, len(names))
	for i, name := range names {
		numbers[i] = uint16(number(stepWords, name))
	}
	return numbers
}

// StepName is the name of a step in this interface.
func StepName(number uint16) string { return word(stepWords, number) }

// CallerName names a caller for people: class and number.
func CallerName(c record.Caller) string { return callerName(c) }

// PhaseName is the name of a phase of the business day.
func PhaseName(phase uint8) string { return word(phaseWords, phase) }

// OfDay names the business date of a path.
type OfDay struct {
	Date uint32 `path:"date" minimum:"19000101" maximum:"99991231"`
}

// dayEnd returns the day end, or the problem that there is none.
func (a *API) dayEnd() (DayEnd, error) {
	if a.config.DayEnd == nil {
		return nil, noDayEnd.problem("")
	}
	return a.config.DayEnd, nil
}

const dayEndTag = "Day end"

func (a *API) mountDayEnd() {
	hang(a, route{method: "GET", path: "/v1/day-end", summary: "Where the business day and its end stand, while a run is under way too", tag: dayEndTag},
		func(ctx context.Context, _ *pass, _ *nothing) (DayEndState, error) {
			d, err := a.dayEnd()
			if err != nil {
				return DayEndState{}, err
			}
			return d.State(ctx)
		})
	hang(a, route{
		method: "POST", path: "/v1/day-end/runs", summary: "Run the day end, all of it or some steps, from wherever it was left off", tag: dayEndTag, status: 202,
		about: "It answers at once; GET /v1/day-end tells how far the run is. Steps that have succeeded are passed over: they book nothing and write the same bytes again. " +
			"The day must have been stopped.",
	}, func(ctx context.Context, p *pass, in *struct {
		Body struct {
			Steps []string `json:"steps,omitempty" maxItems:"13" doc:"Names of steps in their order; all when there are none"`
			Wait  bool     `json:"wait,omitempty" doc:"Wait for files that have not come, instead of ending"`
		}
	}) (DayEndState, error) {
		d, err := a.dayEnd()
		if err == nil {
			err = d.Start(ctx, p.caller(), StepNumbers(in.Body.Steps), in.Body.Wait)
		}
		if err != nil {
			return DayEndState{}, err
		}
		return d.State(ctx)
	})
	hang(a, route{method: "DELETE", path: "/v1/day-end/runs", summary: "End the run under way; what it did stays, and it can be run again", tag: dayEndTag},
		func(ctx context.Context, _ *pass, _ *nothing) (DayEndState, error) {
			d, err := a.dayEnd()
			if err == nil {
				err = d.End()
			}
			if err != nil {
				return DayEndState{}, err
			}
			return d.State(ctx)
		})
	a.mountDayTurns()
	a.mountSettlement()
	a.mountDayFiles()
}

// mountDayTurns hangs what ends and begins everybody's business. One person of
// operations asks for it, and a checker approves.
func (a *API) mountDayTurns() {
	type asked struct {
		Keyed
		Body struct {
			Date   uint32 `json:"date" minimum:"19000101" maximum:"99991231" doc:"The date meant, so that nobody stops or opens another"`
			Reason string `json:"reason" minLength:"1" maxLength:"400"`
		}
	}
	hang(a, route{
		method: "POST", path: "/v1/day-end/stop", summary: "Propose to stop the business day", tag: dayEndTag, status: 201,
		about: "The answer's ref is the number of the proposal; another person approves it by POST /v1/proposals/{proposal}/approve.",
	}, func(ctx context.Context, p *pass, in *asked) (Outcome, error) {
		today, err := a.businessDay(ctx)
		switch {
		case err != nil:
			return Outcome{}, err
		case today.Date != in.Body.Date:
			return Outcome{}, codeProblem(record.WrongDate, "")
		case today.Phase != custody.DayOpen:
			return Outcome{}, codeProblem(record.DayClosed, "")
		}
		return a.propose(ctx, p, in.Keyed, &record.StopDay{Date: today.Date}, in.Body.Reason)
	})
	hang(a, route{method: "GET", path: "/v1/day-end/readiness", summary: "What stands in the way of opening the next date, or of trading on the open one", tag: dayEndTag},
		func(ctx context.Context, _ *pass, _ *nothing) (Readiness, error) {
			d, err := a.dayEnd()
			if err != nil {
				return Readiness{}, err
			}
			return d.Readiness(ctx)
		})
	hang(a, route{
		method: "POST", path: "/v1/day-end/open", summary: "Propose to open the next business date", tag: dayEndTag, status: 201,
		about: "Refused while a check of GET /v1/day-end/readiness that stops fails. The answer's ref is the number of the proposal; another person approves it.",
	}, func(ctx context.Context, p *pass, in *asked) (Outcome, error) {
		d, err := a.dayEnd()
		if err != nil {
			return Outcome{}, err
		}
		ready, err := d.Readiness(ctx)
		switch {
		case err != nil:
			return Outcome{}, err
		case ready.Open || ready.Date != in.Body.Date:
			return Outcome{}, codeProblem(record.WrongDate, "")
		case !ready.Ready:
			return Outcome{}, notReadyProblem(ready)
		}
		return a.propose(ctx, p, in.Keyed, &record.OpenDay{Date: ready.Date, Next: ready.Next}, in.Body.Reason)
	})
}

// notReadyProblem lists the checks that keep a date shut.
func notReadyProblem(r Readiness) *Problem {
	p := notReady.problem("")
	for _, c := range r.Checks {
		if c.Stops && !c.OK {
			p.Fields = append(p.Fields, Field{Location: c.Name, Message: c.Detail})
		}
	}
	return p
}

// propose has an act proposed.
func (a *API) propose(ctx context.Context, p *pass, key Keyed, act record.Command, reason string) (Outcome, error) {
	if err := key.check(true); err != nil {
		return Outcome{}, err
	}
	return a.decide(ctx, p, key.Key, &record.Propose{Act: act.Kind(), Payload: record.Encode(nil, act), Reason: reason})
}

func (a *API) businessDay(ctx context.Context) (d custody.Day, err error) {
	err = a.config.Core.Look(ctx, func(m *custody.Machine) { d = m.Today() })
	return d, err
}

func (a *API) mountSettlement() {
	rows := func(all []Settlement, err error) (Page[Settlement], error) {
		page := Page[Settlement]{Rows: []Settlement{}}
		page.Rows = append(page.Rows, all...)
		page.Fresh = a.now()
		return page, err
	}
	hang(a, route{method: "GET", path: "/v1/day-end/settlement", summary: "What the days before left for final settlement, booked or not", tag: dayEndTag},
		func(ctx context.Context, _ *pass, _ *nothing) (Page[Settlement], error) {
			d, err := a.dayEnd()
			if err != nil {
				return Page[Settlement]{}, err
			}
			return rows(d.Settlements(ctx))
		})
	hang(a, route{
		method: "POST", path: "/v1/day-end/settlement", summary: "Book the final settlement that is due, from T+1 16:00 on", tag: dayEndTag,
		about: "Asking again books nothing twice. The centre does the same by itself unless the configuration says otherwise.",
	}, func(ctx context.Context, p *pass, _ *struct{ Body struct{} }) (Page[Settlement], error) {
		d, err := a.dayEnd()
		if err != nil {
			return Page[Settlement]{}, err
		}
		return rows(d.Settle(ctx, p.caller()))
	})
	check := func(ctx context.Context, date uint32, again bool) (ThreeWay, error) {
		d, err := a.dayEnd()
		if err != nil {
			return ThreeWay{}, err
		}
		return d.ThreeWay(ctx, date, again)
	}
	hang(a, route{method: "GET", path: "/v1/days/{date}/three-way", summary: "The last three-way check of a date", tag: dayEndTag},
		func(ctx context.Context, _ *pass, in *OfDay) (ThreeWay, error) { return check(ctx, in.Date, false) })
	hang(a, route{
		method: "POST", path: "/v1/days/{date}/three-way", summary: "Make the three-way check of the business date again", tag: dayEndTag,
		about: "Clients' ledgers against the banks' management accounts and the money, by the banks' results of that evening. It runs by itself when a day is cleared.",
	}, func(ctx context.Context, _ *pass, in *struct {
		OfDay
		Body struct{}
	}) (ThreeWay, error) {
		return check(ctx, in.Date, true)
	})
}

// dayEndFault is the problem of an error of the day end, nil when it is none.
func dayEndFault(err error) *Problem {
	var refused *settle.RefusedError
	switch {
	case errors.As(err, &refused):
		return codeProblem(refused.Code, "")
	case errors.Is(err, ErrNoDayEnd):
		return noDayEnd.problem(err.Error())
	case errors.Is(err, ErrDayEndRuns):
		return dayEndRuns.problem("")
	case errors.Is(err, ErrNoRun):
		return noRun.problem("")
	case errors.Is(err, ErrDayOpen):
		return codeProblem(record.DayNotStopped, "")
	case errors.Is(err, ErrNoCheck):
		return notThere.problem(err.Error())
	case errors.Is(err, settle.ErrNotDue):
		return notDue.problem(err.Error())
	case errors.Is(err, settle.ErrOptions):
		return fieldProblem("body.steps", "steps are named in their order, each once", "步骤须按先后次序，每步一次")
	case errors.Is(err, settle.ErrMissing), errors.Is(err, settle.ErrDamaged), errors.Is(err, settle.ErrOrder), errors.Is(err, settle.ErrWrongDay):
		return filesNotThere.problem(err.Error())
	}
	return nil
}
