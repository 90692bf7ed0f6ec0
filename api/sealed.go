package api

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sancun/identity"
	"sancun/record"
	"sancun/vault"
)

// personal is a personal field to be sealed.
type personal struct {
	field vault.Field
	text  vault.Secret
}

// seal seals the fields that are not empty and lays them one after another, each
// behind its length (u16, little-endian). Which field a piece is shows when it
// opens: a seal opens only for its own field.
func seal(key *vault.ClientKey, fields ...personal) ([]byte, error) {
	var all []byte
	for _, f := range fields {
		if f.text.Empty() {
			continue
		}
		one, err := key.Seal(f.field, f.text)
		if err != nil {
			return nil, err
		}
		all = append(binary.LittleEndian.AppendUint16(all, uint16(len(one))), one...)
	}
	return all, nil
}

// pieces takes apart what seal laid together. Bytes that are not of that form
// end the list.
func pieces(sealed []byte) [][]byte {
	var all [][]byte
	for len(sealed) > 2 {
		n := int(binary.LittleEndian.Uint16(sealed))
		if n > len(sealed)-2 {
			break
		}
		all = append(all, sealed[2:2+n])
		sealed = sealed[2+n:]
	}
	return all
}

// Masked is what a person may see of personal data: enough to tell two clients
// apart.
type Masked struct {
	Name     string `json:"name,omitempty"`
	Document string `json:"document,omitempty"`
	Card     string `json:"card,omitempty"`
	Mobile   string `json:"mobile,omitempty"`
	Email    string `json:"email,omitempty"`
	Address  string `json:"address,omitempty"`
	Erased   bool   `json:"erased,omitempty" doc:"The client's key was destroyed: the data are gone for ever"`
}

// masked opens the sealed fields of a client and masks them.
func (a *API) masked(ctx context.Context, client uint64, document uint8) (m Masked, err error) {
	key, err := a.config.Vault.Key(client)
	switch {
	case errors.Is(err, vault.ErrDestroyed):
		return Masked{Erased: true}, nil
	case errors.Is(err, vault.ErrNoKey):
		return m, nil
	case err != nil:
		return m, err
	}
	for _, f := range []struct {
		field vault.Field
		into  *string
		mask  func(string) string
	}{
		{vault.FieldName, &m.Name, identity.MaskName},
		{vault.FieldDocument, &m.Document, func(s string) string { return identity.MaskDocument(identity.DocumentKind(document), s) }},
		{vault.FieldCard, &m.Card, identity.MaskCard},
		{vault.FieldMobile, &m.Mobile, identity.MaskMobile},
		{vault.FieldEmail, &m.Email, identity.MaskEmail},
		{vault.FieldAddress, &m.Address, identity.MaskAddress},
	} {
		_, text, err := a.piece(ctx, key, f.field)
		if err != nil {
			return m, err
		}
		if !text.Empty() {
			*f.into = f.mask(text.Plain())
		}
	}
	return m, nil
}

// piece finds the newest seal of a field of a client; both are empty when there
// is none.
func (a *API) piece(ctx context.Context, key *vault.ClientKey, field vault.Field) ([]byte, vault.Secret, error) {
	var found []byte
	var text vault.Secret
	err := a.eachPiece(ctx, key, func(piece []byte) bool {
		one, err := key.Open(field, piece)
		if err == nil {
			found, text = piece, one
		}
		return err != nil
	})
	return found, text, err
}

// eachPiece visits the seals of a client, the newest first, until visit returns
// false.
func (a *API) eachPiece(ctx context.Context, key *vault.ClientKey, visit func(piece []byte) bool) error {
	blobs, err := a.config.Books.Sealed(ctx, key.Client())
	if err != nil {
		return err
	}
	for _, blob := range blobs.Rows {
		for _, piece := range pieces(blob) {
			if !visit(piece) {
				return nil
			}
		}
	}
	return nil
}

// texts opens every seal of a field of a client, the newest first.
func (a *API) texts(ctx context.Context, key *vault.ClientKey, field vault.Field) (all []string, err error) {
	err = a.eachPiece(ctx, key, func(piece []byte) bool {
		if text, err := key.Open(field, piece); err == nil {
			all = append(all, text.Plain())
		}
		return true
	})
	return all, err
}

// cardsKept is how many cards of a client are kept sealed: the one of each
// contract in force, and the bytes of a record are bounded.
const cardsKept = 4

// carry lays behind new contact data what they leave as it was, because the books
// keep the last contact data alone: the other fields, and the last cards.
func (a *API) carry(ctx context.Context, client uint64, sealed []byte) ([]byte, error) {
	if err := a.caughtUp(ctx); err != nil {
		return nil, err
	}
	key, err := a.config.Vault.Key(client)
	if err != nil {
		return nil, err
	}
	var had [vault.FieldAddress + 1]int
	count := func(piece []byte) vault.Field {
		for _, field := range [...]vault.Field{vault.FieldMobile, vault.FieldEmail, vault.FieldAddress, vault.FieldCard} {
			if _, err := key.Open(field, piece); err == nil {
				had[field]++
				return field
			}
		}
		return 0 // name and document have a part of their own
	}
	for _, piece := range pieces(sealed) {
		count(piece)
	}
	err = a.eachPiece(ctx, key, func(piece []byte) bool {
		if field := count(piece); field != 0 && (had[field] == 1 || field == vault.FieldCard && had[field] <= cardsKept) {
			sealed = append(binary.LittleEndian.AppendUint16(sealed, uint16(len(piece))), piece...)
		}
		return true
	})
	return sealed, err
}

// catchUp is how long a request waits for the books to come to the head, and how
// often it looks.
const (
	catchUpTime = 3 * time.Second
	catchUpLook = 20 * time.Millisecond
)

// caughtUp waits until the books have everything that is durable now. It is for
// the few acts that build on what the books have.
func (a *API) caughtUp(ctx context.Context) error {
	head, _ := a.config.Core.Head()
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	for {
		reached, err := a.config.Books.Reached(ctx)
		if err == nil && reached.Height >= head.Height {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return busy.after(2, "the books are behind")
		case <-time.After(catchUpLook):
		}
	}
}

// Reveal asks for one personal field in clear.
type Reveal struct {
	Field  string `json:"field" enum:"name,document,card,mobile,email,address"`
	Reason string `json:"reason" minLength:"4" maxLength:"200" doc:"A case number or the like, never personal data itself"`
}

// Revealed is one personal field in clear.
type Revealed struct {
	Client uint64 `json:"client"`
	Field  string `json:"field"`
	Text   string `json:"text"`
}

// reveal opens a personal field for a person. The vault's audit hook has written
// the record before the text is there.
func (a *API) reveal(ctx context.Context, p *pass, client uint64, in *Reveal) (Revealed, error) {
	field := vault.Field(number(fieldWords, in.Field))
	key, err := a.config.Vault.Key(client)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
		return Revealed{}, notThere.problem("")
	}
	if err != nil {
		return Revealed{}, err
	}
	sealed, _, err := a.piece(ctx, key, field)
	if err == nil && sealed == nil {
		err = notThere.problem("")
	}
	if err != nil {
		return Revealed{}, err
	}
	text, err := a.config.Vault.Reveal(vault.Revelation{Client: client, Field: field, Actor: actor(p.caller(), p.user.Name), Reason: in.Reason}, sealed)
	switch {
	case errors.Is(err, vault.ErrReason):
		return Revealed{}, fieldProblem("body.reason", "the reason has 4 to 200 characters", "原因须为4至200个字")
	case err != nil:
		return Revealed{}, err
	}
	return Revealed{client, in.Field, text.Plain()}, nil
}

// actor writes who reveals for the audit hook: the caller, and the name for logs.
func actor(c record.Caller, name string) string {
	return strconv.FormatUint(uint64(c), 10) + ":" + name
}

// revealTimeout is how long a revelation waits for its record.
const revealTimeout = 5 * time.Second

// JournalReveals returns the audit hook of the vault: it writes a RevealLogged,
// as the person who asked, and returns when it is durable. A revelation by a
// person it does not know is refused, so everything stays closed.
func JournalReveals(core Core) func(vault.Revelation) error {
	return func(r vault.Revelation) error {
		text, _, _ := strings.Cut(r.Actor, ":")
		caller, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("revelation by an unknown person: %w", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), revealTimeout)
		defer cancel()
		answers, err := core.Submit(ctx, record.Request{
			Caller: record.Caller(caller), Cmd: &record.RevealLogged{Client: r.Client, Field: uint16(r.Field), Reason: r.Reason},
		})
		if err != nil {
			return err
		}
		if answers[0].Code != uint16(record.Accepted) {
			return rejected(answers[0])
		}
		return nil
	}
}
