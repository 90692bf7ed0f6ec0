package runner

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"sancun/dr"
	"sancun/node"
	"sancun/plan"
	"sancun/replica"
)

// Config is a runner as its operators write it down.
type Config struct {
	// Cell of both centres.
	Cell uint32 `yaml:"cell"`
	// Dir is the runner's folder: control journal, what people said, observations.
	Dir string `yaml:"dir"`
	// People is the file of those who may sign; the same as at both centres.
	People string `yaml:"people"`
	// Certificate and Key are the runner's own; its pin stands at both centres under
	// peer.carriers.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	// Centres are the control doors.
	Centres []CentreConfig `yaml:"centres"`
	// Probes are the programs that plans run by name.
	Probes []ProbeConfig `yaml:"probes"`
	// Plans is the folder of the approved plans.
	Plans string `yaml:"plans"`
}

// CentreConfig is one control door.
type CentreConfig struct {
	Name    string `yaml:"name"`
	Control string `yaml:"control"` // host and port
	Pin     string `yaml:"pin"`     // of the centre's key, 64 hexadecimal digits
}

// ProbeConfig is a program that verifies the business, or tells somebody. It gets
// the values of the call as SANCUN_NAME variables; what it prints as "name=value"
// lines is found; any exit but 0 is a failure.
type ProbeConfig struct {
	Name    string   `yaml:"name"`
	Command []string `yaml:"command"`
}

const configBytesMax = 256 << 10

// ReadConfig reads a runner's configuration. Unknown keys are refused with their
// line. Relative paths begin at the folder of the file.
func ReadConfig(name string) (*Config, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return ParseConfig(name, text)
}

// ParseConfig reads a configuration from its text; its name is for messages and
// relative paths.
func ParseConfig(name string, text []byte) (*Config, error) {
	if len(text) > configBytesMax {
		return nil, fmt.Errorf("%s has %d bytes, at most %d", name, len(text), configBytesMax)
	}
	c := &Config{Cell: 1, Dir: "runner"}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range []*string{&c.Dir, &c.People, &c.Certificate, &c.Key, &c.Plans} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(name), *p)
		}
	}
	return c, c.check(name)
}

func (c *Config) check(name string) error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: %s", name, what))
		}
	}
	need(c.Cell != 0, "cell is missing")
	need(c.People != "", "people is missing; write the file of those who may sign")
	need(c.Certificate != "" && c.Key != "", "certificate and key are missing; sancun keys centre makes them")
	need(len(c.Centres) == 2, "centres are missing; write two, each with name, control and pin")
	for _, e := range c.Centres {
		need(plan.Centre.Takes(e.Name) == nil && e.Control != "", fmt.Sprintf("the centre %q needs a name, and control as host:port", e.Name))
		_, err := pinOf(e.Pin)
		need(err == nil, fmt.Sprintf("the pin of %s is not 64 hexadecimal digits", e.Name))
	}
	for _, p := range c.Probes {
		need(p.Name != "" && len(p.Command) > 0, fmt.Sprintf("the probe %q needs a name and a command", p.Name))
	}
	return errors.Join(errs...)
}

func pinOf(text string) (pin replica.Pin, err error) {
	raw, err := hex.DecodeString(text)
	if err == nil && len(raw) != len(pin) {
		err = fmt.Errorf("%d bytes", len(raw))
	}
	if err != nil {
		return pin, err
	}
	return replica.Pin(raw), nil
}

// World opens the carriers to both centres; close ends them.
func (c *Config) World() (w *World, closeAll func(), err error) {
	own, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("the runner's certificate: %w", err)
	}
	w = &World{Cell: c.Cell, Now: time.Now, Pause: pause, Probes: c.probe}
	var carriers []*node.Carrier
	for _, e := range c.Centres {
		pin, err := pinOf(e.Pin)
		if err != nil {
			return nil, nil, err
		}
		carrier := node.NewCarrier(e.Control, own, replica.Pins{e.Name: pin})
		carriers = append(carriers, carrier)
		w.Names, w.Centres = append(w.Names, e.Name), append(w.Centres, carrier)
	}
	for _, p := range c.Probes {
		w.Known = append(w.Known, p.Name)
	}
	slices.Sort(w.Known)
	return w, func() {
		for _, k := range carriers {
			k.Close()
		}
	}, nil
}

// Signatories reads the file of people.
func (c *Config) Signatories() ([]dr.Operator, error) { return node.ReadPeople(c.People) }

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
