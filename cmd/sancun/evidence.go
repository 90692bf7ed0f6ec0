package main

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"sancun/dr"
	"sancun/evidence"
	"sancun/node"
)

type evidenceCmd struct {
	Pack   evidencePackCmd   `cmd:"" help:"Pack a folder of samples, logs and reports into one signed file."`
	Verify evidenceVerifyCmd `cmd:"" help:"Prove a bundle offline: signature, every file, and every figure from its sample."`
	Report evidenceReportCmd `cmd:"" help:"Print a report of the figures of proven bundles."`
}

type evidencePackCmd struct {
	Folder  string `arg:"" help:"The folder to pack." type:"existingdir"`
	File    string `arg:"" help:"The bundle to make; an existing one is refused." type:"path"`
	Subject string `help:"What it is evidence of, such as 'drill 2023-08-26'." required:""`
	Kind    string `help:"drill, switch or suite." enum:"drill,switch,suite" default:"drill"`
	Key     string `help:"The signer's key, as sancun keys person makes it." required:"" type:"existingfile"`
	Signer  string `help:"Name of the signer in the file of people." required:""`
	Figures string `help:"JSON list of figures: name, unit, file, column, where, is, rule; values are computed." type:"existingfile"`
}

// Run packs a folder.
func (c *evidencePackCmd) Run() (err error) {
	key, err := node.ReadPersonKey(c.Key)
	if err != nil {
		return err
	}
	var figures []evidence.Figure
	if c.Figures != "" {
		text, err := os.ReadFile(c.Figures)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &figures); err != nil {
			return fmt.Errorf("%s: %w", c.Figures, err)
		}
	}
	out, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	m, err := evidence.Pack(out, os.DirFS(c.Folder), evidence.About{
		Subject: c.Subject, Kind: c.Kind, Made: time.Now().UTC().Truncate(time.Second), Program: node.Version(), Signer: c.Signer,
		Machine: fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
	}, figures, key)
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File)) // what is not whole is no evidence
	}
	fmt.Printf("%s: %d files and %d figures, signed by %s\n", c.File, len(m.Files), len(m.Figures), m.Signer)
	return nil
}

type evidenceVerifyCmd struct {
	File   string `arg:"" help:"The bundle." type:"existingfile"`
	People string `help:"The file of people, with their public keys; people.yaml beside the bundle when left out." type:"path"`
	JSON   bool   `help:"Print the manifest as JSON."`
}

// Run proves a bundle.
func (c *evidenceVerifyCmd) Run() error {
	m, err := proven(c.File, c.People)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m)
	}
	fmt.Printf("%s\n%s, made %s by version %s on %s\nsigned by %s; %d files are as packed, %d figures follow from their samples\n\n",
		m.Subject, m.Kind, m.Made.Format(time.RFC3339), m.Program, m.Machine, m.Signer, len(m.Files), len(m.Figures))
	for _, f := range m.Figures {
		fmt.Printf("%-48s %16d %-8s %s\n", f.Name, f.Value, f.Unit, f.File)
	}
	return nil
}

// signerAmong looks people up by name. Whether their time has ended does not matter
// here: it had not when they signed.
func signerAmong(people []dr.Operator) evidence.Signer {
	return func(name string) (ed25519.PublicKey, bool) {
		for i := range people {
			if people[i].Name == name {
				return people[i].Key, true
			}
		}
		return nil, false
	}
}

// proven reads a bundle and proves it by the keys of a file of people.
func proven(file, people string) (*evidence.Manifest, error) {
	if people == "" {
		people = filepath.Join(filepath.Dir(file), "people.yaml")
	}
	known, err := node.ReadPeople(people)
	if err != nil {
		return nil, fmt.Errorf("the file of people says whose signature counts: %w", err)
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	m, err := evidence.Verify(in, info.Size(), signerAmong(known))
	if err != nil {
		return nil, fmt.Errorf("%s proves nothing: %w", file, err)
	}
	return m, nil
}
