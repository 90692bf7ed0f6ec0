package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sancun/books"
	"sancun/custody"
	"sancun/identity"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// NewClient is a client to open. Personal data are checked, sealed and never
// given back in clear.
type NewClient struct {
	Number      uint64   `json:"number" minimum:"1" maximum:"999999999999" doc:"Client number, at most 12 digits"`
	Class       string   `json:"class" enum:"person,organisation"`
	Document    uint8    `json:"document_kind" minimum:"1" maximum:"8" doc:"1 ID card, 2 passport, 3 Hong Kong or Macau permit, 4 Taiwan permit, 5 permanent residence, 6 residence permit, 7 officer's card, 8 unified social credit code"`
	ID          string   `json:"document" minLength:"1" maxLength:"40" doc:"Number of the document"`
	Name        string   `json:"name" minLength:"1" maxLength:"120"`
	Mobile      string   `json:"mobile" minLength:"1" maxLength:"20"`
	Email       string   `json:"email,omitempty" maxLength:"254"`
	Address     string   `json:"address,omitempty" maxLength:"120"`
	Card        string   `json:"card,omitempty" maxLength:"40" doc:"Bank settlement account, when it is known already; a batch of contracts needs it here"`
	Branch      uint16   `json:"branch,omitempty" maximum:"65535" doc:"营业部"`
	Risk        uint8    `json:"risk,omitempty" maximum:"5" doc:"C1 to C5 as 1 to 5, 0 when not asked yet"`
	RiskUntil   uint32   `json:"risk_until,omitempty" maximum:"99991231" doc:"Last date the risk answer holds"`
	Permissions []string `json:"permissions,omitempty" maxItems:"7" enum:"main,chinext,star,bse,risk-warning,connect,margin"`
	Pictures
}

// Client is a client as the books have it, with personal data masked.
type Client struct {
	Fresh
	Number      uint64   `json:"number"`
	Class       string   `json:"class"`
	State       string   `json:"state"`
	Document    uint8    `json:"document_kind"`
	Branch      uint16   `json:"branch"`
	Investor    string   `json:"investor"`
	Risk        uint8    `json:"risk"`
	RiskUntil   uint32   `json:"risk_until"`
	Permissions []string `json:"permissions"`
	Unconfirmed bool     `json:"unconfirmed" doc:"A bank has other data of the client: transfers wait"`
	Opened      uint32   `json:"opened"`
	Closed      uint32   `json:"closed,omitempty"`
	TradeLocked bool     `json:"trade_password_locked"`
	FundLocked  bool     `json:"fund_password_locked"`
	Masked      *Masked  `json:"personal,omitempty" doc:"Masked"`
}

// Fresh says as of which block an answer is.
type Fresh struct {
	Height uint64    `json:"height" doc:"Block the answer is as of"`
	AsOf   time.Time `json:"as_of" doc:"Time of that block"`
}

func fresh(r books.Reached) Fresh { return Fresh{r.Height, r.Time} }

// Page is one page of a list.
type Page[T any] struct {
	Fresh
	Rows []T    `json:"rows"`
	Next string `json:"next,omitempty" doc:"Mark of the next page, none on the last"`
}

// Paged is how a page is asked for.
type Paged struct {
	After string `query:"after" maxLength:"100" doc:"Mark of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

func (p Paged) page() books.Page { return books.Page{After: p.After, Limit: p.Limit} }

// list turns a page of the books into one of the interface.
func list[F, T any](l books.List[F], to func(F) T) Page[T] {
	p := Page[T]{Fresh: fresh(l.Reached), Rows: make([]T, 0, len(l.Rows)), Next: l.Next}
	for i := range l.Rows {
		p.Rows = append(p.Rows, to(l.Rows[i]))
	}
	return p
}

func clientOf(c books.Client) Client {
	return Client{
		Number: c.Number, Class: word(classWords, c.Class), State: word(stateWords, c.State), Document: c.Document, Branch: c.Branch,
		Investor: word(investorWords, c.Investor), Risk: c.Risk, RiskUntil: c.RiskUntil, Permissions: permissionNames(c.Permissions),
		Unconfirmed: c.Mismatch != 0, Opened: c.Opened, Closed: c.Closed, TradeLocked: c.TradeLocked, FundLocked: c.FundLocked,
	}
}

// OfClient names the client of a path.
type OfClient struct {
	Client uint64 `path:"client" minimum:"1" maximum:"999999999999" doc:"Client number"`
}

// DocumentSearch looks for a client by an identity document.
type DocumentSearch struct {
	Document uint8  `json:"document_kind" minimum:"1" maximum:"8"`
	ID       string `json:"document" minLength:"1" maxLength:"40"`
}

func (a *API) mountClients() {
	const tag = "Clients"
	hang(a, route{method: "POST", path: "/v1/clients", summary: "Open a client", tag: tag, status: 201, bodyMax: picturesBodyMax,
		about: "Registers and name lists are asked first. One that disagrees refuses; no answer, or a hit on a list, opens a client that is held until it is reviewed."},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body NewClient
		}) (Opening, error) {
			return a.openClients(ctx, p, in.Keyed, []NewClient{in.Body}, func(int) string { return "body" })
		})
	hang(a, route{method: "POST", path: "/v1/clients/batch", summary: "Open up to 500 clients, all or none", tag: tag, status: 201, bodyMax: batchBodyMax},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body struct {
				Clients []NewClient `json:"clients" minItems:"1" maxItems:"500"`
			}
		}) (Opening, error) {
			return a.openClients(ctx, p, in.Keyed, in.Body.Clients, func(i int) string { return fmt.Sprintf("body.clients[%d]", i) })
		})
	hang(a, route{method: "GET", path: "/v1/clients", summary: "List clients", tag: tag},
		func(ctx context.Context, _ *pass, in *struct {
			Paged
			Branch uint16 `query:"branch" maximum:"65535" doc:"Of one branch only"`
			State  string `query:"state" enum:"normal,frozen,loss-reported,dormant,unqualified,closed,held" doc:"In one state only; held wait for a review by two people"`
		}) (Page[Client], error) {
			l, err := a.config.Books.Clients(ctx, in.Branch, number(stateWords, in.State), in.page())
			return list(l, clientOf), err
		})
	hang(a, route{method: "POST", path: "/v1/clients/search", summary: "Find a client by identity document", tag: tag, about: "By Keyed hash: nothing is opened."},
		func(ctx context.Context, _ *pass, in *struct{ Body DocumentSearch }) (Page[Client], error) {
			id := a.config.Vault.DocumentIndex(identity.DocumentKind(in.Body.Document), vault.NewSecret(in.Body.ID))
			l, err := a.config.Books.ClientsByIdentity(ctx, state.Key(id))
			return list(l, clientOf), err
		})
	hang(a, route{method: "GET", path: "/v1/clients/{client}", summary: "A client, personal data masked", tag: tag},
		func(ctx context.Context, p *pass, in *OfClient) (Client, error) {
			if err := a.ownClient(p, in.Client); err != nil {
				return Client{}, err
			}
			c, r, err := a.config.Books.Client(ctx, in.Client)
			if err != nil {
				return Client{}, err
			}
			one := clientOf(c)
			masked, err := a.masked(ctx, c.Number, c.Document)
			one.Fresh, one.Masked = fresh(r), &masked
			return one, err
		})
	hang(a, route{method: "GET", path: "/v1/clients/{client}/funds", summary: "The fund accounts of a client", tag: tag},
		func(ctx context.Context, p *pass, in *OfClient) (Page[Fund], error) {
			if err := a.ownClient(p, in.Client); err != nil {
				return Page[Fund]{}, err
			}
			l, err := a.config.Books.FundsOf(ctx, in.Client)
			return list(l, fundOf), err
		})
	hang(a, route{method: "POST", path: "/v1/clients/{client}/reveal", summary: "Read one personal field in clear, with a reason", tag: tag, about: "Who, whose, which field and why are in the journal before the text is given."},
		func(ctx context.Context, p *pass, in *struct {
			OfClient
			Body Reveal
		}) (Revealed, error) {
			return a.reveal(ctx, p, in.Client, &in.Body)
		})
}

// today is the business date, or the date in Beijing before there is one.
func (a *API) today(ctx context.Context) (uint32, error) {
	var date uint32
	err := a.config.Core.Look(ctx, func(m *custody.Machine) { date = m.Today().Date })
	if date == 0 {
		y, m, d := a.config.Now().In(beijing).Date()
		date = uint32(y*10_000 + int(m)*100 + d)
	}
	return date, err
}

// beijing is the one time zone of mainland China.
var beijing = time.FixedZone("CST", 8*3600)

// person are the personal data of a request, in one form.
type person struct {
	kind                                   identity.DocumentKind
	id, name, mobile, email, address, card string
	pictures                               Pictures
}

// check checks every field that is there and says what is wrong with each.
func (d *person) check(today uint32, location string) []Field {
	var wrong []Field
	look := func(name, text string, v identity.Verdict) {
		if text != "" && !v.OK() {
			wrong = append(wrong, Field{location + "." + name, v.English(), v.Chinese()})
		}
	}
	d.id, d.mobile, d.card = identity.Normalise(d.id), identity.NormaliseMobile(d.mobile), identity.Normalise(d.card)
	d.name, d.email, d.address = strings.TrimSpace(d.name), strings.TrimSpace(d.email), strings.TrimSpace(d.address)
	look("document", d.id, identity.CheckDocument(d.kind, d.id, identity.Day(today)))
	look("mobile", d.mobile, identity.CheckMobile(d.mobile))
	look("email", d.email, identity.CheckEmail(d.email))
	look("address", d.address, identity.CheckAddress(d.address))
	look("card", d.card, identity.CheckCard(d.card))
	if d.kind.Person() { // the names of companies have digits and brackets
		look("name", d.name, identity.CheckName(d.name))
	}
	return wrong
}

func (d *person) fields() []personal {
	return []personal{
		{vault.FieldName, vault.NewSecret(d.name)}, {vault.FieldDocument, vault.NewSecret(d.id)}, {vault.FieldMobile, vault.NewSecret(d.mobile)},
		{vault.FieldEmail, vault.NewSecret(d.email)}, {vault.FieldAddress, vault.NewSecret(d.address)}, {vault.FieldCard, vault.NewSecret(d.card)},
	}
}

// openClients checks, asks the registers, seals and opens clients. The key also
// names whose documents were sent, because the sealed bytes differ each time.
func (a *API) openClients(ctx context.Context, p *pass, k Keyed, rows []NewClient, location func(int) string) (Opening, error) {
	if err := k.check(false); err != nil {
		return Opening{}, err
	}
	people, numbers, err := a.newPeople(ctx, rows, location)
	if err != nil {
		return Opening{}, err
	}
	keys, err := a.config.Vault.Enrol(numbers)
	if errors.Is(err, vault.ErrDestroyed) {
		return Opening{}, sentenceProblem(409, record.Sentence{Name: "client-erased", ZH: "该客户号的资料已被销毁，不能再用", EN: "the data of this client number were erased, it cannot be used again", AdviceZH: "请使用新的客户号", AdviceEN: "use a new client number"}, "")
	}
	if err != nil {
		return Opening{}, err
	}
	cmd := &record.OpenClients{Rows: make([]record.ClientData, len(rows))}
	key := k.Key
	for i := range rows {
		if cmd.Rows[i], err = a.clientData(&rows[i], &people[i], keys[i]); err != nil {
			return Opening{}, err
		}
		if key != "" {
			key += ":" + vault.Index(cmd.Rows[i].ID).String()
		}
	}
	return a.openChecked(ctx, p, key, cmd, numbers, people)
}

// newPeople checks the data of new clients.
func (a *API) newPeople(ctx context.Context, rows []NewClient, location func(int) string) ([]person, []uint64, error) {
	today, err := a.today(ctx)
	if err != nil {
		return nil, nil, err
	}
	people, numbers := make([]person, len(rows)), make([]uint64, len(rows))
	var wrong []Field
	for i := range rows {
		r := &rows[i]
		people[i] = person{identity.DocumentKind(r.Document), r.ID, r.Name, r.Mobile, r.Email, r.Address, r.Card, r.Pictures}
		wrong = append(wrong, people[i].check(today, location(i))...)
		numbers[i] = r.Number
	}
	if len(wrong) > 0 {
		problem := badField.problem("")
		problem.Fields = wrong
		return nil, nil, problem
	}
	return people, numbers, nil
}

// openChecked asks the registers, journals what they say, and opens.
func (a *API) openChecked(ctx context.Context, p *pass, key string, cmd *record.OpenClients, numbers []uint64, people []person) (o Opening, err error) {
	done, err := a.answered(ctx, p, key)
	if err != nil {
		return o, err
	}
	var all []asked
	if !done {
		if all, err = a.askRegisters(ctx, numbers, people); err != nil {
			return o, err
		}
		if err := a.keepChecks(ctx, p, all); err != nil {
			return o, err
		}
	}
	if o.Outcome, err = a.decideSealed(ctx, p, key, cmd); err != nil {
		return o, explained(err, all)
	}
	if o.Held, err = a.held(ctx, numbers, all); err != nil {
		return o, err
	}
	for i := range people {
		note, err := a.cardNote(ctx, people[i].card, 0)
		if err != nil {
			return o, err
		}
		if note != nil {
			note.Client = numbers[i]
			o.Cards = append(o.Cards, *note)
		}
	}
	return o, nil
}

// clientData makes the row of a command: hashes to find by, and the seal.
func (a *API) clientData(r *NewClient, d *person, key *vault.ClientKey) (record.ClientData, error) {
	v := a.config.Vault
	sealed, err := seal(key, d.fields()...)
	if err != nil {
		return record.ClientData{}, err
	}
	return record.ClientData{
		Number: r.Number, Class: number(classWords, r.Class), Document: r.Document, Branch: r.Branch,
		ID: state.Key(v.DocumentIndex(d.kind, vault.NewSecret(d.id))), Name: state.Key(v.NameIndex(vault.NewSecret(d.name))),
		Mobile: state.Key(v.MobileIndex(vault.NewSecret(d.mobile))), Risk: r.Risk, RiskUntil: r.RiskUntil,
		Permissions: permissionBits(r.Permissions), Sealed: sealed,
	}, nil
}
