package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"

	"sancun/node"
	"sancun/verify"
)

type verifyCmd struct {
	Dir  string `arg:"" help:"Folder of a centre: it holds journal/."`
	Cell uint32 `default:"1" help:"Number of the cell the journal belongs to."`
	JSON bool   `name:"json" help:"Print the verdict as JSON."`
}

// Run prints the verdict and fails unless every law holds.
func (c *verifyCmd) Run() error {
	store, err := node.OpenJournal(c.Dir, c.Cell)
	if err != nil {
		return err
	}
	defer store.Close()
	head, err := store.Head()
	if err != nil {
		return err
	}
	bar := progressbar.NewOptions64(int64(head.Height), progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription("verifying blocks"), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(!c.JSON))
	verdict, err := verify.Journal(store, func(height uint64) { _ = bar.Set64(int64(height)) })
	_ = bar.Finish()
	if err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(struct {
			OK bool `json:"ok"`
			*verify.Verdict
		}{verdict.OK(), verdict})
	} else {
		err = verdict.Print(os.Stdout)
	}
	if err == nil && !verdict.OK() {
		err = fmt.Errorf("the journal in %s is not sound%w", c.Dir, errVerdict)
	}
	return err
}
