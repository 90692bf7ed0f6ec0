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
	"strconv"
	"strings"
	"time"

	"sancun/dr"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
)

// ErrRole says that an order does not fit what the centre is now.
var ErrRole = errors.New("the centre is not in the role for this order")

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
	at := dr.Place{Cell: n.config.Centre.Cell, Centre: n.config.Centre.Name, Epoch: n.newestEpoch(), Now: began}
	maker, checker, err := o.Check(at, n.peer.people)
	if err != nil {
		n.log.Warn("an order was refused", slog.String("act", string(o.Act)), slog.String("run", o.Run), slog.Any("error", err))
		return OrderResult{}, err
	}
	if err := n.unused(&o); err != nil {
		return OrderResult{}, err
	}
	result := OrderResult{Centre: at.Centre, Began: began}
	switch o.Act {
	case dr.ActHandOver:
		err = n.handOver(ctx, &o, &result)
	case dr.ActPromote:
		err = n.promote(ctx, &o, maker, checker)
	case dr.ActProtection:
		err = n.protect(ctx, &o, maker, checker)
	case dr.ActWriteAlone:
		err = n.writeAlone(&o)
	case dr.ActRebase:
		err = n.orderRebase(&o)
	case dr.ActDrillBegin:
		err = n.beginDrill(ctx, &o, maker, checker, &result)
	case dr.ActDrillEnd:
		err = n.endDrill(&o, checker, &result)
	case dr.ActPath:
		err = n.paths.take(o.Detail)
	default:
		err = fmt.Errorf("%s: %w", o.Act, ErrNotAvailable)
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

// newestEpoch is the newest epoch this centre has seen in its journal.
func (n *Node) newestEpoch() uint32 {
	if n.Core.Writing() {
		return n.Core.Epoch()
	}
	head, err := n.Core.Stored()
	if err != nil {
		return 0
	}
	return max(1, head.Epoch)
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
	if err := n.inRole(dr.Primary, dr.Isolated); err != nil {
		return err
	}
	_, root, err := n.Core.HandOver(ctx, o.Epoch)
	if err != nil {
		return errors.Join(err, n.peer.station.become(dr.Recovering, o.Epoch-1, "the hand-over of "+o.Run+" failed"))
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
	if err := n.inRole(dr.Standby, dr.Drill); err != nil {
		return err
	}
	if err := n.dropDrill("this centre is promoted in " + o.Run); err != nil {
		return err
	}
	resume := n.peer.hush()
	planned := uint8(0)
	if o.Planned {
		planned = 1
	}
	err := n.Core.Promote(ctx, record.Promote{
		Centre: n.config.Centre.Name, Epoch: o.Epoch, Planned: planned, Plan: o.Run, Reason: o.Reason,
		Maker: record.CallerOf(record.CallerStaff, maker.Staff), Checker: record.CallerOf(record.CallerStaff, checker.Staff),
	})
	if err == nil {
		err = n.peer.station.become(dr.Primary, o.Epoch, "took over in "+o.Run)
	}
	if err != nil {
		resume()
	}
	return err
}

// protect journals a protection mode, proposed and approved by the two people.
func (n *Node) protect(ctx context.Context, o *dr.Order, maker, checker dr.Operator) error {
	if err := n.inRole(dr.Primary); err != nil {
		return err
	}
	name, limit, _ := strings.Cut(o.Detail, " ")
	mode, err := replica.ParseMode(name)
	if err != nil {
		return err
	}
	c := &record.SetProtection{Mode: uint8(mode), Reason: o.Reason}
	if limit != "" {
		ms, err := strconv.ParseUint(limit, 10, 32)
		if err != nil {
			return fmt.Errorf("the limit of mode %s, %q, is no number of milliseconds", name, limit)
		}
		c.LimitMS = uint32(ms)
	}
	payload := record.Encode(nil, c)
	answers, err := n.Core.Submit(ctx, record.Request{
		Caller: record.CallerOf(record.CallerStaff, maker.Staff), Cmd: &record.Propose{Act: c.Kind(), Payload: payload, Reason: o.Reason},
	})
	if err == nil && answers[0].Code == uint16(record.Accepted) {
		answers, err = n.Core.Submit(ctx, record.Request{
			Caller: record.CallerOf(record.CallerStaff, checker.Staff), Cmd: &record.Approve{Proposal: answers[0].Ref, Payload: payload},
		})
	}
	if err == nil && answers[0].Code != uint16(record.Accepted) {
		err = fmt.Errorf("the mode was refused: %s", record.Code(answers[0].Code))
	}
	return err
}

// writeAlone lets a starting primary write though it has not met the other
// centre. Two people have made sure that nobody else writes.
func (n *Node) writeAlone(o *dr.Order) error {
	if err := n.inRole(dr.Recovering); err != nil {
		return err
	}
	return n.peer.station.become(dr.Primary, o.Epoch, "writes without having met the other centre, "+o.Run)
}

// orderRebase has a fenced centre go back to the common block.
func (n *Node) orderRebase(o *dr.Order) error {
	if err := n.inRole(dr.Fenced); err != nil {
		return err
	}
	parting := n.peer.line.Status().Parting
	if parting == nil {
		return fmt.Errorf("%w: it has not found where the chains parted yet", ErrRole)
	}
	n.peer.rebase = parting
	return n.peer.station.become(dr.Recovering, o.Epoch, "goes back to the common block in "+o.Run)
}
