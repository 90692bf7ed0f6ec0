package api

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
)

// pass is a request that was let in: who asks, or nobody on a route for anyone.
type pass struct {
	*session
	token  string
	reason string // why something is proposed, when the caller says so
}

// caller is who the journal says asked.
func (p *pass) caller() record.Caller { return p.user.caller() }

// may says whether the user has one of some roles.
func (p *pass) may(any roles) bool { return p.user.roles.has(any) }

type passKey struct{}

// passOf returns the pass of a request. Every route sets one.
func passOf(ctx context.Context) *pass { return ctx.Value(passKey{}).(*pass) }

// admit lets a request in or says why not: token, rate, role. The role is asked
// last, so that nobody probes the table faster than a session's rate.
func (a *API) admit(r *http.Request, g grant) (*pass, *Problem) {
	token, signed := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if g.to.has(anyone) {
		return &pass{token: token}, nil
	}
	if !signed {
		return nil, signInNeeded.problem("")
	}
	one := a.sessions.find(token)
	if one == nil {
		return nil, signInNeeded.problem("the session has ended or never was")
	}
	if !a.sessions.use(one, 1) {
		return nil, tooMany.after(1, "")
	}
	if !one.user.roles.has(g.to) {
		return nil, notPermitted.problem("")
	}
	if one.user.roles.has(investor) && a.stale(r.Context(), one) {
		a.sessions.end(token)
		return nil, signInNeeded.problem("every session of the client was ended")
	}
	return &pass{session: one, token: token, reason: r.Header.Get(reasonHeader)}, nil
}

// stale says whether the machine has voided an investor's session since it began.
// It is asked at most every generationAge.
func (a *API) stale(ctx context.Context, one *session) bool {
	now := a.config.Wall()
	one.mu.Lock()
	fresh := now.Sub(one.asked) < generationAge
	one.mu.Unlock()
	if fresh {
		return false
	}
	generation, err := a.generation(ctx, one.user.Client)
	one.mu.Lock()
	defer one.mu.Unlock()
	if err != nil {
		return false // the machine cannot be asked now; nothing can be done with the session either
	}
	one.asked = now
	return generation != one.generation
}

// generation returns the generation of a client's valid sessions.
func (a *API) generation(ctx context.Context, client uint64) (generation uint32, err error) {
	err = a.config.Core.Look(ctx, func(m *custody.Machine) {
		c, _ := m.Client(client)
		generation = c.Sessions
	})
	return generation, err
}

// guard is admit as huma's middleware.
func (a *API) guard(g grant) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		p, problem := a.admit(r, g)
		if problem != nil {
			problem.write(w)
			return
		}
		next(huma.WithValue(ctx, passKey{}, p))
	}
}

// route describes one route to hang.
type route struct {
	method  string
	path    string
	summary string
	about   string // more than the summary says
	tag     string
	bodyMax int64 // 0 is bodyMax
	status  int   // of success; 0 is 200
}

func (r *route) name() string { return r.method + " " + r.path }

// operation is the route for huma. A route without a row in the table gets one
// that lets nobody in, and New fails.
func (a *API) operation(r route) huma.Operation {
	g, _ := granted(r.name())
	a.mounted[r.name()] = true
	words := strings.FieldsFunc(strings.ToLower(r.method)+r.path, func(c rune) bool { return strings.ContainsRune("/{}.-", c) })
	o := huma.Operation{
		OperationID: strings.ReplaceAll(strings.Join(words, "-"), "-v1-", "-"), Method: r.method, Path: r.path, Summary: r.summary, Description: r.about,
		Tags: []string{r.tag}, MaxBodyBytes: r.bodyMax, DefaultStatus: r.status, Middlewares: huma.Middlewares{a.guard(g)},
	}
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = bodyMax
	}
	if o.Description != "" {
		o.Description += "\n\n"
	}
	o.Description += "Roles: " + strings.Join(g.to.names(), ", ") + "."
	if g.own != "" {
		o.Description += " Theirs: " + g.own + "."
	}
	if !g.to.has(anyone) {
		o.Security = []map[string][]string{{"session": {}}}
	}
	return o
}

// answer is an answer with its status.
type answer[O any] struct {
	Status int
	Body   O
}

// statusOfAnswer is the status of a body: what was only proposed has not happened.
func statusOfAnswer(r *route, body any) int {
	if o, ok := body.(interface{ pending() bool }); ok && o.pending() {
		return http.StatusAccepted
	}
	if r.status != 0 {
		return r.status
	}
	return http.StatusOK
}

// hang hangs a route whose handler gets the pass and returns the body.
func hang[I, O any](a *API, r route, handle func(ctx context.Context, p *pass, in *I) (O, error)) {
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*answer[O], error) {
		body, err := handle(ctx, passOf(ctx), in)
		if err != nil {
			return nil, a.fault(err)
		}
		return &answer[O]{statusOfAnswer(&r, body), body}, nil
	})
}

// hangRaw hangs a route past huma, for the two that must be fast, or whose body
// is not JSON alone. Its operation is for the document.
func (a *API) hangRaw(r route, describe func(*huma.Operation), handle func(w http.ResponseWriter, r *http.Request, p *pass) error) {
	o := a.operation(r)
	g, _ := granted(r.name())
	describe(&o)
	a.huma.OpenAPI().AddOperation(&o)
	a.router.MethodFunc(r.method, r.path, func(w http.ResponseWriter, req *http.Request) {
		p, problem := a.admit(req, g)
		if problem == nil {
			if err := handle(w, req, p); err != nil {
				problem = a.fault(err)
			}
		}
		if problem != nil {
			problem.write(w)
		}
	})
}

// ownClient refuses a client that is not the investor's.
func (a *API) ownClient(p *pass, client uint64) error {
	if p.may(investor) && p.user.Client != client {
		return notThere.problem("")
	}
	return nil
}

// ownFund refuses a fund account that is not the investor's, or not in custody
// with the desk's bank. To the caller it then does not exist.
func (a *API) ownFund(ctx context.Context, p *pass, fund uint64) error {
	switch {
	case p.may(investor):
		owner, err := a.owner(ctx, fund)
		if err == nil && owner != p.user.Client {
			err = notThere.problem("")
		}
		return err
	case p.may(bankDesk):
		var bank uint16
		err := a.config.Core.Look(ctx, func(m *custody.Machine) {
			f, _, _ := m.Fund(fund)
			bank = f.Bank
		})
		if err == nil && bank != p.user.Bank {
			err = notThere.problem("")
		}
		return err
	}
	return nil
}

// owner returns the client number of a fund account, 0 when there is none. An
// account never changes hands, so an answer holds for ever.
func (a *API) owner(ctx context.Context, fund uint64) (uint64, error) {
	if known, ok := a.owners.Load(fund); ok {
		return known.(uint64), nil
	}
	var client uint64
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		if f, _, ok := m.Fund(fund); ok {
			client = m.ClientAt(f.Client).Number
		}
	})
	if err == nil && client != 0 {
		a.owners.Store(fund, client)
	}
	return client, err
}

// ownBank refuses a bank that is not the desk's.
func (a *API) ownBank(p *pass, bank uint16) error {
	if p.may(bankDesk) && p.user.Bank != bank {
		return notThere.problem("")
	}
	return nil
}

// Outcome is the answer to an accepted command.
type Outcome struct {
	Code     string `json:"code" doc:"accepted, or proposed" example:"accepted"`
	Ref      uint64 `json:"ref,omitempty" doc:"What it created: the number of a transfer, order, proposal, or the count of rows"`
	Height   uint64 `json:"height" doc:"Block that holds the command"`
	Proposal uint64 `json:"proposal,omitempty" doc:"With status 202: the act needs a second person and was only proposed, under this number"`
}

// pending says whether nothing has happened yet.
func (o Outcome) pending() bool { return o.Proposal != 0 }

func accepted(s state.Answer) Outcome {
	return Outcome{Code: record.Code(s.Code).String(), Ref: s.Ref, Height: s.Height}
}

// Keyed is the head of a request that may be repeated.
type Keyed struct {
	Key    string `header:"Idempotency-Key" maxLength:"64" doc:"1 to 64 visible characters. The same key with the same request gives the same answer, with another request it is refused. Required where money moves."`
	Reason string `header:"Proposal-Reason" maxLength:"400" doc:"Why, for an act that needs a second person: it is proposed, answers 202 and waits for POST /v1/proposals/{proposal}/approve"`
}

// check refuses a key with characters that get lost on the way, and none where
// one is needed.
func (k Keyed) check(needed bool) error {
	if k.Key == "" && !needed {
		return nil
	}
	if k.Key == "" || len(k.Key) > keyMax {
		return keyMissing.problem("")
	}
	for i := range len(k.Key) {
		if c := k.Key[i]; c <= ' ' || c > '~' {
			return keyMissing.problem("")
		}
	}
	return nil
}

// decide has the machine decide a command and returns its outcome or rejection.
// A command that needs a second person today is proposed instead.
func (a *API) decide(ctx context.Context, p *pass, key string, cmd record.Command) (Outcome, error) {
	cmd, two, err := a.forTwo(ctx, p, cmd)
	if err != nil {
		return Outcome{}, err
	}
	outcome, err := a.ask(ctx, p, key, cmd)
	return proposed(outcome, two), err
}

// ask has the machine decide a command as it is.
func (a *API) ask(ctx context.Context, p *pass, key string, cmd record.Command) (Outcome, error) {
	r := record.Request{Caller: p.caller(), Cmd: cmd}
	if key != "" {
		r.Key = record.KeyFor(r.Caller, key)
	}
	answers, err := a.config.Core.Submit(ctx, r)
	if err != nil {
		return Outcome{}, err
	}
	if answers[0].Code != uint16(record.Accepted) {
		return Outcome{}, rejected(answers[0])
	}
	return accepted(answers[0]), nil
}

// decideSealed is decide for commands whose bytes differ each time they are made
// from the same request, because sealing and hashing draw randomness. What was
// answered under the key is asked for first; the key must therefore name the
// content.
func (a *API) decideSealed(ctx context.Context, p *pass, key string, cmd record.Command) (Outcome, error) {
	if key == "" {
		return a.decide(ctx, p, "", cmd)
	}
	cmd, two, err := a.forTwo(ctx, p, cmd)
	if err != nil {
		return Outcome{}, err
	}
	outcome, err := a.ask(ctx, p, key, cmd)
	var reused *Problem
	if !asProblem(err, &reused) || reused.Number != uint16(record.KeyReused) {
		return proposed(outcome, two), err
	}
	var first state.Answer
	var known bool
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) { first, known = m.Answer(record.KeyFor(p.caller(), key)) }); err != nil {
		return Outcome{}, err
	}
	switch {
	case !known:
		return Outcome{}, reused
	case first.Code != uint16(record.Accepted):
		return Outcome{}, rejected(first)
	}
	return proposed(accepted(first), two), nil
}

// reasonHeader says why an act is asked for that becomes a proposal.
const reasonHeader = "Proposal-Reason"

// reasonMax bounds it in bytes, as in a proposal.
const reasonMax = 400

// forTwo turns a command into its proposal when it needs a second person today.
func (a *API) forTwo(ctx context.Context, p *pass, cmd record.Command) (asked record.Command, two bool, err error) {
	if !a.guardable[cmd.Kind()] {
		return cmd, false, nil
	}
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) { two = m.NeedsTwo(p.caller(), cmd) }); err != nil || !two {
		return cmd, false, err
	}
	reason := p.reason
	switch {
	case reason == "":
		reason = kindName(cmd.Kind())
	case len(reason) > reasonMax || !utf8.ValidString(reason):
		return nil, false, fieldProblem("header."+reasonHeader, "the reason has at most 400 bytes of UTF-8", "原因至多400字节")
	}
	return &record.Propose{Act: cmd.Kind(), Payload: record.Encode(nil, cmd), Reason: reason}, true, nil
}

// proposed marks the outcome of a proposal.
func proposed(o Outcome, two bool) Outcome {
	if two && o.Ref != 0 {
		o.Code, o.Proposal = "proposed", o.Ref
	}
	return o
}
