package api

import (
	"context"
	"math"
	"time"

	"sancun/vault"
)

// SignIn is a request to sign in.
type SignIn struct {
	User     string `json:"user" minLength:"2" maxLength:"40"`
	Password string `json:"password" minLength:"1" maxLength:"256" format:"password"`
	Code     string `json:"code,omitempty" pattern:"^[0-9]{6}$" doc:"Of the second factor, for staff who have one"`
	Channel  string `json:"channel,omitempty" enum:"counter,web,mobile,api,institution" default:"api" doc:"Where the user sits; limits of transfers may differ by it"`
}

// Session is who is signed in, and until when.
type Session struct {
	Token   string    `json:"token,omitempty" doc:"Send it as: Authorization: Bearer token. It is told once."`
	User    string    `json:"user"`
	Roles   []string  `json:"roles"`
	Client  uint64    `json:"client,omitempty" doc:"Client number of an investor"`
	Bank    uint16    `json:"bank,omitempty" doc:"Bank of a bank's desk"`
	Channel string    `json:"channel"`
	Idle    time.Time `json:"idle_until" doc:"It ends then unless it is used"`
	Until   time.Time `json:"until" doc:"It ends then"`
}

func (a *API) mountSignIn() {
	const tag = "Sign-in"
	hang(a, route{
		method: "POST", path: "/v1/sessions", summary: "Sign in", tag: tag, status: 201,
		about: "Five wrong passwords in a row lock the user for a minute, twice as long with each further one.",
	}, func(ctx context.Context, _ *pass, in *struct{ Body SignIn }) (Session, error) {
		return a.signIn(ctx, &in.Body)
	})
	hang(a, route{method: "GET", path: "/v1/session", summary: "Who am I", tag: tag},
		func(_ context.Context, p *pass, _ *nothing) (Session, error) { return a.describe(p.session), nil })
	hang(a, route{method: "DELETE", path: "/v1/session", summary: "Sign out", tag: tag},
		func(_ context.Context, p *pass, _ *nothing) (Session, error) {
			a.sessions.end(p.token)
			return a.describe(p.session), nil
		})
}

// signIn compares the password. A name that does not exist costs the same time
// and gets the same answer as a wrong password.
func (a *API) signIn(ctx context.Context, in *SignIn) (Session, error) {
	if wait := a.locks.locked(in.User); wait > 0 {
		return Session{}, userLocked.after(int(math.Ceil(wait.Seconds())), "")
	}
	user, hash := (*a.users.Load())[in.User], a.decoy
	if user != nil {
		hash = user.Hash
	}
	ctx, cancel := context.WithTimeout(ctx, passwordTimeout)
	defer cancel()
	right, _, err := a.config.Passwords.CheckPassword(ctx, vault.NewSecret(in.Password), hash)
	switch {
	case ctx.Err() != nil:
		return Session{}, busy.after(5, "too many sign-ins")
	case err != nil:
		return Session{}, err
	case !right || user == nil:
		a.locks.wrong(in.User)
		a.config.Log.Warn("a sign-in was refused", "known", user != nil)
		return Session{}, signInRefused.problem("")
	}
	if err := a.signInCode(ctx, user, in.Code); err != nil {
		return Session{}, err
	}
	a.locks.right(in.User)
	var generation uint32
	if user.roles.has(investor) {
		if generation, err = a.generation(ctx, user.Client); err != nil {
			return Session{}, err
		}
	}
	token, one, err := a.sessions.begin(user, number(channelWords, in.Channel), generation)
	if err != nil {
		return Session{}, err
	}
	if (*a.users.Load())[in.User] != user { // replaced while the password was compared
		a.sessions.end(token)
		return Session{}, signInRefused.problem("")
	}
	s := a.describe(one)
	s.Token = token
	return s, nil
}

// signInCode asks staff who have a second factor for a code of it.
func (a *API) signInCode(ctx context.Context, user *User, code string) error {
	switch {
	case user.factor.Empty():
		return nil
	case code == "":
		return signInCode.problem("")
	}
	return a.useFactor(ctx, user, code)
}

func (a *API) describe(s *session) Session {
	return Session{
		User: s.user.Name, Roles: s.user.roles.names(), Client: s.user.Client, Bank: s.user.Bank, Channel: word(channelWords, s.channel),
		Idle: a.config.Wall().Add(sessionIdle).UTC(), Until: s.began.Add(sessionLife).UTC(),
	}
}
