package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"sancun/custody"
	"sancun/internal/durable"
	"sancun/record"
	"sancun/vault"
)

// NewFactor gives a client a second factor.
type NewFactor struct {
	Password string `json:"fund_password,omitempty" maxLength:"256" format:"password" doc:"The client's fund password, when the client asks"`
	Verified bool   `json:"verified,omitempty" doc:"The person was checked, when the counter asks"`
}

// FactorAnswer is the secret of a second factor. It is told once.
type FactorAnswer struct {
	Outcome
	Secret string `json:"secret,omitempty" doc:"Base32, for typing into a device; not told again when the request is repeated"`
	URL    string `json:"url,omitempty" doc:"otpauth address, for a picture that a device reads"`
}

// factorHouse is how a device names these codes.
const factorHouse = "Sancun"

// factorFileMax bounds the file of a secret.
const factorFileMax = 1 << 10

func (a *API) mountFactors() {
	hang(a, route{
		method: "POST", path: "/v1/clients/{client}/factor", summary: "Give a client a second factor, or another one", tag: "Passwords",
		about: "A client sets the first one alone, with the fund password; another one is set at the counter by two people. The secret in the answer holds when the act does.",
	}, func(ctx context.Context, p *pass, in *change[NewFactor]) (FactorAnswer, error) {
		if err := a.ownClient(p, in.Client); err != nil {
			return FactorAnswer{}, err
		}
		if err := in.check(true); err != nil {
			return FactorAnswer{}, err
		}
		return a.setFactor(ctx, p, in)
	})
}

func (a *API) setFactor(ctx context.Context, p *pass, in *change[NewFactor]) (FactorAnswer, error) {
	done, err := a.answered(ctx, p, in.Key)
	if err != nil {
		return FactorAnswer{}, err
	}
	right := false
	if in.Body.Password != "" && !done {
		if right, err = a.tryPassword(ctx, p, in.Client, record.PasswordFund, in.Body.Password); err != nil {
			return FactorAnswer{}, err
		}
	}
	secret, err := vault.NewFactor(a.config.Rand)
	if err != nil {
		return FactorAnswer{}, err
	}
	key, err := a.config.Vault.Key(in.Client)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
		return FactorAnswer{}, notThere.problem("")
	}
	if err != nil {
		return FactorAnswer{}, err
	}
	sealed, err := seal(key, personal{vault.FieldFactor, secret})
	if err != nil {
		return FactorAnswer{}, err
	}
	outcome, err := a.decideSealed(ctx, p, in.Key, &record.SetFactor{Client: in.Client, PasswordOK: bit(right), Verified: bit(in.Body.Verified), Sealed: sealed})
	if err != nil || done {
		return FactorAnswer{Outcome: outcome}, err
	}
	return FactorAnswer{outcome, secret.Plain(), vault.FactorURL(secret, factorHouse, fmt.Sprint(in.Client)).Plain()}, nil
}

// second checks the code that came with a request, if one came, and returns what
// the command says of it. A key that was used before is not checked again: the
// machine answers it with what it answered then.
func (a *API) second(ctx context.Context, p *pass, key, code string) (uint8, error) {
	if code == "" {
		return 0, nil
	}
	done, err := a.answered(ctx, p, key)
	if err != nil || done {
		return 1, err
	}
	return 1, a.useFactor(ctx, p.user, code)
}

// useFactor checks a code of a person and journals its use, so that it is good
// once, at whatever door and after whatever restart. Five wrong codes in a row lock
// the person's codes for a while.
func (a *API) useFactor(ctx context.Context, u *User, code string) error {
	lock := "code of " + u.Name // no user name has a space
	if wait := a.locks.locked(lock); wait > 0 {
		return factorLocked.after(int(math.Ceil(wait.Seconds())), "")
	}
	secret, err := a.factorOf(ctx, u)
	if err != nil {
		return err
	}
	if secret.Empty() {
		return factorMissing.problem("")
	}
	step, right, err := vault.CheckFactor(secret, code, a.config.Now())
	if err != nil {
		return err
	}
	if !right {
		a.locks.wrong(lock)
		return factorWrong.problem("")
	}
	answers, err := a.config.Core.Submit(ctx, record.Request{Caller: u.caller(), Cmd: &record.FactorUsed{Step: step}})
	if err != nil {
		return err
	}
	if answers[0].Code != uint16(record.Accepted) {
		a.locks.wrong(lock)
		return rejected(answers[0])
	}
	a.locks.right(lock)
	return nil
}

// factorOf returns the secret of a person, empty when there is none: of a client
// what lies sealed, of everybody else what the file of users named.
func (a *API) factorOf(ctx context.Context, u *User) (vault.Secret, error) {
	if !u.roles.has(investor) {
		return u.factor, nil
	}
	var set bool
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		c, _ := m.Client(u.Client)
		set = c.FactorSet != 0
	}); err != nil || !set {
		return vault.Secret{}, err
	}
	key, err := a.config.Vault.Key(u.Client)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
		return vault.Secret{}, nil
	}
	if err != nil {
		return vault.Secret{}, err
	}
	_, secret, err := a.piece(ctx, key, vault.FieldFactor)
	if err != nil || !secret.Empty() {
		return secret, err
	}
	if err := a.caughtUp(ctx); err != nil { // it was set a moment ago
		return vault.Secret{}, err
	}
	_, secret, err = a.piece(ctx, key, vault.FieldFactor)
	return secret, err
}

// loadFactors reads the secrets that a file of users names. A path that is not
// absolute begins at the folder of that file.
func (users Users) loadFactors(folder string) error {
	for _, u := range users {
		if u.FactorFile == "" {
			continue
		}
		name := u.FactorFile
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("second factor of %s: %w: %w", u.Name, ErrUsers, err)
		}
		if extra := info.Mode().Perm() &^ 0o600; extra != 0 {
			return fmt.Errorf("%s has mode %04o, chmod 600 it: %w", name, info.Mode().Perm(), ErrUsers)
		}
		text, err := durable.ReadFile(durable.OS{}, name, factorFileMax)
		if err == nil {
			u.factor, err = vault.ParseFactor(string(text))
		}
		if err != nil {
			return fmt.Errorf("second factor of %s in %s: %w: %w", u.Name, name, ErrUsers, err)
		}
	}
	return nil
}
