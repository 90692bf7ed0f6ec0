package node

import (
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"sancun/dr"
	"sancun/replica"
)

// PeerConfig is the other centre.
type PeerConfig struct {
	// Name of the other centre. Without it this centre is the only one.
	Name string `yaml:"name"`
	// What this centre is when its folder is new: primary, or standby, which copies the other one. Later its role stands in the folder.
	Start string `yaml:"start"`
	// Host and port where this centre serves its blocks to the other.
	Listen Address `yaml:"listen"`
	// Host and port where the other centre serves its own.
	Address Address `yaml:"address"`
	// Host and port where this centre takes orders of two people and tells its state.
	Control Address `yaml:"control"`
	// This centre's certificate as PEM; `sancun keys centre` makes one.
	Certificate string `yaml:"certificate"`
	// Its private key as PEM, mode 600.
	KeyFile string `yaml:"key_file"`
	// Pin of the other centre's key, 64 hexadecimal digits as `sancun keys centre` prints them there.
	Pin string `yaml:"pin"`
	// Programs that may carry orders and read the state.
	Carriers []CarrierConfig `yaml:"carriers"`
	// File of the people who may sign orders: names, staff numbers, keys, duties and terms.
	People string `yaml:"people"`
	// Bounds of the line by time of day; outside them it is not bounded.
	Bandwidth []BandwidthConfig `yaml:"bandwidth"`
	// Address of the other centre's HTTP door, told to callers who bring business here while this centre copies.
	Door string `yaml:"door"`
	// Differences between the two configurations that are expected, beside those that two centres have by their nature.
	Expected []ExpectedConfig `yaml:"expected"`
	// Other databases and stores of the house, by class of data.
	Data []DataConfig `yaml:"data"`
}

// ExpectedConfig is a difference between the two configurations that is expected.
type ExpectedConfig struct {
	// Key of the configuration; a star stands for one part of it, or for the rest.
	Key string `yaml:"key"`
	// Why it differs.
	Why string `yaml:"why"`
	// Since this date, as 2026-03-01.
	From string `yaml:"from"`
	// The two people who approved it.
	Approved []string `yaml:"approved"`
}

// DataConfig is a database or store and its class of data.
type DataConfig struct {
	// Its name.
	Name string `yaml:"name"`
	// database is replicated by PostgreSQL, files by content, recompute is worked out in each centre.
	Class string `yaml:"class"`
	// In force since this date, as 2026-03-01.
	From string `yaml:"from"`
	// The two people who approved it.
	Approved []string `yaml:"approved"`
	// Address of its PostgreSQL server in this centre, to watch the lag; empty when it is not watched.
	DSN Secret `yaml:"dsn"`
	// Lag beyond which it counts as late.
	LagMax Duration `yaml:"lag_max"`
}

// approvedBy says whether two different people have approved something on a date.
func approvedBy(people []string, from string) bool {
	_, err := time.Parse(time.DateOnly, from)
	return err == nil && len(people) == 2 && people[0] != "" && people[1] != "" && people[0] != people[1]
}

// CarrierConfig is a program that may carry orders and read the state.
type CarrierConfig struct {
	// Name of the program, for the log.
	Name string `yaml:"name"`
	// Pin of its key, 64 hexadecimal digits.
	Pin string `yaml:"pin"`
}

// BandwidthConfig bounds the line between the centres during part of the day.
type BandwidthConfig struct {
	// From this time of day.
	From TimeOfDay `yaml:"from"`
	// Until this one.
	Until TimeOfDay `yaml:"until"`
	// Kilobits a second, 1 or more.
	KilobitsPerSecond int64 `yaml:"kilobits_per_second"`
}

// pinOf reads a pin from its digits.
func pinOf(text string) (pin replica.Pin, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(pin) {
		return pin, fmt.Errorf("%q is no pin; write %d hexadecimal digits", text, 2*len(pin))
	}
	return replica.Pin(raw), nil
}

// signatory is one person of the file of people.
type signatory struct {
	Name   string    `yaml:"name"`
	Staff  uint64    `yaml:"staff"`
	Key    string    `yaml:"key"` // public, 64 hexadecimal digits
	Duties []dr.Duty `yaml:"duties"`
	From   time.Time `yaml:"from"`
	Until  time.Time `yaml:"until"`
}

// readPeople reads the file of people who may sign orders.
func readPeople(name string) ([]dr.Operator, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var file struct {
		People []signatory `yaml:"people"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var all []dr.Operator
	for i, p := range file.People {
		key, err := hex.DecodeString(p.Key)
		if err != nil || len(key) != 32 {
			return nil, fmt.Errorf("%s: person %d, %s: the key is not 64 hexadecimal digits", name, i+1, p.Name)
		}
		if p.Name == "" || p.Staff == 0 || slices.ContainsFunc(all, func(o dr.Operator) bool { return o.Name == p.Name || o.Staff == p.Staff }) {
			return nil, fmt.Errorf("%s: person %d needs a name and a staff number of their own", name, i+1)
		}
		all = append(all, dr.Operator{Name: p.Name, Staff: p.Staff, Key: key, Duties: p.Duties, From: p.From, Until: p.Until})
	}
	return all, nil
}

// load reads the certificate and everybody's pins.
func (c *PeerConfig) load(own string) (cert tls.Certificate, pins, carriers replica.Pins, err error) {
	if cert, err = tls.LoadX509KeyPair(c.Certificate, c.KeyFile); err != nil {
		return cert, nil, nil, fmt.Errorf("certificate of this centre: %w", err)
	}
	peer, err := pinOf(c.Pin)
	if err != nil {
		return cert, nil, nil, fmt.Errorf("pin of %s: %w", c.Name, err)
	}
	pins, carriers = replica.Pins{c.Name: peer, own: replica.PinOf(cert.Leaf)}, replica.Pins{c.Name: peer}
	for _, by := range c.Carriers {
		if carriers[by.Name], err = pinOf(by.Pin); err != nil {
			return cert, nil, nil, fmt.Errorf("pin of %s: %w", by.Name, err)
		}
	}
	return cert, pins, carriers, nil
}

// bandwidth makes the cap of the line, nil without windows.
func (c *PeerConfig) bandwidth(where *time.Location, now func() time.Time) (*replica.Cap, error) {
	if len(c.Bandwidth) == 0 {
		return nil, nil
	}
	var windows []replica.CapWindow
	for _, b := range c.Bandwidth {
		windows = append(windows, replica.CapWindow{From: int(b.From) / 60_000, Until: int(b.Until) / 60_000, BitsPerSec: 1000 * b.KilobitsPerSecond})
	}
	return replica.NewCap(windows, where, now, time.Sleep)
}

func (k *checker) peer(c *PeerConfig, own string) {
	if c.Name == "" {
		k.need(c.Start == "" && c.Listen == "" && c.Address == "" && c.Control == "" && c.Pin == "" && c.People == "", "peer.name", "is missing; write the name of the other centre, or leave the section out")
		return
	}
	k.need(centreName.MatchString(c.Name) && len(c.Name) <= 16 && len(own) <= 16, "peer.name", "%q and %q are no names of two centres; write 1 to 16 letters, digits and dashes for each", c.Name, own)
	k.need(c.Name != own, "peer.name", "is this centre's own name")
	k.need(c.Start == "primary" || c.Start == "standby", "peer.start", "%q is neither primary nor standby", c.Start)
	for key, a := range map[string]Address{"peer.listen": c.Listen, "peer.address": c.Address, "peer.control": c.Control} {
		k.need(a != "", key, "is missing; write host:port")
	}
	k.need(c.Certificate != "", "peer.certificate", "is missing; sancun keys centre makes one")
	k.file("peer.key_file", c.KeyFile, true)
	_, err := pinOf(c.Pin)
	k.need(err == nil, "peer.pin", "%v", err)
	for i, by := range c.Carriers {
		_, err := pinOf(by.Pin)
		k.need(by.Name != "" && err == nil, fmt.Sprintf("peer.carriers[%d]", i), "needs a name, and a pin of 64 hexadecimal digits")
	}
	k.need(c.People != "", "peer.people", "is missing; without people who may sign orders nobody can switch over")
	for i, e := range c.Expected {
		k.need(e.Key != "" && e.Why != "" && approvedBy(e.Approved, e.From), fmt.Sprintf("peer.expected[%d]", i), "needs a key, a reason, a date and two different people who approved it")
	}
	for i, d := range c.Data {
		_, known := dataMethods[d.Class]
		k.need(d.Name != "" && known && d.Class != "core" && approvedBy(d.Approved, d.From), fmt.Sprintf("peer.data[%d]", i), "needs a name, a class (database, files or recompute), a date and two different people who approved it")
	}
	for i, b := range c.Bandwidth {
		k.need(b.From < b.Until && b.KilobitsPerSecond >= 1, fmt.Sprintf("peer.bandwidth[%d]", i), "needs times in their order and at least 1 kilobit a second")
	}
}
