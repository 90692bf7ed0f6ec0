package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"sancun/custody"
	"sancun/identity"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// Register asks identity registers and name lists about a person (rows K11, K13).
// It may be called from several goroutines.
type Register interface {
	// Check asks what it can ask with what the subject has, and returns when every
	// question is answered or given up. What could not be asked is not among the
	// findings; no answer in time is record.CheckUnknown, never an error.
	Check(ctx context.Context, s Subject) []Finding
}

// Subject is a person whose data are asked about. Card, mobile, portrait and
// image may be empty.
type Subject struct {
	Serial   string // of the question: the same question has the same
	Today    identity.Day
	Kind     identity.DocumentKind
	Name     vault.Secret
	Number   vault.Secret // of the document
	Card     vault.Secret
	Mobile   vault.Secret
	Portrait []byte
	Image    []byte // of the document
}

// Finding is what came of one check, with a sentence for people where there is
// something to say.
type Finding struct {
	record.CheckResult
	English, Chinese string
}

// Pictures go with the data of a person to the register and are kept nowhere.
type Pictures struct {
	Portrait []byte `json:"portrait,omitempty" contentEncoding:"base64" maxLength:"2796204" doc:"Portrait of the person, base64, at most 2 MiB; it goes to the register and is not kept"`
	Image    []byte `json:"document_image,omitempty" contentEncoding:"base64" maxLength:"2796204" doc:"Picture of the document, base64, at most 2 MiB; it goes to the register and is not kept"`
}

// Check is what was answered about a person.
type Check struct {
	Check   string `json:"check" doc:"name, face, document, card or list"`
	Outcome string `json:"outcome" doc:"agreed, disagreed, refused or unknown"`
	Reason  uint16 `json:"reason,omitempty" doc:"The register's own, see docs/formats/identity-register.md; of a list 301 a document, 302 a name"`
	Hit     string `json:"hit,omitempty" doc:"List, its date and the entry that was met; not shown to makers"`
	English string `json:"en,omitempty"`
	Chinese string `json:"zh,omitempty"`
}

// Checks are the last answers about the person of a client.
type Checks struct {
	Client uint64    `json:"client"`
	State  string    `json:"state" doc:"Of the client: held until checks and lists are clear or two people have reviewed"`
	Held   []string  `json:"held,omitempty" doc:"Why: unanswered, name-list, contradicted"`
	Date   uint32    `json:"date,omitempty" doc:"Business date of the last answer"`
	At     time.Time `json:"at,omitzero"`
	Checks []Check   `json:"checks"`
}

// Opening is the answer to an opening.
type Opening struct {
	Outcome
	Held  []Checks   `json:"held,omitempty" doc:"Clients that are held, and why"`
	Cards []CardNote `json:"cards,omitempty" doc:"What the numbers of cards say"`
}

const (
	// checkTimeout bounds all questions of one request: the rest of the request's
	// time is for the journal.
	checkTimeout = 6 * time.Second
	// checksAtOnce bounds the people of one batch who are asked about at once.
	checksAtOnce = 16
	// picturesBodyMax bounds a request with two pictures of 2 MiB in base64.
	picturesBodyMax = 6 << 20
)

// asked is a person who was asked about.
type asked struct {
	data     record.CheckData
	findings []Finding
}

// askRegisters asks about people in parallel. Nobody is asked when there is no
// register.
func (a *API) askRegisters(ctx context.Context, clients []uint64, people []person) ([]asked, error) {
	if a.config.Register == nil {
		return nil, nil
	}
	today, err := a.today(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	all := make([]asked, len(people))
	turns := make(chan struct{}, checksAtOnce)
	var wait sync.WaitGroup
	for i := range people {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			all[i] = a.askAbout(ctx, today, clients[i], &people[i])
		})
	}
	wait.Wait()
	return all, nil
}

// askAbout asks about one person.
func (a *API) askAbout(ctx context.Context, today uint32, client uint64, d *person) asked {
	v := a.config.Vault
	s := d.subject()
	s.Today = identity.Day(today)
	one := asked{data: record.CheckData{
		Client: client, ID: state.Key(v.DocumentIndex(d.kind, s.Number)), Name: state.Key(v.NameIndex(s.Name)),
	}}
	s.Serial = a.questionSerial(today, &one.data, &s)
	one.findings = a.config.Register.Check(ctx, s)
	for i := range one.findings {
		one.data.Results = append(one.data.Results, one.findings[i].CheckResult)
	}
	return one
}

func (d *person) subject() Subject {
	return Subject{
		Kind: d.kind, Name: vault.NewSecret(d.name), Number: vault.NewSecret(d.id), Card: vault.NewSecret(d.card), Mobile: vault.NewSecret(d.mobile),
		Portrait: d.pictures.Portrait, Image: d.pictures.Image,
	}
}

// questionSerial is the same for the same data on the same date, so that asking
// again is the same question and asking with other data is another one. It tells
// nothing: the hashes in it are keyed.
func (a *API) questionSerial(today uint32, d *record.CheckData, s *Subject) string {
	v := a.config.Vault
	text := fmt.Appendf(nil, "%d/%d/%x/%x/%s/%s/", today, d.Client, d.ID, d.Name, v.CardIndex(s.Card), v.MobileIndex(s.Mobile))
	portrait, image := sha256.Sum256(s.Portrait), sha256.Sum256(s.Image)
	sum := sha256.Sum256(append(append(text, portrait[:]...), image[:]...))
	return hex.EncodeToString(sum[:16])
}

// keepChecks journals what was answered, before anything is decided by it.
func (a *API) keepChecks(ctx context.Context, p *pass, all []asked) error {
	cmd := &record.ClientsChecked{}
	for i := range all {
		if len(all[i].data.Results) > 0 {
			cmd.Rows = append(cmd.Rows, all[i].data)
		}
	}
	if len(cmd.Rows) == 0 {
		return nil
	}
	_, err := a.decide(ctx, p, "", cmd)
	return err
}

// answered says whether a key was used before: nobody is asked about people a
// second time for an opening that was decided.
func (a *API) answered(ctx context.Context, p *pass, key string) (known bool, err error) {
	if key == "" {
		return false, nil
	}
	err = a.config.Core.Look(ctx, func(m *custody.Machine) { _, known = m.Answer(record.KeyFor(p.caller(), key)) })
	return known, err
}

// explained adds what the registers said to a rejection.
func explained(err error, all []asked) error {
	var p *Problem
	if !asProblem(err, &p) || p.Number != uint16(record.IdentityDisagrees) {
		return err
	}
	for i := range all {
		for _, f := range all[i].findings {
			if f.Outcome == record.CheckDisagreed && f.Check != record.CheckList {
				p.Fields = append(p.Fields, Field{Location: fmt.Sprintf("client %d: %s", all[i].data.Client, word(checkWords, f.Check)), Message: f.English, Chinese: f.Chinese})
			}
		}
	}
	return p
}

// contradicted is the rejection of data that a register disagrees with, before
// anything is asked of the machine.
func contradicted(all []asked) error {
	for i := range all {
		for _, f := range all[i].findings {
			if f.Outcome == record.CheckDisagreed && f.Check != record.CheckList {
				return explained(rejected(state.Answer{Code: uint16(record.IdentityDisagrees)}), all)
			}
		}
	}
	return nil
}

// held lists those of some clients that are held.
func (a *API) held(ctx context.Context, clients []uint64, all []asked) (held []Checks, err error) {
	err = a.config.Core.Look(ctx, func(m *custody.Machine) {
		for i, number := range clients {
			if c, ok := m.Client(number); ok && c.State == custody.Held {
				one := checksOf(m, c)
				one.hide()
				if i < len(all) {
					one.explain(all[i].findings)
				}
				held = append(held, one)
			}
		}
	})
	return held, err
}

// checksOf is what the machine has of the checks of a client.
func checksOf(m *custody.Machine, c custody.Client) Checks {
	one := Checks{Client: c.Number, State: word(stateWords, c.State), Checks: []Check{}}
	for i, why := range heldWords {
		if c.Held&(1<<i) != 0 {
			one.Held = append(one.Held, why)
		}
	}
	last, ok := m.CheckOf(c.ID)
	if !ok || last.Name != c.Name {
		return one
	}
	one.Date, one.At = last.Date, time.Unix(0, last.At).In(beijing)
	for check := record.CheckName; check < record.CheckCount; check++ {
		if outcome := last.Outcomes[check]; outcome != 0 {
			found := Check{Check: word(checkWords, check), Outcome: word(checkedWords, outcome), Reason: last.Reasons[check]}
			if check == record.CheckList {
				found.Hit = zeroed(last.Hit[:])
			}
			one.Checks = append(one.Checks, found)
		}
	}
	return one
}

// hide leaves out which list was hit: who stands at the counter need not know, so
// that the person does not learn it.
func (c *Checks) hide() {
	for i := range c.Checks {
		c.Checks[i].Hit = ""
	}
}

// explain adds the sentences of findings.
func (c *Checks) explain(findings []Finding) {
	for i := range c.Checks {
		for _, f := range findings {
			if word(checkWords, f.Check) == c.Checks[i].Check {
				c.Checks[i].English, c.Checks[i].Chinese = f.English, f.Chinese
			}
		}
	}
}

func (a *API) mountChecks() {
	const tag = "Clients"
	hang(a, route{method: "GET", path: "/v1/clients/{client}/checks", summary: "What registers and name lists said of a client", tag: tag},
		func(ctx context.Context, p *pass, in *OfClient) (Checks, error) {
			one, err := a.checks(ctx, in.Client, nil)
			if !p.may(checker | operations | auditor) {
				one.hide()
			}
			return one, err
		})
	hang(a, route{
		method: "POST", path: "/v1/clients/{client}/checks", summary: "Ask the registers about a client again", tag: tag, bodyMax: picturesBodyMax,
		about: "A client who is held for want of an answer is normal when every answer is there; one that a name list holds needs a review by two people.",
	}, func(ctx context.Context, p *pass, in *struct {
		OfClient
		Body Pictures
	}) (Checks, error) {
		return a.checkAgain(ctx, p, in.Client, &in.Body)
	})
}

func (a *API) checks(ctx context.Context, client uint64, findings []Finding) (one Checks, err error) {
	var known bool
	err = a.config.Core.Look(ctx, func(m *custody.Machine) {
		var c custody.Client
		if c, known = m.Client(client); known {
			one = checksOf(m, c)
		}
	})
	if err == nil && !known {
		err = notThere.problem("")
	}
	one.explain(findings)
	return one, err
}

// checkAgain asks with the data that lie sealed.
func (a *API) checkAgain(ctx context.Context, p *pass, client uint64, pictures *Pictures) (Checks, error) {
	if a.config.Register == nil {
		return Checks{}, noRegister.problem("")
	}
	d, err := a.personOf(ctx, client)
	if err != nil {
		return Checks{}, err
	}
	d.pictures = *pictures
	all, err := a.askRegisters(ctx, []uint64{client}, []person{d})
	if err == nil {
		err = a.keepChecks(ctx, p, all)
	}
	if err != nil {
		return Checks{}, err
	}
	one, err := a.checks(ctx, client, all[0].findings)
	one.hide()
	return one, err
}

// personOf opens the data of a client for the register, which is owed them.
func (a *API) personOf(ctx context.Context, client uint64) (d person, err error) {
	var known bool
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		var c custody.Client
		c, known = m.Client(client)
		d.kind = identity.DocumentKind(c.Document)
	}); err != nil {
		return d, err
	}
	if !known {
		return d, notThere.problem("")
	}
	if err := a.caughtUp(ctx); err != nil {
		return d, err
	}
	key, err := a.config.Vault.Key(client)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
		return d, notThere.problem("")
	}
	if err != nil {
		return d, err
	}
	for _, f := range []struct {
		field vault.Field
		into  *string
	}{{vault.FieldName, &d.name}, {vault.FieldDocument, &d.id}, {vault.FieldCard, &d.card}, {vault.FieldMobile, &d.mobile}} {
		_, text, err := a.piece(ctx, key, f.field)
		if err != nil {
			return d, err
		}
		*f.into = text.Plain()
	}
	return d, nil
}
