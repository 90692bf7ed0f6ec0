package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sancun/vault"
)

type keysCmd struct {
	Vault keysVaultCmd `cmd:"" help:"Make the key file of a vault: the master key of clients' personal data."`
	Bank  keysBankCmd  `cmd:"" help:"Make a file with the master keys shared with banks."`
}

type keysVaultCmd struct {
	File string `arg:"" help:"The file to make; an existing one is refused." type:"path"`
}

// Run makes a key file.
func (c *keysVaultCmd) Run() error {
	if err := os.MkdirAll(filepath.Dir(c.File), 0o700); err != nil {
		return err
	}
	err := vault.CreateKeyFile(c.File, rand.Reader)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; a key file is never replaced, because what it sealed would be lost", c.File)
	}
	if err == nil {
		fmt.Printf("%s made; keep a copy where neither the journal nor the key store is\n", c.File)
	}
	return err
}

type keysBankCmd struct {
	File  string   `arg:"" help:"The file to make; an existing one is refused." type:"path"`
	Banks []string `arg:"" help:"Institution codes of the banks."`
}

// masterKeyBytes is the length of a bank's master key, SM4.
const masterKeyBytes = 16

// Run draws a master key for every bank. In earnest two people of both houses
// bring the parts of a key; this is for drills and tests.
func (c *keysBankCmd) Run() error {
	var text strings.Builder
	text.WriteString("# Master keys shared with banks: institution code = key. Nobody else may read this file.\n")
	for _, bank := range c.Banks {
		key := make([]byte, masterKeyBytes)
		if _, err := rand.Read(key); err != nil {
			return err
		}
		text.WriteString(bank + "=" + hex.EncodeToString(key) + "\n")
	}
	if err := os.MkdirAll(filepath.Dir(c.File), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; move it away first", c.File)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text.String())
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		fmt.Printf("%s made for %s; the banks need the same keys\n", c.File, strings.Join(c.Banks, ", "))
	}
	return err
}
