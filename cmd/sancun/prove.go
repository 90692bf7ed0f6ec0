package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"sancun/journal"
	"sancun/node"
)

type proveCmd struct {
	Dir    string `arg:"" help:"Folder of a centre that is not running: it holds journal/. Or the address of a journal in PostgreSQL, which may be in use: a URL, file:/path or env:NAME."`
	Record string `arg:"" help:"Which record, as 'sancun log' begins its line: height and place, 1234.5."`
	Cell   uint32 `default:"1" help:"Number of the cell the journal belongs to."`
	To     uint64 `help:"Height that the proof leads to, whose hash somebody else knows; the head when not given."`
	Out    string `short:"o" help:"File for the proof; the standard output when not given." type:"path"`
}

// Run writes an inclusion proof as JSON.
func (c *proveCmd) Run() (err error) {
	height, index, err := placeOf(c.Record)
	if err != nil {
		return err
	}
	store, err := node.OpenJournal(c.Dir, c.Cell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	proof, err := journal.Include(store.Read, height, index, c.To)
	if err != nil {
		return fmt.Errorf("record %s: %w", c.Record, err)
	}
	text, err := json.MarshalIndent(proof, "", " ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if c.Out == "" {
		_, err = os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(c.Out, text, 0o600)
}

// placeOf reads the height of a block and the place of a record in it.
func placeOf(text string) (height uint64, index int, err error) {
	before, after, found := strings.Cut(text, ".")
	height, errHeight := strconv.ParseUint(before, 10, 64)
	index, errIndex := strconv.Atoi(after)
	if !found || errHeight != nil || errIndex != nil || height == 0 || index < 0 {
		return 0, 0, fmt.Errorf("record %q: give the height and the place as 'sancun log' prints them, for example 1234.5", text)
	}
	return height, index, nil
}
