package node

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sancun/centre"
	"sancun/dr"
)

// Outlook is what a runner of plans judges readiness by and the state of a centre
// does not say: what lies around it. It holds no personal data.
type Outlook struct {
	Centre   string        `json:"centre"`
	Writes   bool          `json:"writes"`
	Version  string        `json:"version"`
	DiskFree uint64        `json:"disk_free"` // bytes, where the centre's folder lies
	DiskAll  uint64        `json:"disk_all"`
	KeyUntil time.Time     `json:"key_until"` // of the centre's certificate
	People   string        `json:"people"`    // SHA-256 of the people who may sign orders
	Lines    []OutlookLine `json:"lines"`
	Front    string        `json:"front,omitempty"` // rs2: the door passes on to the other centre; rs3: it answers itself; empty without a relay
	Parted   Parted        `json:"parted"`
	// LastDrill is when the last drill on a fork ended with equal roots, LastBackup
	// when the last archive was made; zero when there was none.
	LastDrill  time.Time `json:"last_drill"`
	LastBackup time.Time `json:"last_backup"`
}

// OutlookLine is the line to a counterparty.
type OutlookLine struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"` // LineBank or LineExchange
	State   string `json:"state"`
	Up      bool   `json:"up"`
	Path    string `json:"path,omitempty"`    // the access path in use; empty when it has one only
	Reports string `json:"reports,omitempty"` // of an exchange: the next report index of each partition
}

// The kinds of lines.
const (
	LineBank     = "bank"
	LineExchange = "exchange"
)

// Parted sums the journals that this centre kept when it went back to a common
// block: what it had answered and nobody else knows.
type Parted struct {
	Blocks  uint64 `json:"blocks"`
	Orphans uint64 `json:"orphans"`
	Listed  uint64 `json:"listed"`
	CashFen int64  `json:"cash_fen"`
}

// Outlook looks around this centre. Orphans are those of the last parting.
func (n *Node) Outlook() (o Outlook, err error) {
	o = Outlook{Centre: n.config.Centre.Name, Writes: n.Core.Writing(), Version: programVersion(), People: n.peer.peoplePrint(), Lines: n.outlookLines(), Front: n.front()}
	if n.peer.certificate.Leaf != nil {
		o.KeyUntil = n.peer.certificate.Leaf.NotAfter
	}
	if n.backups != nil {
		if last := n.backups.told().Last; last != nil {
			o.LastBackup = last.Made
		}
	}
	var room unix.Statfs_t
	if err := unix.Statfs(n.config.Centre.Dir, &room); err == nil {
		o.DiskFree, o.DiskAll = room.Bavail*uint64(room.Bsize), room.Blocks*uint64(room.Bsize)
	}
	if o.LastDrill, err = lastDrill(n.config.Centre.Dir); err != nil {
		return o, err
	}
	o.Parted, err = lastParting(n.config.Centre.Dir)
	return o, err
}

// lastDrill reads what drills left.
func lastDrill(dir string) (last time.Time, err error) {
	records, err := filepath.Glob(filepath.Join(dir, drillRecord, "*.json"))
	for _, name := range records {
		var proof DrillProof
		if err := readJSON(name, &proof); err != nil {
			return last, fmt.Errorf("%s: %w", name, err)
		}
		if proof.Equal && proof.Ended.After(last) {
			last = proof.Ended
		}
	}
	return last, err
}

// ReadPeople reads the file of people who may sign orders, for a runner of plans.
func ReadPeople(name string) ([]dr.Operator, error) { return readPeople(name) }

// Version is what the program was built from, as reports and evidence name it.
func Version() string { return programVersion() }

// programVersion is what the program was built from.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			version += " " + s.Value
		}
		if s.Key == "vcs.modified" && s.Value == "true" {
			version += " changed"
		}
	}
	return version
}

// peoplePrint is a fingerprint of the people who may sign orders here: both centres
// must have the same.
func (p *peer) peoplePrint() string {
	text, err := json.Marshal(p.people)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// outlookLines lists the lines of the gateways that are open.
func (n *Node) outlookLines() (all []OutlookLine) {
	n.gateways.RLock()
	defer n.gateways.RUnlock()
	for i := range n.config.Banks {
		c := &n.config.Banks[i]
		l := OutlookLine{Name: bankLine(c.Number), Kind: LineBank, State: "closed", Path: n.paths.now(bankLine(c.Number))}
		if s := n.banks[c.Number]; s != nil {
			h := s.bank().Health()
			l.State, l.Up = h.Phase, h.Up
		}
		all = append(all, l)
	}
	for i := range n.config.Exchanges {
		c := &n.config.Exchanges[i]
		l := OutlookLine{Name: c.Market, Kind: LineExchange, State: "closed", Path: n.paths.now(c.Market)}
		for of, gateway := range n.Exchanges {
			if of.String() != c.Market {
				continue
			}
			s := gateway.Status()
			l.State, l.Up = s.State.String(), s.State.String() == "ready"
			var parts []string
			for _, stream := range s.Streams {
				parts = append(parts, fmt.Sprintf("%v:%d", stream.Partition, stream.Next))
				l.Up = l.Up && !stream.Gap
			}
			l.Reports = strings.Join(parts, " ")
		}
		all = append(all, l)
	}
	return all
}

// lastParting reads the list of the newest journal that was kept.
func lastParting(dir string) (p Parted, err error) {
	lists, err := filepath.Glob(filepath.Join(dir, "journal.parted-*", centre.OrphanList))
	if err != nil || len(lists) == 0 {
		return p, err
	}
	newest, at := "", time.Time{}
	for _, name := range lists {
		if info, err := os.Stat(name); err == nil && !info.ModTime().Before(at) {
			newest, at = name, info.ModTime()
		}
	}
	file, err := os.Open(newest)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	defer file.Close() // read only
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, orphanLineMax)
	var first, last uint64
	for lines.Scan() {
		var o Orphan
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return p, fmt.Errorf("%s: %w", newest, err)
		}
		if first == 0 {
			first = o.Height
		}
		last = o.Height
		p.Orphans++
		p.CashFen += o.Cash
	}
	if p.Listed = p.Orphans; first > 0 {
		p.Blocks = last - first + 1
	}
	return p, lines.Err()
}

// orphanLineMax bounds one line of a list of orphans: a record with its fields as
// text and its command as it stood in the journal.
const orphanLineMax = 8 << 20

// Outlook asks a centre what lies around it.
func (c *Carrier) Outlook(ctx context.Context) (o Outlook, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/outlook", nil)
	if err != nil {
		return o, err
	}
	err = c.do(r, &o)
	return o, err
}
