package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"sancun/vault"
)

// keyShelf is the key store of a centre with another one: it tells of every key
// that was drawn, wrapped again or destroyed, in order, so that the other centre
// takes it over. No answer that rests on a new key leaves the house in a mode that
// waits for the other centre before that centre has the key (shield.keyed).
type keyShelf struct {
	*vault.FileStore
	shield *shield

	mu      sync.Mutex
	session string // of this process: numbers of another one mean nothing
	seq     uint64 // of the last change
	changes []keyChange
	news    chan struct{}
	asked   time.Time // when the other centre asked last
}

// keyChange is one change of the store.
type keyChange struct {
	seq     uint64
	clients []uint64
}

const (
	// changesKept bounds the changes that are remembered for a centre that is a
	// little behind; one that is further compares the stores.
	changesKept = 4096
	// slotsAtOnce bounds the slots of one answer.
	slotsAtOnce = vault.BatchMax
	// keysWithin is how long a question waits for a change.
	keysWithin = time.Second
)

func newKeyShelf(store *vault.FileStore, s *shield) *keyShelf {
	var name [8]byte
	_, _ = rand.Read(name[:]) // never fails
	return &keyShelf{FileStore: store, shield: s, session: hex.EncodeToString(name[:]), news: make(chan struct{})}
}

// Put implements vault.KeyStore. The change is told before anything rests on it.
func (k *keyShelf) Put(keys []vault.WrappedKey) error {
	if err := k.FileStore.Put(keys); err != nil || len(keys) == 0 {
		return err
	}
	clients := make([]uint64, len(keys))
	for i := range keys {
		clients[i] = keys[i].Client
	}
	k.changed(clients)
	return nil
}

// Destroy implements vault.KeyStore.
func (k *keyShelf) Destroy(client uint64) error {
	if err := k.FileStore.Destroy(client); err != nil {
		return err
	}
	k.changed([]uint64{client})
	return nil
}

func (k *keyShelf) changed(clients []uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seq++
	k.changes = append(k.changes, keyChange{k.seq, clients})
	if len(k.changes) > changesKept {
		k.changes = append(k.changes[:0], k.changes[len(k.changes)-changesKept:]...)
	}
	k.shield.offered(k.seq)
	close(k.news)
	k.news = make(chan struct{})
}

// keysQuestion says how far the asker has the keys, and asks for what comes next.
type keysQuestion struct {
	Session string `json:"session"`
	Seq     uint64 `json:"seq"` // everything up to here is durable at the asker
}

// keysAnswer brings the changes behind it, or says that the stores must be compared.
type keysAnswer struct {
	Session string         `json:"session"`
	Seq     uint64         `json:"seq"`
	Height  uint64         `json:"height"` // every key that blocks up to here rest on was drawn by then
	Slots   []byte         `json:"slots,omitempty"`
	Compare []vault.Digest `json:"compare,omitempty"`
	Whole   bool           `json:"whole"` // Compare is the whole store
}

// tell answers a question, waiting a while for a change.
func (k *keyShelf) tell(ctx context.Context, q keysQuestion, head func() uint64) (a keysAnswer, err error) {
	k.mu.Lock()
	news, same := k.news, q.Session == k.session
	k.asked = time.Now()
	quiet := same && q.Seq == k.seq
	k.mu.Unlock()
	if same {
		k.shield.keyed(q.Seq)
	}
	if quiet {
		t := time.NewTimer(keysWithin)
		defer t.Stop()
		select {
		case <-news:
		case <-t.C:
		case <-ctx.Done():
			return a, ctx.Err()
		}
	}
	a.Session, a.Height = k.session, head() // before the changes are gathered: none of them is missing below it
	k.mu.Lock()
	a.Seq = k.seq
	var clients []uint64
	known := same && (q.Seq == k.seq || len(k.changes) > 0 && k.changes[0].seq <= q.Seq+1)
	if known {
		clients, a.Seq = k.behind(q.Seq)
	}
	k.mu.Unlock()
	if known {
		a.Slots, err = k.Slots(clients)
		return a, err
	}
	a.Compare, err = k.Digests()
	a.Whole = true
	return a, err
}

// behind gathers the clients of the changes behind a number, as many as one answer
// brings. The caller holds mu.
func (k *keyShelf) behind(seq uint64) (clients []uint64, to uint64) {
	to = seq
	seen := map[uint64]bool{}
	for _, c := range k.changes {
		if c.seq <= seq {
			continue
		}
		if len(clients) > 0 && len(clients)+len(c.clients) > slotsAtOnce {
			break
		}
		for _, client := range c.clients {
			if !seen[client] {
				seen[client] = true
				clients = append(clients, client)
			}
		}
		to = c.seq
	}
	return clients, to
}
