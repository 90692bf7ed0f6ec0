package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sancun/identity"
	"sancun/node"
	"sancun/vault"
)

type keysCmd struct {
	Vault keysVaultCmd `cmd:"" help:"Make the key file of a vault: the master key of clients' personal data."`
	Bank  keysBankCmd  `cmd:"" help:"Make a file with the master keys shared with banks."`

	Centre      keysCentreCmd      `cmd:"" help:"Make the certificate by which two centres, or a carrier of orders, know each other."`
	Person      keysPersonCmd      `cmd:"" help:"Make the key by which a person signs orders to centres."`
	Backup      keysBackupCmd      `cmd:"" help:"Make the key by which a centre signs archives, or a prover its proofs."`
	Recipient   keysRecipientCmd   `cmd:"" help:"Make the identity of somebody who may open archives, on their own machine, and print its public key."`
	Certificate keysCertificateCmd `cmd:"" help:"Make a certificate of our own for the HTTP door, for drills."`
	Factor      keysFactorCmd      `cmd:"" help:"Make the file of a member of staff's second factor and print what a device reads."`
	Password    keysPasswordCmd    `cmd:"" help:"Read a password from the standard input and print its hash for the file of users."`
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
	err := make600(c.File, []byte(text.String()))
	if err == nil {
		fmt.Printf("%s made for %s; the banks need the same keys\n", c.File, strings.Join(c.Banks, ", "))
	}
	return err
}

type keysCertificateCmd struct {
	Certificate string   `arg:"" help:"The certificate to make." type:"path"`
	Key         string   `arg:"" help:"Its private key to make." type:"path"`
	Hosts       []string `arg:"" help:"Names and addresses it is for."`
}

// Run makes a certificate for development.
func (c *keysCertificateCmd) Run() error {
	certificate, key, err := node.SelfSigned(c.Hosts, time.Now(), rand.Reader)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{c.Certificate, certificate}, {c.Key, key}} {
		if err := make600(f.name, f.text); err != nil {
			return err
		}
	}
	fmt.Printf("%s made for %s; browsers and banks rightly refuse it: it is for drills\n", c.Certificate, strings.Join(c.Hosts, ", "))
	return nil
}

type keysFactorCmd struct {
	File string `arg:"" help:"The file to make; an existing one is refused." type:"path"`
	Name string `arg:"" help:"Name of the user, as a device shows it."`
}

// Run draws the secret of a second factor. The address goes to the standard output
// once, for the device of the person; the file is what factor_file names.
func (c *keysFactorCmd) Run() error {
	secret, err := vault.NewFactor(rand.Reader)
	if err != nil {
		return err
	}
	if err := make600(c.File, []byte(secret.Plain()+"\n")); err != nil {
		return err
	}
	fmt.Println(vault.FactorURL(secret, "Sancun", c.Name).Plain())
	return nil
}

type keysPasswordCmd struct{}

// passwordBytesMax bounds what is read as a password.
const passwordBytesMax = 1 << 10

// Run reads a password from the standard input and prints its hash for the file of
// users. The password is not an argument, because arguments can be seen.
func (c *keysPasswordCmd) Run(ctx context.Context) error {
	text, err := io.ReadAll(io.LimitReader(os.Stdin, passwordBytesMax))
	if err != nil {
		return err
	}
	password := strings.TrimRight(string(text), "\r\n")
	if verdict := identity.CheckPassword(password); !verdict.OK() {
		return fmt.Errorf("the password is refused: %s", verdict.English())
	}
	passwords, err := vault.NewPasswords(vault.DefaultPasswordCost, 1, rand.Reader)
	if err != nil {
		return err
	}
	hash, err := passwords.HashPassword(ctx, vault.NewSecret(password))
	if err == nil {
		fmt.Println(hash)
	}
	return err
}

// make600 makes a file that only its owner may read and never replaces one.
func make600(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; move it away first", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
