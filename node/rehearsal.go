package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sancun/dr"
	"sancun/internal/durable"
	"sancun/journal/disk"
)

// Rehearsal is a running drill centre, as the standby that has it sees it.
type Rehearsal interface {
	// Stop ends it and returns when nothing of it runs any more.
	Stop() error
	// Left is how many bytes have left its zone; false when nobody can count them.
	Left() (bytes int64, counted bool)
	// Closed says what closes it off, for the record.
	Closed() string
	// Process is its process number, 0 when it has none of its own.
	Process() int
	// Ended is closed when it has ended by itself or by Stop.
	Ended() <-chan struct{}
}

// Launch starts the drill centre on the fork in a folder, apart from this one.
type Launch func(dir string) (Rehearsal, error)

// The names of drills in a centre's folder.
const (
	drillFolder = "drill"  // the fork, while there is one
	drillRecord = "drills" // what became of each
)

// openWithin bounds how long a drill centre may take to begin to write.
const openWithin = 25 * time.Second

// drillState is the drill that runs, or none.
type drillState struct {
	fork   Fork
	opened Opened
	centre Rehearsal
}

// DrillState is the drill of a centre for its state.
type DrillState struct {
	Run     string    `json:"run"`
	Began   time.Time `json:"began"`
	Height  uint64    `json:"height"`
	Root    string    `json:"root"`
	Epoch   uint32    `json:"epoch"` // of the drill
	Folder  string    `json:"folder"`
	Door    string    `json:"door,omitempty"` // path of the socket of its HTTP door
	Process int       `json:"process,omitempty"`
	Closed  string    `json:"closed"` // what closes it off
	Left    int64     `json:"left_bytes"`
	Counted bool      `json:"counted"` // left_bytes is a count, not a promise
	Running bool      `json:"running"`
}

// DrillProof is what remains of a drill: kept as drills/RUN.json.
type DrillProof struct {
	Fork    Fork      `json:"fork"`
	Opened  Opened    `json:"opened"`
	Closed  string    `json:"closed"`
	Left    int64     `json:"left_bytes"` // out of the zone
	Counted bool      `json:"counted"`
	Blocks  uint64    `json:"blocks"`            // that the drill wrote, and nobody keeps
	Ended   time.Time `json:"ended"`             // by the centre's clock
	Dropped string    `json:"dropped,omitempty"` // why it ended without an order
	// RootBefore and RootAfter are of the standby's own state at the height of the
	// fork: as it was then, and built again from the standby's files when the fork
	// was gone; HashBefore and HashAfter are of its block there.
	RootBefore string    `json:"root_before"`
	RootAfter  string    `json:"root_after,omitempty"`
	HashBefore string    `json:"hash_before"`
	HashAfter  string    `json:"hash_after,omitempty"`
	Equal      bool      `json:"equal"`
	PurgeMS    int64     `json:"purge_ms"`           // removing the fork and proving it
	Verifier   uint64    `json:"verifier,omitempty"` // staff number
	Order      *dr.Order `json:"order,omitempty"`    // that ended it
}

func (n *Node) drillDir() string { return filepath.Join(n.config.Centre.Dir, drillFolder) }

// beginDrill forks the state of this standby and opens a drill centre on the fork,
// while this centre goes on copying.
func (n *Node) beginDrill(ctx context.Context, o *dr.Order, maker, checker dr.Operator, result *OrderResult) error {
	if err := n.inRole(dr.Standby); err != nil {
		return err
	}
	if err := dr.DrillDay(n.clock.Now(), trading); err != nil {
		return err
	}
	if _, err := dr.ParseZone(o.Detail); err != nil {
		return err
	}
	if n.Launch == nil {
		return fmt.Errorf("a drill centre apart from this one: %w", ErrNotAvailable)
	}
	dir := n.drillDir()
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove what is left of the last drill: %w", err)
	}
	began := time.Now()
	at, root, err := n.Core.Branch(ctx, filepath.ToSlash(dir))
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	f := Fork{
		Run: o.Run, Centre: n.config.Centre.Name, Cell: n.config.Centre.Cell, Began: n.clock.Now(), Epoch: n.newestEpoch(), Height: at.Height, Hash: at.Hash.String(), Root: root.String(),
		Maker: maker.Staff, Checker: checker.Staff, Order: *o,
	}
	if err := writeJSON(filepath.Join(dir, forkName), &f); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	if err := n.peer.station.become(dr.Drill, f.Epoch, "drills on a fork in "+o.Run); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	if err := n.rehearse(ctx, &f); err != nil {
		return errors.Join(fmt.Errorf("open the drill centre: %w", err), os.RemoveAll(dir), n.peer.station.become(dr.Standby, f.Epoch, "the drill of "+o.Run+" did not open"))
	}
	result.Drill = n.drillState()
	n.log.Info("a drill began on a fork", slog.String("run", f.Run), slog.Uint64("fork", f.Height), slog.String("closed", result.Drill.Closed), slog.Duration("took", time.Since(began)))
	return nil
}

// rehearse starts the drill centre and waits until it writes.
func (n *Node) rehearse(ctx context.Context, f *Fork) error {
	centre, err := n.Launch(n.drillDir())
	if err != nil {
		return err
	}
	ctx, done := context.WithTimeout(ctx, openWithin)
	defer done()
	d := &drillState{fork: *f, centre: centre}
	for {
		err := readJSON(filepath.Join(n.drillDir(), openName), &d.opened)
		if err == nil {
			break
		}
		select {
		case <-ctx.Done():
			err = fmt.Errorf("it did not write: %w: %w", ctx.Err(), err)
		case <-centre.Ended():
			err = errors.New("it ended; its log says why")
		case <-time.After(openBeat):
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
		}
		return errors.Join(err, centre.Stop())
	}
	n.peer.mu.Lock()
	n.peer.drill = d
	n.peer.mu.Unlock()
	return nil
}

// openBeat is how often is looked whether the drill centre writes.
const openBeat = 5 * time.Millisecond

// drillState is a picture of the drill, nil when there is none.
func (n *Node) drillState() *DrillState {
	n.peer.mu.Lock()
	d := n.peer.drill
	n.peer.mu.Unlock()
	if d == nil {
		return nil
	}
	s := &DrillState{
		Run: d.fork.Run, Began: d.fork.Began, Height: d.fork.Height, Root: d.fork.Root, Epoch: d.opened.Epoch, Folder: n.drillDir(), Door: d.opened.Door,
		Process: d.centre.Process(), Closed: d.centre.Closed(), Running: true,
	}
	s.Left, s.Counted = d.centre.Left()
	select {
	case <-d.centre.Ended():
		s.Running = false
	default:
	}
	return s
}

// endDrill stops the drill centre, drops the fork and proves that this standby is
// what it was. A standby that is not must not serve (law L8).
func (n *Node) endDrill(o *dr.Order, checker dr.Operator, result *OrderResult) error {
	if err := n.inRole(dr.Drill); err != nil {
		return err
	}
	n.peer.mu.Lock()
	d := n.peer.drill
	n.peer.mu.Unlock()
	if d == nil {
		return fmt.Errorf("%w: no drill runs", ErrRole)
	}
	running := dr.Rehearsed{Run: d.fork.Run, Maker: d.fork.Maker}
	if err := running.MayEnd(o, checker); err != nil {
		return err
	}
	proof, err := n.purge("")
	if proof == nil {
		return err
	}
	proof.Order, proof.Verifier = o, checker.Staff
	result.Proof = proof
	err = errors.Join(err, n.prove(proof))
	return errors.Join(err, n.keepProof(proof), n.peer.station.become(dr.Standby, n.newestEpoch(), "the drill "+d.fork.Run+" is over"))
}

// purge stops the drill centre and drops the fork. It returns nil with an error
// when the fork is still there.
func (n *Node) purge(why string) (*DrillProof, error) {
	n.peer.purging.Lock() // an order, a stop and a parting may come together
	defer n.peer.purging.Unlock()
	n.peer.mu.Lock()
	d := n.peer.drill
	n.peer.mu.Unlock()
	if d == nil {
		return nil, nil
	}
	began := time.Now()
	p := &DrillProof{Fork: d.fork, Opened: d.opened, Closed: d.centre.Closed(), RootBefore: d.fork.Root, HashBefore: d.fork.Hash, Dropped: why}
	p.Left, p.Counted = d.centre.Left()
	stopped := d.centre.Stop() // an error of its own end changes nothing: it has ended
	select {
	case <-d.centre.Ended():
	default:
		return nil, fmt.Errorf("stop the drill centre: %w", stopped)
	}
	p.Blocks = n.written(d.fork.Height)
	dir := n.drillDir()
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("drop the fork: %w", err)
	}
	err := durable.OS{}.SyncDir(filepath.ToSlash(filepath.Dir(dir)))
	n.peer.mu.Lock()
	n.peer.drill = nil
	n.peer.mu.Unlock()
	p.Ended, p.PurgeMS = n.clock.Now(), time.Since(began).Milliseconds()
	return p, err
}

// written counts the blocks of the drill; a fork that does not open any more had
// them too, but nobody needs to know how many.
func (n *Node) written(fork uint64) uint64 {
	engine, _, err := disk.Open(disk.Options{Dir: filepath.ToSlash(n.drillDir()) + "/journal", Cell: n.config.Centre.Cell})
	if err != nil {
		return 0
	}
	defer engine.Close()
	head, err := engine.Head()
	if err != nil || head.Height < fork {
		return 0
	}
	return head.Height - fork
}

// prove builds the state at the height of the fork again from this standby's files.
func (n *Node) prove(p *DrillProof) error {
	began := time.Now()
	root, hash, err := n.Core.RootAt(p.Fork.Height)
	p.PurgeMS += time.Since(began).Milliseconds()
	if err != nil {
		return fmt.Errorf("the state at the fork again: %w", err)
	}
	p.RootAfter, p.HashAfter = root.String(), hash.String()
	p.Equal = p.RootAfter == p.RootBefore && p.HashAfter == p.HashBefore
	if p.Equal {
		return nil
	}
	n.Core.apply.Lock()
	n.Core.state.Applied.Disagree = true
	n.Core.apply.Unlock()
	return fmt.Errorf("after the drill the state at height %d has the root %s, before it was %s: %w", p.Fork.Height, p.RootAfter, p.RootBefore, ErrDiverged)
}

func (n *Node) keepProof(p *DrillProof) error {
	dir := filepath.Join(n.config.Centre.Dir, drillRecord)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, fmt.Sprintf("%s-%s.json", p.Ended.UTC().Format("20060102T150405"), p.Fork.Run)), p)
}

// dropDrill ends a drill without an order, because the centre is needed or stops.
// There is no time for the proof then; the next state root that is compared is one.
func (n *Node) dropDrill(why string) error {
	p, err := n.purge(why)
	if p == nil {
		return err
	}
	n.log.Warn("the drill was dropped", slog.String("run", p.Fork.Run), slog.String("why", why))
	if role, _ := n.peer.station.what(); role == dr.Drill {
		err = errors.Join(err, n.peer.station.become(dr.Standby, n.newestEpoch(), "dropped the drill "+p.Fork.Run+": "+why))
	}
	return errors.Join(err, n.keepProof(p))
}

// sweepDrill drops the fork that a crash left: its centre died with this one.
func (n *Node) sweepDrill() error {
	var f Fork
	dir := n.drillDir()
	err := readJSON(filepath.Join(dir, forkName), &f)
	if _, there := os.Stat(dir); errors.Is(there, fs.ErrNotExist) {
		return nil
	}
	if removed := os.RemoveAll(dir); removed != nil || err != nil {
		return removed // a fork without its file was not finished
	}
	return n.keepProof(&DrillProof{Fork: f, RootBefore: f.Root, HashBefore: f.Hash, Ended: n.clock.Now(), Dropped: "the centre was started anew"})
}
