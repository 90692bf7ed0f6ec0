package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"

	"encoding/base64"
)

// PasswordCost is the effort of one argon2id hash (RFC 9106).
type PasswordCost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultPasswordCost is the least that the OWASP password storage cheat sheet
// accepts for argon2id: 19 MiB, two passes, one lane. It takes some 20 ms of one
// core, so a morning's sign-ins do not starve trading.
var DefaultPasswordCost = PasswordCost{MemoryKiB: 19 << 10, Passes: 2, Lanes: 1}

const (
	saltBytes = 16 // RFC 9106, 3.1
	hashBytes = 32

	// The bounds of a stored hash: beyond them it was not made here, and checking
	// it could take the machine's memory.
	memoryKiBMax    = 256 << 10
	memoryKiBMin    = 8 // RFC 9106, 3.1: eight blocks a lane
	passesMax       = 16
	lanesMax        = 16
	passwordHashMax = 256
	passwordMax     = 256
)

// ErrPasswordHash says that a stored hash cannot be read.
var ErrPasswordHash = errors.New("not a usable password hash")

// Passwords hashes and checks passwords, only a few at once: each takes its
// memory, and a flood of sign-ins must wait and not kill the process.
type Passwords struct {
	cost  PasswordCost
	slots chan struct{} // as many as may run at once
	mu    sync.Mutex    // guards rand
	rand  io.Reader
}

// NewPasswords hashes at the given cost, at most atOnce at a time, with salts
// from random. It returns an error for a cost out of bounds.
func NewPasswords(cost PasswordCost, atOnce int, random io.Reader) (*Passwords, error) {
	if !cost.valid() || atOnce < 1 || random == nil {
		return nil, fmt.Errorf("passwords at cost %+v, %d at once: out of bounds", cost, atOnce)
	}
	return &Passwords{cost: cost, slots: make(chan struct{}, atOnce), rand: random}, nil
}

func (c PasswordCost) valid() bool {
	return c.MemoryKiB <= memoryKiBMax && c.MemoryKiB >= memoryKiBMin*uint32(c.Lanes) &&
		c.Passes >= 1 && c.Passes <= passesMax && c.Lanes >= 1 && c.Lanes <= lanesMax
}

// HashPassword gives the text to store, in the form of the argon2 reference
// implementation: $argon2id$v=19$m=...,t=...,p=...$salt$hash. It waits for its
// turn until ctx ends. Whether the password is good enough is
// identity.CheckPassword's to say.
func (p *Passwords) HashPassword(ctx context.Context, password Secret) (string, error) {
	if len(password.Plain()) > passwordMax {
		return "", fmt.Errorf("password of %d bytes, at most %d: %w", len(password.Plain()), passwordMax, ErrLimit)
	}
	salt := make([]byte, saltBytes)
	p.mu.Lock()
	_, err := io.ReadFull(p.rand, salt)
	p.mu.Unlock()
	if err != nil {
		return "", fmt.Errorf("draw salt: %w", err)
	}
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	c := p.cost
	hash := argon2.IDKey([]byte(password.Plain()), salt, c.Passes, c.MemoryKiB, c.Lanes, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		c.MemoryKiB, c.Passes, c.Lanes, b64.EncodeToString(salt), b64.EncodeToString(hash)), nil
}

// CheckPassword says whether the password is the stored one, and whether its
// hash was made at another cost and should be made anew now that the password is
// known. It returns ErrPasswordHash for text that is no hash of this kind, and
// ctx's error when its turn did not come.
func (p *Passwords) CheckPassword(ctx context.Context, password Secret, stored string) (ok, stale bool, err error) {
	if len(password.Plain()) > passwordMax {
		return false, false, nil
	}
	cost, err := storedCost(stored)
	if err != nil {
		return false, false, err
	}
	if err := p.enter(ctx); err != nil {
		return false, false, err
	}
	defer p.leave()
	ok, err = argon2id.ComparePasswordAndHash(password.Plain(), stored)
	if err != nil {
		return false, false, fmt.Errorf("%w: %w", ErrPasswordHash, err)
	}
	return ok, ok && cost != p.cost, nil
}

// storedCost reads and bounds the cost of a stored hash before anything is spent.
func storedCost(stored string) (PasswordCost, error) {
	if len(stored) > passwordHashMax {
		return PasswordCost{}, fmt.Errorf("%d bytes: %w", len(stored), ErrPasswordHash)
	}
	params, salt, hash, err := argon2id.DecodeHash(stored)
	if err != nil {
		return PasswordCost{}, fmt.Errorf("%w: %w", ErrPasswordHash, err)
	}
	cost := PasswordCost{params.Memory, params.Iterations, params.Parallelism}
	if !cost.valid() || len(salt) < saltBytes || len(hash) < hashBytes {
		return PasswordCost{}, fmt.Errorf("cost %+v, salt of %d bytes, hash of %d: %w", cost, len(salt), len(hash), ErrPasswordHash)
	}
	return cost, nil
}

func (p *Passwords) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a password slot: %w", err)
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a password slot: %w", ctx.Err())
	}
}

func (p *Passwords) leave() { <-p.slots }
