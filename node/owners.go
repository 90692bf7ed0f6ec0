package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"sancun/approval"
	"sancun/books"
	"sancun/custody"
	"sancun/identity"
	"sancun/journal"
	"sancun/record"
	"sancun/settle"
	"sancun/state"
	"sancun/vault"
	wire "sancun/wire/bank"
)

// Owners knows what the machine does not hold: who stands behind a fund account.
// Personal data lie sealed in the journal; Owners finds them through the books
// and, for what the books do not have yet, in the journal's last blocks, so that
// it answers with the books far behind or missing, only slower.
//
// It is for gateways that owe a counterparty a value. A person reads through
// Vault.Reveal, which writes down who and why.
type Owners struct {
	core      *Core
	vault     *vault.Vault
	books     *books.Books // nil without books
	passwords *vault.Passwords
}

// ErrOwner reports a fund account whose owner or whose card cannot be told.
var ErrOwner = errors.New("the owner of the fund account cannot be told")

// owner is what the machine says of a fund account's owner.
type owner struct {
	fund   custody.Fund
	client custody.Client
}

func (o *Owners) of(ctx context.Context, fund uint64) (owner, error) {
	var w owner
	found := false
	if err := o.core.Look(ctx, func(m *custody.Machine) {
		if f, _, ok := m.Fund(fund); ok {
			w, found = owner{f, m.ClientAt(f.Client)}, true
		}
	}); err != nil {
		return owner{}, err
	}
	if !found {
		return owner{}, fmt.Errorf("fund account %d: %w", fund, ErrOwner)
	}
	return w, nil
}

// newest visits what the journal brought of a client behind the books' height,
// the oldest first.
func (o *Owners) newest(after uint64, client uint64, visit func(record.Command)) error {
	head, _ := o.core.Head()
	if after >= head.Height {
		return nil
	}
	return o.core.Blocks(after+1, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
			if v.Code != record.Accepted {
				continue
			}
			switch v.Kind {
			case record.KindOpenClients, record.KindChangeContact, record.KindChangeIdentity, record.KindSetPassword, record.KindResetPassword:
				cmd, err := v.Cmd()
				if err != nil {
					return fmt.Errorf("block %d: %w", b.Height, err)
				}
				visit(cmd)
			case record.KindApprove:
				if act, ok := approval.ActOf(v); ok {
					visit(act)
				}
			}
		}
		return nil
	})
}

// sealed returns the sealed fields of a client, those of the last change first.
func (o *Owners) sealed(ctx context.Context, client uint64) ([][]byte, error) {
	var all [][]byte
	var height uint64
	if o.books != nil {
		list, err := o.books.Sealed(ctx, client)
		if err != nil {
			return nil, err
		}
		all, height = list.Rows, list.Height
	}
	err := o.newest(height, client, func(cmd record.Command) {
		var fields []byte
		switch c := cmd.(type) {
		case *record.OpenClients:
			for i := range c.Rows {
				if c.Rows[i].Number == client {
					fields = c.Rows[i].Sealed
				}
			}
		case *record.ChangeContact:
			if c.Client == client {
				fields = c.Sealed
			}
		case *record.ChangeIdentity:
			if c.Client == client {
				fields = c.Sealed
			}
		}
		if len(fields) > 0 {
			all = append([][]byte{append([]byte(nil), fields...)}, all...)
		}
	})
	return all, err
}

// Sealed writes one sealed field into the bytes of a record: its length as u16,
// little-endian, and the seal. Which field it is the seal itself proves.
func Sealed(dst, seal []byte) []byte {
	return append(binary.LittleEndian.AppendUint16(dst, uint16(len(seal))), seal...)
}

// unseal opens the fields of one kind, the newest first. A seal opens for its own
// client and field alone, so those of other fields simply do not.
func unseal(key *vault.ClientKey, of vault.Field, all [][]byte) (texts []string, err error) {
	for _, fields := range all {
		for len(fields) >= 2 {
			n := int(binary.LittleEndian.Uint16(fields))
			if len(fields) < 2+n {
				return nil, fmt.Errorf("sealed fields of client %d are cut short: %w", key.Client(), vault.ErrFormat)
			}
			text, err := key.Open(of, fields[2:2+n])
			switch {
			case err == nil:
				texts = append(texts, text.Plain())
			case !errors.Is(err, vault.ErrSealed):
				return nil, err
			}
			fields = fields[2+n:]
		}
	}
	return texts, nil
}

// Card returns the number of the bank settlement account. Of several cards it is
// the one whose hash the custody relation holds; with none the transfer must not
// leave, because money would go to an account nobody agreed on.
func (o *Owners) Card(ctx context.Context, fund uint64) (string, error) {
	w, err := o.of(ctx, fund)
	if err != nil {
		return "", err
	}
	key, all, err := o.papers(ctx, &w)
	if err != nil {
		return "", err
	}
	return o.card(&w, key, all)
}

func (o *Owners) papers(ctx context.Context, w *owner) (*vault.ClientKey, [][]byte, error) {
	all, err := o.sealed(ctx, w.client.Number)
	if err != nil {
		return nil, nil, err
	}
	key, err := o.vault.Key(w.client.Number)
	return key, all, err
}

func (o *Owners) card(w *owner, key *vault.ClientKey, all [][]byte) (string, error) {
	cards, err := unseal(key, vault.FieldCard, all)
	if err != nil {
		return "", err
	}
	for _, card := range cards {
		if o.CardIndex(card) == w.fund.Card {
			return card, nil
		}
	}
	return "", fmt.Errorf("fund account %d: no sealed card is the one of its contract: %w", w.fund.Number, ErrOwner)
}

// Party returns what a message says of a client, with the card of the contract.
func (o *Owners) Party(ctx context.Context, fund uint64) (wire.Party, error) {
	return o.PartyWith(ctx, fund, "")
}

// PartyWith is Party with another card, for a contract that is not in force yet. An
// empty one is that of the contract.
func (o *Owners) PartyWith(ctx context.Context, fund uint64, card string) (wire.Party, error) {
	w, err := o.of(ctx, fund)
	if err != nil {
		return wire.Party{}, err
	}
	key, all, err := o.papers(ctx, &w)
	if err != nil {
		return wire.Party{}, err
	}
	p := wire.Party{
		Kind: wire.ClientKind(w.client.Class), IDKind: paperOf(identity.DocumentKind(w.client.Document)),
		FundAccount: strconv.FormatUint(fund, 10), Branch: fmt.Sprintf("%04d", w.client.Branch), Currency: w.fund.Currency,
	}
	if p.BankAccount = card; card == "" {
		if p.BankAccount, err = o.card(&w, key, all); err != nil {
			return wire.Party{}, err
		}
	}
	for _, f := range []struct {
		field vault.Field
		into  *string
	}{{vault.FieldName, &p.Name}, {vault.FieldDocument, &p.IDNumber}, {vault.FieldMobile, &p.Mobile}} {
		texts, err := unseal(key, f.field, all)
		if err != nil {
			return wire.Party{}, err
		}
		if len(texts) == 0 {
			return wire.Party{}, fmt.Errorf("client %d has no %s: %w", w.client.Number, f.field, ErrOwner)
		}
		*f.into = texts[0]
	}
	return p, nil
}

// Person returns what the bank files of the day end say of a client.
func (o *Owners) Person(fund uint64) (settle.Person, error) {
	p, err := o.Party(context.Background(), fund)
	return settle.Person{Name: p.Name, Card: p.BankAccount}, err
}

// FundPassword compares a fund password and records the try, which locks the
// password after five wrong ones. A locked or missing password is wrong.
func (o *Owners) FundPassword(ctx context.Context, fund uint64, password wire.Secret) (bool, error) {
	w, err := o.of(ctx, fund)
	if err != nil {
		return false, err
	}
	hash, err := o.passwordHash(ctx, w.client.Number)
	if err != nil || hash == "" {
		return false, err
	}
	right, _, err := o.passwords.CheckPassword(ctx, vault.NewSecret(password.Reveal()), hash)
	if err != nil {
		return false, err
	}
	try := &record.PasswordTried{Client: w.client.Number, Which: record.PasswordFund}
	if right {
		try.OK = 1
	}
	answers, err := o.core.Submit(ctx, record.Request{Cmd: try})
	if err != nil {
		return false, err
	}
	return right && record.Code(answers[0].Code) == record.Accepted, nil
}

func (o *Owners) passwordHash(ctx context.Context, client uint64) (hash string, err error) {
	var height uint64
	if o.books != nil {
		_, reached, err := o.books.Client(ctx, client)
		if err == nil {
			height = reached.Height
			hash, err = o.books.PasswordHash(ctx, client, record.PasswordFund)
		}
		if err != nil && !errors.Is(err, books.ErrUnknown) {
			return "", err
		}
	}
	err = o.newest(height, client, func(cmd record.Command) {
		switch c := cmd.(type) {
		case *record.SetPassword:
			if c.Client == client && c.Which == record.PasswordFund {
				hash = string(c.Hash)
			}
		case *record.ResetPassword:
			if c.Client == client && c.Which == record.PasswordFund {
				hash = string(c.Hash)
			}
		}
	})
	return hash, err
}

// CardIndex, NameIndex and DocumentIndex are the keyed hashes by which commands
// name personal data.
func (o *Owners) CardIndex(number string) state.Key {
	return state.Key(o.vault.CardIndex(vault.NewSecret(number)))
}

// NameIndex is the keyed hash of a name.
func (o *Owners) NameIndex(name string) state.Key {
	return state.Key(o.vault.NameIndex(vault.NewSecret(name)))
}

// DocumentIndex is the keyed hash of a document number.
func (o *Owners) DocumentIndex(kind wire.IDKind, number string) state.Key {
	return state.Key(o.vault.DocumentIndex(documentOf(kind), vault.NewSecret(number)))
}

// documents pairs the kinds of documents of clients and of the banks' messages. The
// banks have one kind for what they do not name.
var documents = []struct {
	ours   identity.DocumentKind
	theirs wire.IDKind
}{
	{identity.IDCardDocument, wire.IDCard}, {identity.PassportDocument, wire.IDPassport}, {identity.HongKongMacauPass, wire.IDHomeReturn},
	{identity.OfficerCard, wire.IDOfficer}, {identity.OfficerCard, wire.IDSoldier}, {identity.OrganisationCode, wire.IDLicence}, {identity.OrganisationCode, wire.IDOrganisation},
}

func paperOf(kind identity.DocumentKind) wire.IDKind {
	for _, p := range documents {
		if p.ours == kind {
			return p.theirs
		}
	}
	return wire.IDOther
}

// documentOf returns 0, the kind of no document, for what the bank does not name:
// its hash agrees with nobody's, and people look.
func documentOf(kind wire.IDKind) identity.DocumentKind {
	for _, p := range documents {
		if p.theirs == kind {
			return p.ours
		}
	}
	return 0
}
