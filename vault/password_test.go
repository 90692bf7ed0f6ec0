package vault

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

// cheap keeps the tests quick; the bounds are those of RFC 9106.
var cheap = PasswordCost{MemoryKiB: 8, Passes: 1, Lanes: 1}

func testPasswords(t testing.TB, cost PasswordCost, atOnce int) *Passwords {
	t.Helper()
	p, err := NewPasswords(cost, atOnce, seeded(9))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPasswords(t *testing.T) {
	p, ctx := testPasswords(t, cheap, 1), t.Context()
	good := NewSecret("Blue-Sky-7")
	stored, err := p.HashPassword(ctx, good)
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Fatalf("stored %s, %v", stored, err)
	}
	if other, err := p.HashPassword(ctx, good); err != nil || other == stored {
		t.Errorf("two hashes share a salt: %v", err)
	}
	check := func(p *Passwords, text string, wantOK, wantStale bool) {
		t.Helper()
		if ok, stale, err := p.CheckPassword(ctx, NewSecret(text), stored); ok != wantOK || stale != wantStale || err != nil {
			t.Errorf("%q: %v, %v, %v", text, ok, stale, err)
		}
	}
	check(p, "Blue-Sky-7", true, false)
	check(p, "Blue-Sky-8", false, false)
	check(p, "", false, false)
	check(p, strings.Repeat("x", 300), false, false)
	dearer := testPasswords(t, PasswordCost{16, 1, 1}, 1)
	check(dearer, "Blue-Sky-7", true, true)
	check(dearer, "Blue-Sky-8", false, false)
	if _, err := p.HashPassword(ctx, NewSecret(strings.Repeat("x", 300))); !errors.Is(err, ErrLimit) {
		t.Errorf("a password of 300 bytes: %v", err)
	}
	ended, stop := context.WithCancel(ctx)
	stop()
	if _, err := p.HashPassword(ended, good); !errors.Is(err, context.Canceled) {
		t.Errorf("hashing after the end: %v", err)
	}
	if _, _, err := p.CheckPassword(ended, good, stored); !errors.Is(err, context.Canceled) {
		t.Errorf("checking after the end: %v", err)
	}
}

// TestDefaultCost pins the text of a hash at the default cost, so that stored
// hashes of today are readable for ever.
func TestDefaultCost(t *testing.T) {
	p := testPasswords(t, DefaultPasswordCost, 1)
	stored, err := p.HashPassword(t.Context(), NewSecret("Blue-Sky-7"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$7r8DyMzbpFYjCgwAvB+OXQ$tKU7iuBxlD0qd3axyhlu/0KefYJmkTD/mqEkz3BOI28"; stored != want {
		t.Errorf("got %s, want %s", stored, want)
	}
	if ok, stale, err := p.CheckPassword(t.Context(), NewSecret("Blue-Sky-7"), stored); !ok || stale || err != nil {
		t.Errorf("%v, %v, %v", ok, stale, err)
	}
}

// TestPasswordSlots proves that a full house waits and leaves when its time ends.
func TestPasswordSlots(t *testing.T) {
	p := testPasswords(t, cheap, 2)
	p.slots <- struct{}{}
	p.slots <- struct{}{}
	ctx, stop := context.WithCancel(t.Context())
	errs := make(chan error)
	go func() {
		_, err := p.HashPassword(ctx, NewSecret("x"))
		errs <- err
	}()
	stop()
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting one got %v", err)
	}
	p.leave()
	p.leave()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := p.HashPassword(t.Context(), NewSecret("x")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(p.slots) != 0 {
		t.Errorf("%d slots were not given back", len(p.slots))
	}
}

func TestBadHashes(t *testing.T) {
	p := testPasswords(t, cheap, 1)
	salt, hash := "$AAAAAAAAAAAAAAAAAAAAAA", "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, stored := range []string{
		"", "x", "$argon2id$v=19$m=8,t=0,p=1" + salt + hash, "$argon2id$v=19$m=8,t=1,p=0" + salt + hash,
		"$argon2id$v=19$m=4294967295,t=1,p=1" + salt + hash, "$argon2id$v=19$m=8,t=4000000000,p=1" + salt + hash,
		"$argon2id$v=18$m=8,t=1,p=1" + salt + hash, "$argon2i$v=19$m=8,t=1,p=1" + salt + hash,
		"$argon2id$v=19$m=8,t=1,p=1$" + hash, "$argon2id$v=19$m=8,t=1,p=1" + salt + "$AAAA", "$argon2id$v=19$m=8,t=1,p=1" + salt + "$",
		"$argon2id$v=19$m=8,t=1,p=1" + salt + "$" + strings.Repeat("A", 300),
	} {
		if ok, _, err := p.CheckPassword(t.Context(), NewSecret("x"), stored); ok || !errors.Is(err, ErrPasswordHash) {
			t.Errorf("%q: %v, %v", stored, ok, err)
		}
	}
	for _, cost := range []PasswordCost{{}, {7, 1, 1}, {8, 0, 1}, {8, 1, 0}, {8, 1, 2}, {8, 17, 1}, {memoryKiBMax + 1, 1, 1}, {1024, 1, 17}} {
		if _, err := NewPasswords(cost, 1, seeded(1)); err == nil {
			t.Errorf("cost %+v was accepted", cost)
		}
	}
	if _, err := NewPasswords(cheap, 0, seeded(1)); err == nil {
		t.Error("no slot at all was accepted")
	}
}

func FuzzStoredCost(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=0,p=1$AA$AA")
	f.Fuzz(func(t *testing.T, stored string) {
		if cost, err := storedCost(stored); err == nil && !cost.valid() {
			t.Errorf("%q passed with %+v", stored, cost)
		}
	})
}
