package node

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sancun/centre"
	"sancun/custody"
	"sancun/journal"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

const (
	// orphansBeat is how often the other centre is asked for lists of orphans.
	orphansBeat = 5 * time.Second
	// orphanRowsMax and orphanBytesMax bound one record of orphans: the machine takes
	// 256, and a command is half a MiB at most.
	orphanRowsMax  = 200
	orphanBytesMax = 256 << 10
	// orphanPayloadMax is the longest command that two people can have done again:
	// it travels within a proposal of at most 32 KiB.
	orphanPayloadMax = 31 << 10
)

// orphanKeeper makes the orphans of parted journals cases of the journal in force.
// It runs where that is written, and asks the other centre too: the lists lie where
// the chain parted.
type orphanKeeper struct {
	core   *Core
	dir    string
	own    string // names of the centres
	peer   string
	caller *peerCaller
	log    *slog.Logger
	done   map[string]bool // lists that were registered whole in this reign
}

// run registers lists until ctx ends.
func (k *orphanKeeper) run(ctx context.Context) error {
	k.done = map[string]bool{}
	for {
		if err := k.gather(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		if pause(ctx, orphansBeat) != nil {
			return nil
		}
	}
}

// orphanLists names the lists of a centre.
type orphanLists struct {
	Names []string `json:"names"`
}

// orphanQuestion asks for rows of a list from one on.
type orphanQuestion struct {
	Name string `json:"name"`
	From int    `json:"from"`
}

type orphanRows struct {
	Rows []record.OrphanData `json:"rows"`
	More bool                `json:"more"`
}

// gather registers what is not registered yet, of this centre's lists and of the
// other's. That centre may be away: it is asked again.
func (k *orphanKeeper) gather(ctx context.Context) error {
	own, err := listsIn(k.dir)
	if err != nil {
		return err
	}
	for _, name := range own.Names {
		read := func(from int) (orphanRows, error) { return k.rows(ctx, orphanQuestion{name, from}) }
		if err := k.register(ctx, k.own, name, read); err != nil {
			return err
		}
	}
	var theirs orphanLists
	if err := k.caller.ask(ctx, "orphans", struct{}{}, &theirs); err != nil {
		k.log.Debug("the other centre was not asked for orphans", slog.Any("error", err))
		return nil
	}
	for _, name := range theirs.Names {
		read := func(from int) (rows orphanRows, err error) {
			err = k.caller.ask(ctx, "orphans/rows", orphanQuestion{name, from}, &rows)
			return rows, err
		}
		if err := k.register(ctx, k.peer, name, read); err != nil {
			return err
		}
	}
	return nil
}

// register brings one list into the journal. Rows that are there already are passed
// over by the machine, so a list is brought again after every start.
func (k *orphanKeeper) register(ctx context.Context, centre, name string, read func(from int) (orphanRows, error)) error {
	if k.done[centre+"/"+name] {
		return nil
	}
	total := 0
	for {
		rows, err := read(total)
		if err != nil {
			return fmt.Errorf("orphans of %s in %s: %w", centre, name, err)
		}
		if len(rows.Rows) > 0 {
			answers, err := patient{k.core}.Submit(ctx, record.Request{Cmd: &record.RaiseOrphans{Centre: centre, Rows: rows.Rows}})
			if err != nil {
				return fmt.Errorf("register orphans of %s: %w", centre, err)
			}
			if code := record.Code(answers[0].Code); code != record.Accepted {
				return fmt.Errorf("orphans of %s in %s from row %d on were refused: %s", centre, name, total, code)
			}
		}
		total += len(rows.Rows)
		if !rows.More {
			break
		}
	}
	k.done[centre+"/"+name] = true
	k.log.Warn("the orphans of a parted journal are registered as cases: two people work them off", slog.String("centre", centre), slog.String("list", name), slog.Int("orphans", total))
	return nil
}

// listsIn names the lists in a centre's folder.
func listsIn(dir string) (l orphanLists, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, centre.PartedPrefix+"*", centre.OrphanList))
	if err != nil {
		return l, err
	}
	l.Names = []string{}
	for _, p := range paths {
		l.Names = append(l.Names, filepath.Base(filepath.Dir(p)))
	}
	slices.Sort(l.Names)
	return l, nil
}

// lists answers which lists lie here.
func (k *orphanKeeper) lists(context.Context, struct{}) (orphanLists, error) { return listsIn(k.dir) }

// rows answers a question for rows of a list.
func (k *orphanKeeper) rows(_ context.Context, q orphanQuestion) (a orphanRows, err error) {
	if q.Name != filepath.Base(q.Name) || !strings.HasPrefix(q.Name, centre.PartedPrefix) {
		return a, fmt.Errorf("list %q: %w", q.Name, errNotThere)
	}
	file, err := os.Open(filepath.Join(k.dir, q.Name, centre.OrphanList))
	if errors.Is(err, fs.ErrNotExist) {
		return a, fmt.Errorf("list %q: %w", q.Name, errNotThere)
	}
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, orphanLineMax)
	size := 0
	for at := 0; lines.Scan(); at++ {
		if at < q.From {
			continue
		}
		d, err := orphanData(lines.Bytes())
		if err != nil {
			return a, fmt.Errorf("line %d of %s: %w", at+1, q.Name, err)
		}
		size += len(d.Payload) + 256
		if len(a.Rows) > 0 && (size > orphanBytesMax || len(a.Rows) == orphanRowsMax) {
			a.More = true
			return a, nil
		}
		a.Rows = append(a.Rows, d)
	}
	return a, lines.Err()
}

// orphanData makes the record's row from a line of a list.
func orphanData(line []byte) (d record.OrphanData, err error) {
	var o Orphan
	decoder := json.NewDecoder(bytes.NewReader(line))
	if err := decoder.Decode(&o); err != nil {
		return d, err
	}
	d = record.OrphanData{
		Height: o.Height, Index: uint32(o.Index), Epoch: o.Epoch, Time: o.Time.UnixNano(), Act: record.Kind(o.Kind), Caller: record.Caller(o.Caller),
		Code: record.Code(o.Code), Ref: o.Ref, Fund: o.Fund, Bank: o.Bank, Market: o.Market, Payload: o.Command, Digest: sha256.Sum256(o.Command),
	}
	d.Cash, d.Securities = money.Amount(o.Cash), money.Quantity(o.Shares)
	if o.Key != "" {
		key, err := hex.DecodeString(o.Key)
		if err != nil || len(key) != len(state.Key{}) {
			return d, fmt.Errorf("key %q is none", o.Key)
		}
		d.Key = [16]byte(key)
	}
	if len(d.Payload) > orphanPayloadMax {
		d.Payload = nil
	}
	return d, nil
}

// orphanCommands finds the commands of orphans in the blocks that registered them.
type orphanCommands struct{ core *Core }

// Command returns the command of an orphan, empty when it is not kept.
func (c orphanCommands) Command(_ context.Context, o custody.Orphan) (payload []byte, err error) {
	if o.Payload == 0 {
		return nil, nil
	}
	err = c.core.Blocks(o.Raised, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil || v.Kind != record.KindRaiseOrphans {
				continue
			}
			cmd, err := v.Cmd()
			if err != nil {
				return err
			}
			for _, d := range cmd.(*record.RaiseOrphans).Rows {
				if d.Height == o.Height && d.Index == o.Index && d.Epoch == o.Epoch && d.Digest == o.Digest {
					payload = slices.Clone(d.Payload)
				}
			}
		}
		return errReached
	})
	if errors.Is(err, errReached) {
		err = nil
	}
	return payload, err
}
