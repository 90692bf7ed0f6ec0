package api

import (
	"context"

	"sancun/approval"
	"sancun/custody"
	"sancun/reconcile"
	"sancun/record"
	"sancun/state"
)

// Advice is what the rules say about an open case, given the books as they are.
type Advice struct {
	Case     uint64       `json:"case"`
	Action   string       `json:"action" doc:"book, close, ask the other side again, wait, or investigate"`
	Prevails string       `json:"prevails,omitempty" doc:"Whose data prevail: bank or broker"`
	ZH       string       `json:"zh" doc:"Why"`
	EN       string       `json:"en" doc:"Why"`
	Debt     bool         `json:"debt,omitempty" doc:"Booking it leaves the client owing the house"`
	Age      int          `json:"age" doc:"Trading days since it was found"`
	Level    string       `json:"level" doc:"Who must know by now"`
	Acts     []AdvisedAct `json:"acts" doc:"What two people do about it, in this order"`
}

// AdvisedAct is an act that works a case off.
type AdvisedAct struct {
	Act      string         `json:"act"`
	Content  map[string]any `json:"content" doc:"The fields of the act"`
	Proposal uint64         `json:"proposal,omitempty" doc:"The proposal of it that waits for a second person"`
}

// Advices are those of the open cases, read from the machine.
type Advices struct {
	Fresh
	Rows []Advice `json:"rows" doc:"In the order in which they are worked off"`
	More bool     `json:"more" doc:"There are more open cases than are listed"`
}

// advicesMax bounds a list of advice: it is made while the machine waits.
const advicesMax = 500

var (
	actionWords  = []string{1: "book", "close", "ask", "wait", "investigate", "done"}
	prevailWords = []string{1: "bank", "broker"}
)

// waiting finds the open proposal of an act for a case.
func waiting(open []approval.Proposal, number uint64, act record.Command) uint64 {
	digest := approval.Digest(record.Encode(nil, act))
	for i := range open {
		if open[i].Case == number && open[i].Payload == digest {
			return open[i].ID
		}
	}
	return 0
}

func openProposals(m *custody.Machine) (open []approval.Proposal) {
	for _, p := range m.Proposals() {
		if p.State == approval.Open {
			open = append(open, p)
		}
	}
	return open
}

func adviceOf(d *reconcile.Advice, open []approval.Proposal) Advice {
	a := Advice{
		Case: d.Case, Action: word(actionWords, uint8(d.Action)), ZH: d.ZH, EN: d.EN, Debt: d.Debt, Age: d.Age, Level: d.Level.EN, Acts: []AdvisedAct{},
	}
	if d.Prevails != reconcile.Nobody {
		a.Prevails = word(prevailWords, uint8(d.Prevails))
	}
	for _, act := range d.Steps() {
		a.Acts = append(a.Acts, AdvisedAct{kindName(act.Kind()), content(act.Kind(), record.Encode(nil, act)), waiting(open, d.Case, act)})
	}
	return a
}

// advised is what a request for advice to be proposed comes to.
type advised struct {
	before *Outcome       // what the same request came to before
	act    record.Command // the first act that the rules ask for and nobody has proposed yet
	why    string
}

// look fills it for a case. The error is for who asked.
func (d *advised) look(m *custody.Machine, rules *reconcile.Rules, number uint64, key state.Key) error {
	k, ok := m.CaseBy(number)
	if !ok {
		return notThere.problem("")
	}
	if answer, known := m.Answer(key); known {
		for _, p := range m.Proposals() {
			if p.ID == answer.Ref && p.Case == number && record.Code(answer.Code) == record.Accepted {
				before := accepted(answer)
				d.before = &before
				return nil
			}
		}
		return codeProblem(record.KeyReused, "")
	}
	advice, err := rules.Advise(m, k)
	if err != nil {
		return err
	}
	d.why = advice.EN
	open := openProposals(m)
	for _, step := range advice.Steps() {
		if waiting(open, number, step) == 0 {
			d.act = step
			return nil
		}
		d.why = "a second person has to decide first"
	}
	return nothingAdvised.problem(d.why)
}

func (a *API) mountAdvice() {
	const tag = "House"
	hang(a, route{
		method: "GET", path: "/v1/advice", summary: "What the rules advise about the open differences, never behind", tag: tag,
		about: "At most 500 cases.",
	}, func(ctx context.Context, _ *pass, _ *nothing) (Advices, error) {
		all := Advices{Rows: []Advice{}}
		var failure error
		err := a.config.Core.Look(ctx, func(m *custody.Machine) {
			var advice []reconcile.Advice
			advice, all.More, failure = a.rules.AdviseOpen(m, advicesMax)
			open := openProposals(m)
			for i := range advice {
				all.Rows = append(all.Rows, adviceOf(&advice[i], open))
			}
		})
		all.Fresh = a.now()
		if err == nil {
			err = failure
		}
		return all, err
	})
	hang(a, route{
		method: "POST", path: "/v1/cases/{case}/advised", summary: "Propose the next act that the rules advise for a difference", tag: tag, status: 201,
		about: "Ref is the number of the proposal; another person approves it. Call it until the answer is nothing-advised.",
	}, func(ctx context.Context, p *pass, in *struct {
		Keyed
		Case uint64 `path:"case" minimum:"1"`
	}) (Outcome, error) {
		if err := in.check(true); err != nil {
			return Outcome{}, err
		}
		var d advised
		var failure error
		err := a.config.Core.Look(ctx, func(m *custody.Machine) {
			failure = d.look(m, a.rules, in.Case, record.KeyFor(p.caller(), in.Key))
		})
		switch {
		case err != nil:
			return Outcome{}, err
		case failure != nil:
			return Outcome{}, failure
		case d.before != nil:
			return *d.before, nil
		}
		return a.ask(ctx, p, in.Key, &record.Propose{Act: d.act.Kind(), Payload: record.Encode(nil, d.act), Case: in.Case, Reason: d.why})
	})
}
