package node

import (
	"errors"
	"log/slog"
	"path/filepath"

	"sancun/centre"
	"sancun/dr"
	"sancun/internal/durable"
	"sancun/replica"
)

// Orphan is a record that only a parted centre has.
type Orphan = centre.Orphan

// Again says whether a node whose Serve ended with err is to be opened again in
// this process, and does what must be done in between: a centre that was ordered
// to goes back to the common block, one that was deposed finds out who writes, and
// one whose hand-over broke off forgets what it had decided and not written.
func (n *Node) Again(err error) (bool, error) {
	if n.peer == nil {
		return false, err
	}
	if errors.Is(err, replica.ErrDeposed) || errors.Is(err, errUnfinished) {
		return true, nil
	}
	if n.peer.rebase == nil || !errors.Is(err, errTurn) {
		return false, err
	}
	done, err := centre.Rebase(centre.RebaseOptions{FS: durable.OS{}, Dir: filepath.ToSlash(n.config.Centre.Dir), Cell: n.config.Centre.Cell}, n.peer.rebase.Common)
	if err != nil {
		return false, err
	}
	n.log.Warn("went back to the common block; what only this centre had is kept", slog.Uint64("common", done.Common),
		slog.Int("orphans", len(done.Orphans)), slog.String("kept", done.Kept), slog.String("list", done.List))
	return true, n.peer.station.become(dr.Standby, n.peer.rebase.Common.Epoch, "went back to the common block")
}
