package api

import (
	"context"
	"errors"
	"strconv"

	"sancun/books"
	"sancun/custody"
	"sancun/identity"
	"sancun/record"
	"sancun/vault"
)

// NewPassword sets or changes a client's password.
type NewPassword struct {
	Which string `json:"which" enum:"trade,fund"`
	Old   string `json:"old,omitempty" maxLength:"256" format:"password" doc:"The present password, when one is set"`
	New   string `json:"new" minLength:"1" maxLength:"256" format:"password" doc:"At least 8 characters with letter, digit and symbol"`
}

// PasswordReset replaces a forgotten password and ends every session.
type PasswordReset struct {
	Which    string `json:"which" enum:"trade,fund"`
	New      string `json:"new" minLength:"1" maxLength:"256" format:"password"`
	Verified bool   `json:"verified" doc:"The person was checked"`
}

// PasswordUnlock lets a locked password be tried again.
type PasswordUnlock struct {
	Which    string `json:"which" enum:"trade,fund"`
	Verified bool   `json:"verified" doc:"The person was checked"`
}

func (a *API) mountPasswords() {
	const tag = "Passwords"
	hang(a, route{method: "POST", path: "/v1/clients/{client}/passwords", summary: "Set or change a password", tag: tag},
		func(ctx context.Context, p *pass, in *change[NewPassword]) (Outcome, error) {
			if err := a.ownClient(p, in.Client); err != nil {
				return Outcome{}, err
			}
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.setPassword(ctx, p, in)
		})
	hang(a, route{method: "POST", path: "/v1/clients/{client}/passwords/reset", summary: "Replace a forgotten password; every session ends", tag: tag},
		func(ctx context.Context, p *pass, in *change[PasswordReset]) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			hash, err := a.newHash(ctx, in.Client, in.Body.New)
			if err != nil {
				return Outcome{}, err
			}
			return a.decideSealed(ctx, p, in.Key, &record.ResetPassword{Client: in.Client, Which: number(passwordWords, in.Body.Which), Verified: bit(in.Body.Verified), Hash: hash})
		})
	hangChange(a, "passwords/unlock", "Let a locked password be tried again", func(_ *pass, client uint64, b *PasswordUnlock) record.Command {
		return &record.UnlockPassword{Client: client, Which: number(passwordWords, b.Which), Verified: bit(b.Verified)}
	})
	hangChange(a, "sessions/end", "End every session of a client", func(_ *pass, client uint64, _ *struct{}) record.Command {
		return &record.EndSessions{Client: client}
	})
}

// newHash checks the policy and hashes.
func (a *API) newHash(ctx context.Context, client uint64, password string) ([]byte, error) {
	if v := identity.CheckPassword(password, strconv.FormatUint(client, 10)); !v.OK() {
		return nil, fieldProblem("body.new", v.English(), v.Chinese())
	}
	hash, err := a.config.Passwords.HashPassword(ctx, vault.NewSecret(password))
	return []byte(hash), err
}

func (a *API) setPassword(ctx context.Context, p *pass, in *change[NewPassword]) (Outcome, error) {
	which := number(passwordWords, in.Body.Which)
	old := false
	if in.Body.Old != "" {
		var err error
		if old, err = a.tryPassword(ctx, p, in.Client, which, in.Body.Old); err != nil {
			return Outcome{}, err
		}
	}
	hash, err := a.newHash(ctx, in.Client, in.Body.New)
	if err != nil {
		return Outcome{}, err
	}
	return a.decideSealed(ctx, p, in.Key, &record.SetPassword{Client: in.Client, Which: which, Old: bit(old), Hash: hash})
}

// tryPassword compares a client's password and journals the try, by which the
// machine counts and locks. A locked password is not compared. The hash comes
// from the books, so a password set a moment ago may not be known yet; it is then
// wrong, and not counted.
func (a *API) tryPassword(ctx context.Context, p *pass, client uint64, which uint8, password string) (bool, error) {
	var locked, set bool
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		c, _ := m.Client(client)
		locked, set = c.TradeLocked != 0, c.TradeSet != 0
		if which == record.PasswordFund {
			locked, set = c.FundLocked != 0, c.FundSet != 0
		}
	}); err != nil || locked || !set {
		return false, err
	}
	hash, err := a.config.Books.PasswordHash(ctx, client, which)
	if errors.Is(err, books.ErrUnknown) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	right, _, err := a.config.Passwords.CheckPassword(ctx, vault.NewSecret(password), hash)
	if err != nil {
		return false, err
	}
	_, err = a.decide(ctx, p, "", &record.PasswordTried{Client: client, Which: which, OK: bit(right)})
	return right, err
}
