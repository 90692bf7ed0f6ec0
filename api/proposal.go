package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"sancun/books"
	"sancun/identity"
	"sancun/record"
	"sancun/vault"
)

// NewProposal asks for an act that needs a second person: exactly one of the acts
// is given.
type NewProposal struct {
	Case    uint64           `json:"case,omitempty" doc:"Difference it works off"`
	Reason  string           `json:"reason" minLength:"1" maxLength:"400"`
	Resolve *ResolveTransfer `json:"resolve_transfer,omitempty"`
	Correct *CorrectTransfer `json:"correct_transfer,omitempty"`
	Undo    *UndoTransfer    `json:"undo_transfer,omitempty"`
	Close   *CloseCase       `json:"close_case,omitempty"`
	Write   *WriteOff        `json:"write_off,omitempty"`
	Review  *ReviewClient    `json:"review_client,omitempty"`
	Checks  *CheckRule       `json:"check_rule,omitempty"`
	Guard   *NewGuard        `json:"guard,omitempty"`
	Rule    *RiskRule        `json:"risk_rule,omitempty"`
	Listing *Listing         `json:"listing,omitempty"`
	Ceiling *NewCeiling      `json:"ceiling,omitempty"`
	Orphans *SettleOrphans   `json:"orphans,omitempty"`
	Erase   *EraseClient     `json:"erase_client,omitempty"`
}

// ResolveTransfer settles a transfer without a known outcome by the bank's data.
type ResolveTransfer struct {
	Transfer uint64 `json:"transfer" minimum:"1"`
	Outcome  string `json:"outcome" enum:"success,refused"`
	BankRef  string `json:"bank_ref,omitempty" maxLength:"20" doc:"Needed on success"`
}

// CorrectTransfer books an entry that the bank has and we have not.
type CorrectTransfer struct {
	Bank      uint16 `json:"bank" minimum:"1" maximum:"255"`
	Date      uint32 `json:"date" minimum:"19000101" maximum:"99991231"`
	BankRef   string `json:"bank_ref" minLength:"1" maxLength:"20"`
	Fund      uint64 `json:"fund" minimum:"1" maximum:"99999999999999"`
	Direction string `json:"direction" enum:"deposit,withdrawal"`
	Amount    int64  `json:"amount" minimum:"1" doc:"Minor units"`
}

// UndoTransfer takes back an entry that we have as done and the bank has not.
type UndoTransfer struct {
	Transfer uint64 `json:"transfer" minimum:"1"`
}

// CloseCase ends a case.
type CloseCase struct {
	Case   uint64 `json:"case" minimum:"1"`
	As     string `json:"as" enum:"booking,other-side,time,write-off"`
	Reason string `json:"reason" minLength:"1" maxLength:"400"`
}

// WriteOff takes a difference over by the broker's own money.
type WriteOff struct {
	Case     uint64 `json:"case" minimum:"1"`
	Bank     uint16 `json:"bank" minimum:"1" maximum:"255"`
	Currency string `json:"currency" enum:"CNY,HKD,USD"`
	Amount   int64  `json:"amount" doc:"Minor units; negative is in our favour"`
}

// commands lists the acts given.
func (n *NewProposal) commands() []record.Command {
	return slices.Concat(n.corrections(), n.clientActs(), n.ruleActs())
}

// corrections lists the acts that work off differences.
func (n *NewProposal) corrections() (all []record.Command) {
	if c := n.Resolve; c != nil {
		all = append(all, &record.ResolveTransfer{Transfer: c.Transfer, Outcome: number(outcomeWords, c.Outcome), BankRef: c.BankRef, Case: n.Case})
	}
	if c := n.Correct; c != nil {
		all = append(all, &record.CorrectTransfer{
			Bank: c.Bank, Date: c.Date, BankRef: c.BankRef, Fund: c.Fund, Direction: number(directionWords, c.Direction), Amount: amount(c.Amount), Case: n.Case,
		})
	}
	if c := n.Undo; c != nil {
		all = append(all, &record.UndoTransfer{Transfer: c.Transfer, Case: n.Case})
	}
	if c := n.Close; c != nil {
		all = append(all, &record.CloseCase{Case: c.Case, As: number(resolvedWords, c.As), Reason: c.Reason})
	}
	if c := n.Write; c != nil {
		all = append(all, &record.WriteOff{Case: c.Case, Bank: c.Bank, Currency: currency(c.Currency), Amount: amount(c.Amount)})
	}
	return all
}

// Proposal is an act that waits for a second person, or had one.
type Proposal struct {
	ID       uint64         `json:"id"`
	Act      string         `json:"act"`
	Content  map[string]any `json:"content" doc:"The fields of the act"`
	Digest   string         `json:"digest" doc:"Send it back with the approval: it says that this content was read"`
	State    string         `json:"state"`
	Date     uint32         `json:"date"`
	Maker    string         `json:"maker"`
	Checker  string         `json:"checker,omitempty"`
	Made     time.Time      `json:"made"`
	Ended    *time.Time     `json:"ended,omitempty"`
	Case     uint64         `json:"case,omitempty"`
	Reason   string         `json:"reason"`
	Declined string         `json:"declined,omitempty" doc:"Why it was declined"`
	Masked   *Masked        `json:"personal,omitempty" doc:"Personal data of the act, masked"`
}

// ProposalAnswer is a proposal with its freshness.
type ProposalAnswer struct {
	Fresh
	Proposal
}

// content is what a payload says, by the names of the journal's fields.
func content(kind record.Kind, payload []byte) map[string]any {
	cmd, ok := record.New(kind)
	if !ok || !record.Decode(payload, cmd) {
		return nil
	}
	text, err := json.Marshal(cmd)
	if err != nil {
		return nil
	}
	fields := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // amounts are no floats
	if decoder.Decode(&fields) != nil {
		return nil
	}
	for _, secret := range [...]string{"Hash", "Sealed"} {
		delete(fields, secret) // a password's hash and seals say nothing to a person
	}
	return fields
}

func proposalOf(p books.Proposal) Proposal {
	one := Proposal{
		ID: p.ID, Act: kindName(p.Act), Content: content(p.Act, p.Payload), Digest: hex.EncodeToString(p.Digest), State: word(proposalWords, p.State), Date: p.Date,
		Maker: callerName(p.Maker), Made: p.Made, Ended: ended(p.Ended), Case: p.Case, Reason: p.Reason, Declined: p.Declined,
	}
	if p.Checker != 0 {
		one.Checker = callerName(p.Checker)
	}
	return one
}

// proposedIdentity is what a checker may see of a name and document that are to be
// changed: enough to compare them with the papers.
func (a *API) proposedIdentity(p books.Proposal) (*Masked, error) {
	cmd := &record.ChangeIdentity{}
	if p.Act != record.KindChangeIdentity || !record.Decode(p.Payload, cmd) {
		return nil, nil
	}
	key, err := a.config.Vault.Key(cmd.Client)
	switch {
	case errors.Is(err, vault.ErrNoKey), errors.Is(err, vault.ErrDestroyed):
		return &Masked{Erased: true}, nil
	case err != nil:
		return nil, err
	}
	var m Masked
	for _, piece := range pieces(cmd.Sealed) {
		if text, err := key.Open(vault.FieldName, piece); err == nil {
			m.Name = identity.MaskName(text.Plain())
		}
		if text, err := key.Open(vault.FieldDocument, piece); err == nil {
			m.Document = identity.MaskDocument(identity.DocumentKind(cmd.Document), text.Plain())
		}
	}
	return &m, nil
}

// OfProposal names the proposal of a path.
type OfProposal struct {
	Proposal uint64 `path:"proposal" minimum:"1"`
}

func (a *API) mountProposals() {
	const tag = "Approvals"
	hang(a, route{method: "GET", path: "/v1/proposals", summary: "Proposals, the newest first", tag: tag},
		func(ctx context.Context, _ *pass, in *struct {
			Paged
			State string `query:"state" enum:"open,approved,declined,withdrawn"`
		}) (Page[Proposal], error) {
			l, err := a.config.Books.Proposals(ctx, number(proposalWords, in.State), in.page())
			return list(l, proposalOf), err
		})
	hang(a, route{method: "GET", path: "/v1/proposals/{proposal}", summary: "A proposal with its content", tag: tag},
		func(ctx context.Context, _ *pass, in *OfProposal) (ProposalAnswer, error) {
			p, r, err := a.config.Books.Proposal(ctx, in.Proposal)
			if err != nil {
				return ProposalAnswer{}, err
			}
			one := proposalOf(p)
			one.Masked, err = a.proposedIdentity(p)
			return ProposalAnswer{fresh(r), one}, err
		})
	hang(a, route{method: "POST", path: "/v1/proposals", summary: "Propose an act that needs a second person", tag: tag, status: 201},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body NewProposal
		}) (Outcome, error) {
			if err := in.check(true); err != nil {
				return Outcome{}, err
			}
			beside, err := a.orphanActs(ctx, &in.Body)
			if err != nil {
				return Outcome{}, err
			}
			acts := append(in.Body.commands(), beside...)
			if len(acts) != 1 {
				return Outcome{}, fieldProblem("body", "a proposal has exactly one act", "一份申请须且只能有一项业务")
			}
			return a.ask(ctx, p, in.Key, &record.Propose{
				Act: acts[0].Kind(), Payload: record.Encode(nil, acts[0]), Case: in.Body.Case, Reason: in.Body.Reason,
			})
		})
	hang(a, route{method: "POST", path: "/v1/proposals/{proposal}/approve", summary: "Carry a proposal out, as another person than its maker", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfProposal
			Keyed
			Body struct {
				Digest string `json:"digest" minLength:"64" maxLength:"64" doc:"Digest of the content that was read"`
			}
		}) (Outcome, error) {
			if err := in.check(true); err != nil {
				return Outcome{}, err
			}
			return a.approve(ctx, p, in.Key, in.Proposal, in.Body.Digest)
		})
	a.mountRefusals(tag)
}

func (a *API) mountRefusals(tag string) {
	hang(a, route{method: "POST", path: "/v1/proposals/{proposal}/decline", summary: "Refuse a proposal, as another person than its maker", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfProposal
			Keyed
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"400"`
			}
		}) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.Decline{Proposal: in.Proposal, Reason: in.Body.Reason})
		})
	hang(a, route{method: "POST", path: "/v1/proposals/{proposal}/withdraw", summary: "Take a proposal back, as its maker", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfProposal
			Keyed
		}) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.Withdraw{Proposal: in.Proposal})
		})
}

// approve sends the payload that the digest names: the checker has read it, and
// the machine compares it with what was proposed. A digest that fits nothing
// leads to an empty payload, which the machine refuses.
func (a *API) approve(ctx context.Context, p *pass, key string, id uint64, digest string) (Outcome, error) {
	proposal, _, err := a.config.Books.Proposal(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	sum := sha256.Sum256(proposal.Payload)
	payload := proposal.Payload
	if hex.EncodeToString(sum[:]) != digest {
		payload = nil
	}
	return a.decide(ctx, p, key, &record.Approve{Proposal: id, Payload: payload})
}
