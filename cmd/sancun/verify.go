package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"sancun/node"
	"sancun/verify"
)

type verifyCmd struct {
	Dir   string `arg:"" optional:"" help:"Folder of a centre that is not running: it holds journal/. Or the address of a journal in PostgreSQL: a URL, file:/path or env:NAME. With --proof it may be left out."`
	Cell  uint32 `default:"1" help:"Number of the cell the journal belongs to."`
	Proof string `help:"Check the inclusion proof in this file, written by 'sancun prove', and if a folder is given that it is of that journal." type:"existingfile"`
	Head  string `help:"With --proof: the hash, known from elsewhere, of the block that the proof must lead to."`
	JSON  bool   `name:"json" help:"Print the verdict as JSON."`
}

// Run prints the verdict and fails unless every law holds.
func (c *verifyCmd) Run() error {
	switch {
	case c.Proof != "":
		return c.proof()
	case c.Dir == "":
		return errors.New("give the folder of a centre, or a proof with --proof FILE")
	}
	store, err := node.OpenJournal(c.Dir, c.Cell)
	if err != nil {
		return err
	}
	defer store.Close()
	head, err := store.Head()
	if err != nil {
		return err
	}
	bar := progress(head.Height, "verifying blocks", !c.JSON)
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
		err = fmt.Errorf("the journal is not sound%w", errVerdict)
	}
	return err
}

// proof prints what an inclusion proof comes to and fails unless it holds.
func (c *verifyCmd) proof() error {
	file, err := os.Open(c.Proof)
	if err != nil {
		return err
	}
	defer file.Close()
	verdict, err := verify.Proof(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Proof, err)
	}
	if c.Head != "" {
		verdict.Known(strings.ToLower(c.Head))
	}
	if c.Dir != "" {
		store, err := node.OpenJournal(c.Dir, c.Cell)
		if err == nil {
			err = errors.Join(verdict.Against(store), store.Close())
		}
		if err != nil {
			return err
		}
	}
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(struct {
			OK bool `json:"ok"`
			*verify.ProofVerdict
		}{verdict.OK(), verdict})
	} else {
		err = verdict.Print(os.Stdout)
	}
	if err == nil && !verdict.OK() {
		err = errVerdict
	}
	return err
}
