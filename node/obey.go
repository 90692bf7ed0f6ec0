package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sancun/centre"
	"sancun/dr"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/sequencer"
)

// ErrRole says that an order does not fit what the centre is now.
var ErrRole = centre.ErrRole

// Obey carries an order of two people out. It is checked here, by whoever it was
// brought. Orders are carried out one after another. The error is dr.ErrOrder,
// ErrRole, or why the act failed; a failed act may be ordered again.
func (n *Node) Obey(ctx context.Context, o dr.Order) (OrderResult, error) {
	if n.peer == nil {
		return OrderResult{}, fmt.Errorf("%w: it is the only one", ErrRole)
	}
	n.peer.orders.Lock()
	defer n.peer.orders.Unlock()
	began := n.clock.Now()
	at := dr.Place{Cell: n.config.Centre.Cell, Centre: n.config.Centre.Name, Epoch: n.newestEpoch(), Side: n.peer.side, Now: began}
	maker, checker, err := o.Check(at, n.peer.people)
	if err != nil {
		n.log.Warn("an order was refused", slog.String("act", string(o.Act)), slog.String("run", o.Run), slog.Any("error", err))
		return OrderResult{}, err
	}
	if err := n.unused(&o); err != nil {
		return OrderResult{}, err
	}
	result := OrderResult{Centre: at.Centre, Began: began}
	was, _ := n.peer.station.what()
	if err = centre.Admits(was, o.Act); err == nil {
		err = n.act(ctx, &o, maker, checker, &result)
	}
	if errors.Is(err, journal.ErrPoisoned) {
		n.peer.leave(err)
	}
	role, _ := n.peer.station.what()
	head, headErr := n.Core.Stored()
	if o.Act == dr.ActRebase && errors.Is(headErr, journal.ErrClosed) {
		headErr = nil // it went back to the common block already
	}
	result.Role, result.Epoch, result.Height, result.Hash, result.Ended = role.String(), n.Core.Epoch(), head.Height, head.Hash.String(), n.clock.Now()
	if err == nil {
		err = n.used(&o)
	}
	err = errors.Join(err, headErr, n.keepOrder(&o, &result, err))
	n.log.Info("an order was carried out", slog.String("act", string(o.Act)), slog.String("run", o.Run), slog.String("maker", o.Maker), slog.String("checker", o.Checker),
		slog.Any("error", err), slog.Duration("took", result.Ended.Sub(began)))
	return result, err
}

// act carries an order out that fits the role.
func (n *Node) act(ctx context.Context, o *dr.Order, maker, checker dr.Operator, result *OrderResult) error {
	switch o.Act {
	case dr.ActHandOver:
		return n.handOver(ctx, o, result)
	case dr.ActPromote:
		return n.promote(ctx, o, maker, checker)
	case dr.ActProtection:
		return n.protect(ctx, o, maker, checker)
	case dr.ActWriteAlone:
		return n.writeAlone(o)
	case dr.ActRebase:
		return n.orderRebase(o)
	case dr.ActDrillBegin:
		return n.beginDrill(ctx, o, maker, checker, result)
	case dr.ActDrillEnd:
		return n.endDrill(o, checker, result)
	case dr.ActPath:
		return n.paths.take(o.Detail)
	}
	return fmt.Errorf("%s: %w", o.Act, ErrNotAvailable)
}

// newestEpoch is the newest epoch this centre has seen in its journal.
func (n *Node) newestEpoch() uint32 {
	head, err := n.Core.Stored()
	if err != nil && !n.Core.Writing() {
		return 0
	}
	return centre.Newest(n.Core.Writing(), n.Core.Epoch(), head, n.peer.station.highest())
}

// keepOrder keeps an order with its outcome in the folder, for the evidence.
func (n *Node) keepOrder(o *dr.Order, result *OrderResult, failure error) error {
	dir := filepath.ToSlash(filepath.Join(n.config.Centre.Dir, "orders"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(struct {
		Order   *dr.Order    `json:"order"`
		Result  *OrderResult `json:"result"`
		Failure string       `json:"failure,omitempty"`
	}{o, result, errText(failure)}, "", "  ")
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s/%s-%s.json", dir, result.Began.UTC().Format("20060102T150405.000000000"), o.Act)
	return durable.ReplaceFile(durable.OS{}, name, append(text, '\n'))
}

// usedFolder names, below the folder of orders, those that were carried out, by
// their digest: one that leads to no new epoch could be carried a second time
// otherwise.
const usedFolder = "orders/used"

func (n *Node) usedName(o *dr.Order) (string, error) {
	digest, err := o.Digest()
	return filepath.ToSlash(filepath.Join(n.config.Centre.Dir, usedFolder, fmt.Sprintf("%x", digest))), err
}

// unused refuses an order that was carried out before.
func (n *Node) unused(o *dr.Order) error {
	name, err := n.usedName(o)
	if err != nil {
		return err
	}
	if _, err = os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(fmt.Errorf("%w: it was carried out before", dr.ErrOrder), err)
}

// used notes that an order was carried out.
func (n *Node) used(o *dr.Order) error {
	name, err := n.usedName(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return durable.ReplaceFile(durable.OS{}, name, []byte(o.Run+"\n"))
}

func (n *Node) inRole(wanted ...dr.Role) error {
	role, _ := n.peer.station.what()
	for _, w := range wanted {
		if role == w {
			return nil
		}
	}
	return fmt.Errorf("%w: it is %v", ErrRole, role)
}

// levelWithin bounds how long a hand-over waits for the other centre to have the
// last block.
const levelWithin = 10 * time.Second

// handOver ends this centre's reign. Until the store is fenced the reign could
// still be taken up again; afterwards only a promotion does that.
func (n *Node) handOver(ctx context.Context, o *dr.Order, result *OrderResult) error {
	_, root, err := n.Core.HandOver(ctx, o.Epoch)
	if err != nil {
		n.peer.leave(errUnfinished)
		return errors.Join(err, n.peer.station.become(dr.Recovering, n.newestEpoch(), "the hand-over of "+o.Run+" failed"))
	}
	result.Root = root.String()
	// The line goes on until the other centre has the last block: it is to begin
	// behind it.
	within, done := context.WithTimeout(ctx, levelWithin)
	defer done()
	if !n.Core.shield.level(within) {
		n.log.Warn("handed over before the other centre had everything: it follows before it is promoted", slog.Any("line", n.peer.line.Status().Failure))
	}
	return n.peer.station.become(dr.Standby, o.Epoch, "handed over in "+o.Run)
}

// promote makes this centre the one that writes.
func (n *Node) promote(ctx context.Context, o *dr.Order, maker, checker dr.Operator) error {
	if err := n.dropDrill("this centre is promoted in " + o.Run); err != nil {
		return err
	}
	if err := n.peer.goods.ready(ctx, o.Planned); err != nil {
		return err
	}
	resume := n.peer.hush()
	err := n.Core.Promote(ctx, centre.Promotion(o, maker, checker))
	if err == nil {
		err = n.peer.station.become(dr.Primary, o.Epoch, "took over in "+o.Run)
	}
	if err != nil {
		if n.Core.Writing() { // under an epoch that its role does not say
			n.peer.leave(errUnfinished)
		}
		resume()
	}
	return err
}

// protect journals a protection mode, proposed and approved by the two people.
func (n *Node) protect(ctx context.Context, o *dr.Order, maker, checker dr.Operator) error {
	c, err := centre.SetProtection(o)
	if err != nil {
		return err
	}
	proposal, approval := centre.Proposed(c, o.Reason, maker, checker)
	for _, b := range []*sequencer.Batch{proposal, approval} {
		if err := n.Core.Sequencer().Enqueue(b); err != nil {
			return err
		}
	}
	for _, b := range []*sequencer.Batch{proposal, approval} {
		select {
		case <-b.Done():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return centre.Approved(proposal, approval)
}

// writeAlone lets a starting primary write though it has not met the other
// centre. Two people have made sure that nobody else writes.
func (n *Node) writeAlone(o *dr.Order) error {
	return n.peer.station.become(dr.Primary, o.Epoch, "writes without having met the other centre, "+o.Run)
}

// orderRebase has a fenced centre go back to the common block.
func (n *Node) orderRebase(o *dr.Order) error {
	parting := n.peer.line.Status().Parting
	if parting == nil {
		return fmt.Errorf("%w: it has not found where the chains parted yet", ErrRole)
	}
	n.peer.rebase = parting
	return n.peer.station.become(dr.Recovering, o.Epoch, "goes back to the common block in "+o.Run)
}
