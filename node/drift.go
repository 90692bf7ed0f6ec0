package node

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sancun/record"
	"sancun/replica"
)

// Face is what a centre shows the other one of its program and configuration, key by
// key (rows B31, B107). Secrets and the contents of files that hold some are shown as
// keyed hashes, under the key of the vault that both centres hold and no program
// outside them does.
type Face struct {
	Centre string            `json:"centre"`
	At     time.Time         `json:"at"`
	Keys   map[string]string `json:"keys"`
}

// Drift is a key that the two centres have differently.
type Drift struct {
	Key      string `json:"key"`
	Ours     string `json:"ours"`               // empty when it is missing here
	Theirs   string `json:"theirs"`             // empty when it is missing there
	Expected string `json:"expected,omitempty"` // why it may differ; empty when it must not
}

// DriftReport is the last comparison with the other centre.
type DriftReport struct {
	At       time.Time `json:"at"`                // of the last one that was made
	Compared int       `json:"compared"`          // keys
	Drifts   []Drift   `json:"drifts"`            // that must not differ
	Expected []Drift   `json:"expected"`          // that may
	Failure  string    `json:"failure,omitempty"` // why the last one could not be made
}

// driftBeat is how often the centres are compared: a difference shows within a minute
// also when one comparison fails.
const driftBeat = 15 * time.Second

// expected is one difference that is no drift: a key, or with a star at its end all
// that begin so.
type expected struct {
	Key    string
	Why    string
	From   string // since when it is expected
	Source string
}

// builtinExpected is what two centres have differently by their nature.
var builtinExpected = []expected{
	{"centre.name", "each centre has its own name", "2020-08-24", "two centres by construction"},
	{"centre.dir", "where it lies on its machine", "2020-08-24", "two centres by construction"},
	{"centre.journal.*", "each centre may keep its journal in its own store", "2020-08-24", "the engines of two centres may differ (issue 3)"},
	{"peer.*", "each centre knows the other one", "2020-08-24", "two centres by construction"},
	{"http.listen", "an address", "2020-08-24", "addresses belong to a site"},
	{"http.certificate*", "each door has its own certificate", "2020-08-24", "keys belong to a site"},
	{"http.key_file*", "each door has its own key", "2020-08-24", "keys belong to a site"},
	{"http.users", "where it lies on its machine; its content is compared", "2020-08-24", "paths belong to a machine"},
	{"health.listen", "an address", "2020-08-24", "addresses belong to a site"},
	{"vault.key_file", "where it lies on its machine; its content is compared", "2020-08-24", "paths belong to a machine"},
	{"clock.real", "when this process was told the time", "2020-08-24", "a drill's clock is set at its start"},
	{"books.*", "query tables are rebuilt from blocks in each centre", "2020-08-24", "derived data (row B60)"},
	{"banks.*.address*", "an access path of the site", "2020-08-24", "row B184"},
	{"exchanges.*.address*", "an access path of the site", "2020-08-24", "row B184"},
	{"clearing.inbox", "where it lies on its machine", "2020-08-24", "paths belong to a machine"},
	{"clearing.requests", "where it lies on its machine", "2020-08-24", "paths belong to a machine"},
	{"identity.url", "an access path of the site", "2020-08-24", "row B184"},
}

// drift compares this centre's face with the other's.
type drift struct {
	n *Node

	mu     sync.Mutex
	report DriftReport
}

// Drift is the last comparison of program and configuration with the other centre;
// false at a centre that is the only one.
func (n *Node) Drift() (DriftReport, bool) {
	if n.peer == nil {
		return DriftReport{}, false
	}
	d := n.peer.drift
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.report, true
}

// driftKeysMax bounds the keys that a centre's state names.
const driftKeysMax = 20

func (n *Node) driftKeys() (keys []string) {
	r, _ := n.Drift()
	for _, d := range r.Drifts[:min(len(r.Drifts), driftKeysMax)] {
		keys = append(keys, d.Key)
	}
	return keys
}

// run compares again and again.
func (d *drift) run(ctx context.Context) error {
	for {
		d.compare(ctx)
		if pause(ctx, driftBeat) != nil {
			return nil
		}
	}
}

// compare asks the other centre for its face.
func (d *drift) compare(ctx context.Context) {
	var theirs Face
	err := d.n.peer.caller.ask(ctx, "face", struct{}{}, &theirs)
	if ctx.Err() != nil {
		return
	}
	ours, own := d.n.face(ctx, struct{}{})
	d.mu.Lock()
	defer d.mu.Unlock()
	if err = errors.Join(err, own); err != nil {
		d.report.Failure = err.Error()
		return
	}
	before := len(d.report.Drifts)
	d.report = compareFaces(ours.Keys, theirs.Keys, expectedOf(d.n.config.Peer.Expected))
	d.report.At = d.n.clock.Now()
	if now := len(d.report.Drifts); now != before {
		for _, one := range d.report.Drifts {
			d.n.log.Warn("the two centres differ where they must not", slog.String("key", one.Key), slog.String("ours", one.Ours), slog.String("theirs", one.Theirs))
		}
	}
}

// expectedOf adds the configuration's own expected differences to the built-in ones.
func expectedOf(own []ExpectedConfig) []expected {
	all := slices.Clone(builtinExpected)
	for _, e := range own {
		all = append(all, expected{e.Key, e.Why, e.From, strings.Join(e.Approved, " and ")})
	}
	return all
}

// compareFaces finds what two faces have differently.
func compareFaces(ours, theirs map[string]string, may []expected) DriftReport {
	r := DriftReport{Drifts: []Drift{}, Expected: []Drift{}}
	keys := map[string]bool{}
	for key := range ours {
		keys[key] = true
	}
	for key := range theirs {
		keys[key] = true
	}
	r.Compared = len(keys)
	for key := range keys {
		if ours[key] == theirs[key] {
			continue
		}
		d := Drift{Key: key, Ours: ours[key], Theirs: theirs[key]}
		if i := slices.IndexFunc(may, func(e expected) bool { return keyMatches(e.Key, key) }); i >= 0 {
			d.Expected = may[i].Why
			r.Expected = append(r.Expected, d)
		} else {
			r.Drifts = append(r.Drifts, d)
		}
	}
	byKey := func(a, b Drift) int { return cmp.Compare(a.Key, b.Key) }
	slices.SortFunc(r.Drifts, byKey)
	slices.SortFunc(r.Expected, byKey)
	return r
}

// keyMatches says whether a key is meant by a pattern: a star in between is one part
// of it, a star at the end anything.
func keyMatches(pattern, key string) bool {
	head, star, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == key
	}
	if !strings.HasPrefix(key, head) {
		return false
	}
	rest := key[len(head):]
	if star == "" {
		return true
	}
	_, rest, _ = cutAt(rest, '.')
	return keyMatches(star, rest)
}

// cutAt cuts before the first of a byte.
func cutAt(s string, b byte) (before, from string, found bool) {
	if i := strings.IndexByte(s, b); i >= 0 {
		return s[:i], s[i:], true
	}
	return s, "", false
}

// face is this centre's.
func (n *Node) face(context.Context, struct{}) (Face, error) {
	f := Face{Centre: n.config.Centre.Name, At: n.clock.Now(), Keys: map[string]string{
		"program.commit": version(), "program.go": runtime.Version(), "program.platform": runtime.GOOS + "/" + runtime.GOARCH,
		"program.rules": strconv.Itoa(int(record.LogicVersion)), "program.replication": strconv.Itoa(replica.Version),
	}}
	sum, err := programSum()
	if err != nil {
		return f, err
	}
	f.Keys["program.file"] = sum
	n.flatten(f.Keys, "", reflect.ValueOf(n.config))
	return f, nil
}

// programSum is the hash of the running program's file.
var programSum = sync.OnceValues(func() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
})

// Secrets of a configuration: by type, and files by their keys.
var secretType = reflect.TypeFor[Secret]()

// fileKeys end the keys whose value names a file that is compared by its content.
var fileKeys = []string{"key_file", "certificate", "users", "people", "lists", "issues", "calendar"}

// flatten writes a configuration as keys and values.
func (n *Node) flatten(into map[string]string, at string, v reflect.Value) {
	switch {
	case v.Type() == secretType:
		into[at] = n.maskSecret(Secret(v.String()))
		return
	case v.Kind() == reflect.Struct && v.NumField() > 0 && v.Type().Field(0).IsExported() && v.Type().Field(0).Tag.Get("yaml") != "":
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if name != "" && name != "-" {
				n.flatten(into, strings.TrimPrefix(at+"."+name, "."), v.Field(i))
			}
		}
		return
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			n.flatten(into, at+"."+nameOf(v.Index(i), i), v.Index(i))
		}
		return
	}
	text := fmt.Sprint(v.Interface())
	into[at] = text
	if text != "" && slices.ContainsFunc(fileKeys, func(k string) bool { return strings.Contains(at, k) }) {
		into[at+"#content"] = n.maskFile(text)
	}
}

// nameOf names an element of a list by its own name or number, so that a list in
// another order is no drift.
func nameOf(v reflect.Value, i int) string {
	if v.Kind() == reflect.Struct {
		for _, field := range []string{"Name", "Number", "Market", "Code"} {
			if f := v.FieldByName(field); f.IsValid() && !f.IsZero() {
				return fmt.Sprint(f.Interface())
			}
		}
	}
	return strconv.Itoa(i)
}

// maskSecret shows a secret as its keyed hash, where it lies being a site's affair.
func (n *Node) maskSecret(s Secret) string {
	if s == "" {
		return ""
	}
	plain, err := s.Resolve()
	if err != nil {
		return "not readable"
	}
	return n.Vault.Mark("secret", []byte(plain.Plain()))
}

// maskFile shows the content of a file as its keyed hash.
func (n *Node) maskFile(name string) string {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "missing"
	}
	if err != nil {
		return "not readable"
	}
	return n.Vault.Mark("file", text)
}
