package node

import (
	"context"
	"fmt"
	"log/slog"

	"sancun/vault"
)

// keyKeeper takes the keys of the other centre over, and gives it those that only
// this one has.
type keyKeeper struct {
	*goods
	vault *vault.Vault
	shelf *keyShelf
}

// keysAgain is the pause after a question that failed.
const keysAgain = lineAgain

// run asks the other centre for its keys until ctx ends. It belongs to a centre that
// copies: the one that writes draws them.
func (k *keyKeeper) run(ctx context.Context) error {
	at := keysQuestion{}
	for ctx.Err() == nil {
		next, err := k.step(ctx, at)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			k.log.Debug("the keys of the other centre could not be taken over", slog.Any("error", err))
			k.fail("keys", err)
			if pause(ctx, keysAgain) != nil {
				return nil
			}
			continue
		}
		at = next
	}
	return nil
}

// step asks once and takes over what comes. What it returns says that everything up
// to there is durable here; the next question carries it to the other centre.
func (k *keyKeeper) step(ctx context.Context, at keysQuestion) (keysQuestion, error) {
	var a keysAnswer
	if err := k.caller.ask(ctx, "keys", at, &a); err != nil {
		return at, err
	}
	if a.Whole {
		if err := k.compare(ctx, a.Compare); err != nil {
			return at, err
		}
	} else if err := k.adopt(a.Slots); err != nil {
		return at, err
	}
	k.mu.Lock()
	k.status.KeysAt = max(k.status.KeysAt, a.Height)
	if k.status.Failed == "keys" {
		k.status.Failed, k.status.Failure = "", ""
	}
	k.mu.Unlock()
	return keysQuestion{a.Session, a.Seq}, nil
}

func (k *keyKeeper) adopt(slots []byte) error {
	if len(slots) == 0 {
		return nil
	}
	got, err := k.vault.Adopt(slots)
	k.mu.Lock()
	k.status.Keys += got.Keys
	k.status.Erased += got.Destroyed
	k.mu.Unlock()
	if got.Refused > 0 {
		k.log.Warn("keys that are destroyed here live in the other centre: it is told", slog.Int("keys", got.Refused))
	}
	return err
}

// partQuestion asks for a part of the key store and brings the asker's own.
type partQuestion struct {
	Part  uint64 `json:"part"`
	Slots []byte `json:"slots"`
}

type partAnswer struct {
	Slots []byte `json:"slots"`
}

// compare takes over every part whose digest differs, and gives what is here and not
// there: keys of clients whose opening was lost with a parted journal, and
// tombstones, which win on both sides.
func (k *keyKeeper) compare(ctx context.Context, theirs []vault.Digest) error {
	ours, err := k.shelf.Digests()
	if err != nil {
		return err
	}
	differs := map[uint64]bool{}
	for _, d := range ours {
		differs[d.Part] = true
	}
	for _, d := range theirs {
		differs[d.Part] = true
	}
	for _, d := range ours {
		for _, t := range theirs {
			if d == t {
				delete(differs, d.Part)
			}
		}
	}
	for part := range differs {
		var a partAnswer
		if err := k.caller.ask(ctx, "keys/part", partQuestion{Part: part}, &a); err != nil {
			return err
		}
		if err := k.adopt(a.Slots); err != nil {
			return fmt.Errorf("part %d of the keys: %w", part, err)
		}
		own, err := k.shelf.Part(part)
		if err != nil {
			return err
		}
		if err := k.caller.ask(ctx, "keys/part", partQuestion{Part: part, Slots: own}, &a); err != nil {
			return fmt.Errorf("give part %d of the keys: %w", part, err)
		}
	}
	return nil
}

// part answers a question for a part of the store, after taking over what came with it.
func (k *keyKeeper) part(_ context.Context, q partQuestion) (a partAnswer, err error) {
	if err := k.adopt(q.Slots); err != nil {
		return a, err
	}
	a.Slots, err = k.shelf.Part(q.Part)
	return a, err
}
