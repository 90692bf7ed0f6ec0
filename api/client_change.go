package api

import (
	"context"

	"sancun/custody"
	"sancun/identity"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// NewContact is other contact data. What is empty stays as it was.
type NewContact struct {
	Mobile  string `json:"mobile" minLength:"1" maxLength:"20"`
	Email   string `json:"email,omitempty" maxLength:"254"`
	Address string `json:"address,omitempty" maxLength:"120"`
}

// NewIdentity is another name or document. Transfers wait until every bank has it.
type NewIdentity struct {
	Document uint8  `json:"document_kind" minimum:"1" maximum:"8"`
	ID       string `json:"document" minLength:"1" maxLength:"40"`
	Name     string `json:"name" minLength:"1" maxLength:"120"`
	Verified bool   `json:"verified" doc:"The person and the papers were checked"`
	Pictures
}

// NewState is another state of a client or fund account.
type NewState struct {
	To        string `json:"to" enum:"normal,frozen,loss-reported,dormant,unqualified"`
	Verified  bool   `json:"verified,omitempty" doc:"The person was checked; needed on the way back to normal"`
	Reference string `json:"reference" maxLength:"200" doc:"Order, report or list it rests on"`
}

// NewRisk is the result of a questionnaire.
type NewRisk struct {
	Risk  uint8  `json:"risk" minimum:"1" maximum:"5"`
	Until uint32 `json:"until" minimum:"19000101" maximum:"99991231"`
}

// NewInvestorClass makes an ordinary or professional investor.
type NewInvestorClass struct {
	Class     string `json:"class" enum:"ordinary,professional"`
	Reference string `json:"reference" maxLength:"200"`
}

// NewPermission opens a board or business, with what the branch found.
type NewPermission struct {
	Permission string `json:"permission" enum:"main,chinext,star,bse,risk-warning,connect,margin"`
	Assets     int64  `json:"assets" minimum:"0" doc:"Average of the last 20 trading days, fen"`
	Months     uint16 `json:"months" maximum:"65535" doc:"Since the first trade"`
	Disclosed  bool   `json:"disclosed" doc:"The risk disclosure was signed"`
}

// LostPermission closes a board or business.
type LostPermission struct {
	Permission string `json:"permission" enum:"main,chinext,star,bse,risk-warning,connect,margin"`
	Reference  string `json:"reference" maxLength:"200"`
}

// Checked says whether the person was checked.
type Checked struct {
	Verified bool `json:"verified" doc:"The person was checked"`
}

// change is the request of an act on one client.
type change[B any] struct {
	OfClient
	Keyed
	Body B
}

// hangChange hangs an act on one client that needs nothing but its fields.
func hangChange[B any](a *API, path, summary string, make func(p *pass, client uint64, b *B) record.Command) {
	hang(a, route{method: "POST", path: "/v1/clients/{client}/" + path, summary: summary, tag: "Clients"},
		func(ctx context.Context, p *pass, in *change[B]) (Outcome, error) {
			if err := a.ownClient(p, in.Client); err != nil {
				return Outcome{}, err
			}
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, make(p, in.Client, &in.Body))
		})
}

// bit is a flag of a command.
func bit(set bool) uint8 {
	if set {
		return 1
	}
	return 0
}

func (a *API) mountClientChanges() {
	hang(a, route{method: "POST", path: "/v1/clients/{client}/contact", summary: "Change contact data", tag: "Clients"},
		func(ctx context.Context, p *pass, in *change[NewContact]) (Outcome, error) {
			return a.changeContact(ctx, p, in)
		})
	hang(a, route{method: "POST", path: "/v1/clients/{client}/identity", summary: "Change name or document", tag: "Clients", bodyMax: picturesBodyMax},
		func(ctx context.Context, p *pass, in *change[NewIdentity]) (Outcome, error) {
			return a.changeIdentity(ctx, p, in)
		})
	hangChange(a, "state", "Freeze a client, report loss, move to the dormant library, bring back", func(_ *pass, client uint64, b *NewState) record.Command {
		return &record.ChangeClientState{Client: client, To: number(stateWords, b.To), Verified: bit(b.Verified), Reference: b.Reference}
	})
	hangChange(a, "loss", "Report the loss of document or password: everything stops", func(p *pass, client uint64, b *struct {
		Reference string `json:"reference,omitempty" maxLength:"200"`
	}) record.Command {
		if b.Reference == "" {
			b.Reference = "reported by " + callerName(p.caller())
		}
		return &record.ChangeClientState{Client: client, To: custody.LossReported, Reference: b.Reference}
	})
	hangChange(a, "risk", "Enter the result of a risk questionnaire", func(_ *pass, client uint64, b *NewRisk) record.Command {
		return &record.RiskAnswered{Client: client, Risk: b.Risk, Until: b.Until}
	})
	hangChange(a, "investor-class", "Make an ordinary or professional investor", func(_ *pass, client uint64, b *NewInvestorClass) record.Command {
		return &record.SetInvestor{Client: client, Investor: number(investorWords, b.Class), Reference: b.Reference}
	})
	hangChange(a, "permissions", "Open a board or business", func(_ *pass, client uint64, b *NewPermission) record.Command {
		return &record.GrantPermission{Client: client, Permission: permissionBits([]string{b.Permission}), Assets: amount(b.Assets), Months: b.Months, Disclosed: bit(b.Disclosed)}
	})
	hangChange(a, "permissions/revoke", "Close a board or business", func(_ *pass, client uint64, b *LostPermission) record.Command {
		return &record.RevokePermission{Client: client, Permission: permissionBits([]string{b.Permission}), Reference: b.Reference}
	})
	hangChange(a, "close", "Close a client whose accounts are closed", func(_ *pass, client uint64, b *Checked) record.Command {
		return &record.CloseClient{Client: client, Verified: bit(b.Verified)}
	})
}

// sealFor checks and seals personal data of a client there is.
func (a *API) sealFor(ctx context.Context, client uint64, d *person) ([]byte, error) {
	today, err := a.today(ctx)
	if err != nil {
		return nil, err
	}
	if wrong := d.check(today, "body"); len(wrong) > 0 {
		problem := badField.problem("")
		problem.Fields = wrong
		return nil, problem
	}
	var there bool
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) { _, there = m.Client(client) }); err != nil {
		return nil, err
	}
	if !there {
		return nil, notThere.problem("") // no key is drawn for nobody
	}
	keys, err := a.config.Vault.Enrol([]uint64{client})
	if err != nil {
		return nil, err
	}
	return seal(keys[0], d.fields()...)
}

func (a *API) changeContact(ctx context.Context, p *pass, in *change[NewContact]) (Outcome, error) {
	if err := a.ownClient(p, in.Client); err != nil {
		return Outcome{}, err
	}
	if err := in.check(false); err != nil {
		return Outcome{}, err
	}
	d := person{kind: identity.IDCardDocument, mobile: in.Body.Mobile, email: in.Body.Email, address: in.Body.Address}
	sealed, err := a.sealFor(ctx, in.Client, &d)
	if err == nil {
		sealed, err = a.carry(ctx, in.Client, sealed)
	}
	if err != nil {
		return Outcome{}, err
	}
	mobile := a.config.Vault.MobileIndex(vault.NewSecret(d.mobile))
	key := in.Key
	if key != "" {
		key += ":" + mobile.String()
	}
	return a.decideSealed(ctx, p, key, &record.ChangeContact{Client: in.Client, Mobile: state.Key(mobile), Sealed: sealed})
}

func (a *API) changeIdentity(ctx context.Context, p *pass, in *change[NewIdentity]) (Outcome, error) {
	if err := in.check(false); err != nil {
		return Outcome{}, err
	}
	d := person{kind: identity.DocumentKind(in.Body.Document), id: in.Body.ID, name: in.Body.Name, pictures: in.Body.Pictures}
	sealed, err := a.sealFor(ctx, in.Client, &d)
	if err != nil {
		return Outcome{}, err
	}
	id := a.config.Vault.DocumentIndex(d.kind, vault.NewSecret(d.id))
	name := a.config.Vault.NameIndex(vault.NewSecret(d.name))
	key := in.Key
	if key != "" {
		key += ":" + id.String() + name.String()
	}
	cmd := &record.ChangeIdentity{
		Client: in.Client, Document: in.Body.Document, ID: state.Key(id), Name: state.Key(name), Verified: bit(in.Body.Verified), Sealed: sealed,
	}
	done, err := a.answered(ctx, p, key)
	if err != nil {
		return Outcome{}, err
	}
	var all []asked
	if !done {
		if all, err = a.askRegisters(ctx, []uint64{in.Client}, []person{d}); err != nil {
			return Outcome{}, err
		}
		if err := a.keepChecks(ctx, p, all); err != nil {
			return Outcome{}, err
		}
		if err := contradicted(all); err != nil {
			return Outcome{}, err // nobody need approve what the machine would refuse
		}
	}
	return a.decideSealed(ctx, p, key, cmd)
}
