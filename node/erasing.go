package node

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sancun/custody"
	"sancun/vault"
)

// eraseBeat is how often is looked for clients whose data are to be erased. Two
// people have waited for each other before.
const eraseBeat = time.Second

// erase destroys the keys of clients that the journal says are to be erased, those
// from a row on. It returns the next row. Destroying again costs a look.
func (n *Node) erase(ctx context.Context, row uint32) (uint32, error) {
	var all []custody.Erasure
	if err := n.Core.Look(ctx, func(m *custody.Machine) { all = m.ErasuresFrom(row) }); err != nil {
		return row, err
	}
	for _, e := range all {
		if _, err := n.Vault.Key(e.Client); errors.Is(err, vault.ErrDestroyed) {
			row++
			continue
		}
		if err := n.Vault.Destroy(e.Client); err != nil {
			return row, err
		}
		n.log.Warn("the personal data of a client were erased: the key is destroyed here", slog.Uint64("client", e.Client))
		row++
	}
	return row, nil
}

// keepErasing carries erasures out in every role, from the first again after a
// start: a key that came back with a backup or a copy is destroyed again.
func (n *Node) keepErasing(ctx context.Context) error {
	var row uint32
	for {
		var err error
		if row, err = n.erase(ctx, row); err != nil && ctx.Err() == nil {
			return err
		}
		if pause(ctx, eraseBeat) != nil {
			return nil
		}
	}
}
