package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"sancun/journal"
	"sancun/node"
	"sancun/record"
)

type logCmd struct {
	Dir  string `arg:"" help:"Folder of a centre that is not running: it holds journal/. Or the address of a journal in PostgreSQL, which may be in use: a URL, file:/path or env:NAME."`
	Cell uint32 `default:"1" help:"Number of the cell the journal belongs to."`
	From uint64 `default:"1" help:"First height."`
	To   uint64 `help:"Last height; the head when not given."`
	Kind uint16 `help:"Only commands of this kind number; see docs/formats/record.md."`
	Ref  uint64 `help:"Only records with this reference: an order number, a platform serial, a case."`
	JSON bool   `name:"json" help:"One JSON object a line."`
}

// errEnough ends the reading at the last height asked for.
var errEnough = errors.New("enough")

// beijing is the business's time.
var beijing = time.FixedZone("CST", 8*60*60)

// Run prints the records of a journal, one a line.
func (c *logCmd) Run() error {
	store, err := node.OpenJournal(c.Dir, c.Cell)
	if err != nil {
		return err
	}
	defer store.Close()
	out := bufio.NewWriter(os.Stdout)
	err = store.Read(c.From, func(b *journal.Block) error {
		if c.To != 0 && b.Height > c.To {
			return errEnough
		}
		for i, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return fmt.Errorf("block %d record %d: %w", b.Height, i, err)
			}
			if c.Kind != 0 && uint16(v.Kind) != c.Kind || c.Ref != 0 && v.Ref != c.Ref {
				continue
			}
			if err := c.print(out, b, i, v); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return errors.Join(err, out.Flush())
}

// print writes one record. Personal data are sealed inside commands, so a line
// shows none.
func (c *logCmd) print(w io.Writer, b *journal.Block, i int, v record.View) error {
	cmd, err := v.Cmd()
	if err != nil {
		return fmt.Errorf("block %d record %d: %w", b.Height, i, err)
	}
	at := time.Unix(0, b.Time).In(beijing)
	if !c.JSON {
		_, err = fmt.Fprintf(w, "%d.%d %s caller %d:%d %s → %s ref %d %+v\n", b.Height, i, at.Format("2006-01-02 15:04:05.000"),
			v.Caller.Class(), v.Caller.Number(), fmt.Sprintf("%T", cmd)[len("*record."):], v.Code, v.Ref, cmd)
		return err
	}
	line, err := json.Marshal(map[string]any{
		"height": b.Height, "record": i, "time": at.Format(time.RFC3339Nano), "caller_class": v.Caller.Class(), "caller": v.Caller.Number(),
		"kind": v.Kind, "command": fmt.Sprintf("%T", cmd)[len("*record."):], "outcome": v.Code.String(), "ref": v.Ref, "fields": cmd,
	})
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	return err
}
