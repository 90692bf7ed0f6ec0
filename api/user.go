package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"sancun/internal/durable"
	"sancun/record"
	"sancun/vault"
)

// ErrUsers says that the file of users cannot be used as it is.
var ErrUsers = errors.New("the file of users is not acceptable")

// User is a person who may sign in.
type User struct {
	Name   string   `json:"name"`             // 2 to 40 letters, digits, dots, hyphens
	Roles  []string `json:"roles"`            // names of roles
	Number uint64   `json:"number,omitempty"` // of staff, of the broker or of a bank
	Client uint64   `json:"client,omitempty"` // client number of an investor
	Bank   uint16   `json:"bank,omitempty"`   // number of the bank of its desk's staff
	Hash   string   `json:"hash"`             // argon2id, as vault.Passwords writes it
	// FactorFile names a file of mode 600 with the secret of a second factor, of
	// staff and desks; who has one needs a code to sign in. Of investors the secret
	// lies sealed in the journal.
	FactorFile string `json:"factor_file,omitempty"`

	roles  roles
	factor vault.Secret
}

// Users are the people who may sign in, by name. They are not changed while the
// door is open; SetUsers puts others in their place.
type Users map[string]*User

// LoadUsers reads the file of users: {"users": [User, …]}. It returns ErrUsers for
// a file others than its owner may read, for unknown fields and for users that do
// not fit their roles.
func LoadUsers(name string) (Users, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("load users: %w", err)
	}
	if extra := info.Mode().Perm() &^ 0o600; extra != 0 {
		return nil, fmt.Errorf("%s has mode %04o, chmod 600 it: %w", name, info.Mode().Perm(), ErrUsers)
	}
	text, err := durable.ReadFile(durable.OS{}, name, usersFileMax)
	if err != nil {
		return nil, fmt.Errorf("load users: %w", err)
	}
	users, err := ParseUsers(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return users, users.loadFactors(filepath.Dir(name))
}

// ParseUsers reads the text of a file of users.
func ParseUsers(text []byte) (Users, error) {
	var file struct {
		Users []User `json:"users"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUsers, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the users: %w", ErrUsers)
	}
	users := Users{}
	for i := range file.Users {
		u := &file.Users[i]
		if err := u.check(); err != nil {
			return nil, fmt.Errorf("user %d %q: %w: %w", i+1, u.Name, ErrUsers, err)
		}
		if users[u.Name] != nil {
			return nil, fmt.Errorf("user %d %q is there twice: %w", i+1, u.Name, ErrUsers)
		}
		users[u.Name] = u
	}
	return users, nil
}

var userName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{1,39}$`)

// check checks a user by itself. An investor is nothing else, and a bank's people
// are no staff of the broker.
func (u *User) check() error {
	if !userName.MatchString(u.Name) {
		return errors.New("a name has 2 to 40 letters, digits, dots and hyphens")
	}
	for _, name := range u.Roles {
		at := slices.Index(roleNames[:], name)
		if at < 0 {
			return fmt.Errorf("there is no role %q", name)
		}
		u.roles |= 1 << at
	}
	switch {
	case u.roles == 0:
		return errors.New("a user has a role")
	case u.Hash == "":
		return errors.New("a user has the hash of a password")
	case u.roles.has(investor) && (u.roles != investor || u.Client == 0 || u.Number != 0 || u.Bank != 0):
		return errors.New("an investor has a client number and no other role or number")
	case u.roles.has(investor) && u.FactorFile != "":
		return errors.New("an investor's second factor is set through POST /v1/clients/{client}/factor")
	case u.roles.has(bankDesk) && (u.roles != bankDesk || u.Bank == 0 || u.Number == 0 || u.Client != 0):
		return errors.New("a bank's desk has a bank, a staff number and no other role")
	case !u.roles.has(investor|bankDesk) && (u.Number == 0 || u.Client != 0 || u.Bank != 0):
		return errors.New("staff have a staff number and neither client nor bank")
	}
	return nil
}

// same says whether an entry of the file is as it was.
func (u *User) same(as *User) bool {
	return u.Name == as.Name && u.roles == as.roles && u.Number == as.Number && u.Client == as.Client && u.Bank == as.Bank && u.Hash == as.Hash && u.factor.Equal(as.factor)
}

// SetUsers replaces the people who may sign in, after their file was changed. Who
// is as before stays signed in; the sessions of those whose entry is another or
// gone end. It returns how many sessions ended.
func (a *API) SetUsers(users Users) (ended int) {
	fresh := Users{}
	before := *a.users.Load()
	for name, u := range users {
		if old := before[name]; old != nil && old.same(u) {
			u = old // sessions know their user by this pointer
		}
		fresh[name] = u
	}
	// First the users, then the sessions: a sign-in that is under way looks at the
	// users once more when its session has begun.
	a.users.Store(&fresh)
	return a.sessions.keep(func(u *User) bool { return fresh[u.Name] == u })
}

// caller is who the user is in the journal.
func (u *User) caller() record.Caller {
	switch {
	case u.roles.has(investor):
		return record.CallerOf(record.CallerClient, u.Client)
	case u.roles.has(bankDesk):
		return record.CallerOf(record.CallerBankDesk, u.Number)
	}
	return record.CallerOf(record.CallerStaff, u.Number)
}
