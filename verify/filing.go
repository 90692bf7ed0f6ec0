package verify

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"sancun/record"
)

// Filings with the supervisor and comparisons with name lists (docs/flows/opening.md).
// These books say from the clients' rows alone which entries there have to be.

// Numbers of the tables looked at, and places in their rows, as docs/formats/state.md
// has them.
const (
	tableClients     = 4
	tableChecks      = 21
	tableComparisons = 31
	tableFilings     = 32
	tableFilingFiles = 33

	clientClosed = 7
	clientHeld   = 8
)

// clientSeen is what these books look at of a client's row.
type clientSeen struct {
	there bool
	state uint8
	filed bool
	about [49]byte // keyed hashes of document, name and mobile, and the kind of document
}

func clientOf(row []byte) (c clientSeen) {
	if len(row) < 98 {
		return c
	}
	c = clientSeen{there: true, state: row[9], filed: row[97] == 1}
	copy(c.about[:], row[32:80])
	c.about[48] = row[10]
	return c
}

// due is an entry that a record has to make.
type due struct {
	client uint32
	kind   uint8
}

// filings are these books.
type filings struct {
	view   record.View
	before map[uint32]clientSeen // clients that the record changed, as they were
	dues   map[due]int           // entries it made, less entries it has to make
	about  bool
	wrong  string

	reached uint32 // of the newest comparison
	newest  uint32 // its row + 1
}

func newFilings() filings {
	return filings{before: map[uint32]clientSeen{}, dues: map[due]int{}}
}

func (f *filings) begin(v record.View) {
	clear(f.before)
	clear(f.dues)
	f.view, f.about, f.wrong = v, false, ""
}

func (f *filings) say(format string, args ...any) {
	if f.about = true; f.wrong == "" {
		f.wrong = fmt.Sprintf(format, args...)
	}
}

// take sees an effect before the tables have it.
func (f *filings) take(t *tables, e record.Effect) {
	if e.Kind != record.EffectPut {
		return
	}
	switch e.Code {
	case tableClients:
		if _, seen := f.before[e.Row]; !seen {
			f.before[e.Row] = clientOf(t.row(tableClients, e.Row))
		}
	case tableFilings:
		f.entry(t, e)
	case tableFilingFiles:
		f.file(t, e)
	}
}

// entry checks a row of an entry: a new one begins unanswered; an answer comes once,
// to an entry that is in a file; a repetition comes once, of one that was refused.
func (f *filings) entry(t *tables, e record.Effect) {
	f.about = true
	le := binary.LittleEndian
	if len(e.Bytes) < 24 {
		f.say("entry %d has %d bytes", e.Row+1, len(e.Bytes))
		return
	}
	was, now := t.row(tableFilings, e.Row), e.Bytes
	if was == nil {
		of := le.Uint32(now[16:])
		if now[5] != 0 || le.Uint32(now[20:]) != 0 {
			f.say("entry %d is answered from its beginning", e.Row+1)
		}
		if of == 0 {
			f.dues[due{le.Uint32(now), now[4]}]++
		} else if first := t.row(tableFilings, of-1); first == nil || first[5] != 2 || le.Uint32(first[20:]) != e.Row+1 || !bytes.Equal(first[:5], now[:5]) {
			f.say("entry %d repeats entry %d, which was not refused or is repeated otherwise", e.Row+1, of)
		}
		return
	}
	if !bytes.Equal(was[:5], now[:5]) || !bytes.Equal(was[8:12], now[8:12]) || !bytes.Equal(was[16:20], now[16:20]) {
		f.say("entry %d is another one now", e.Row+1)
	}
	if was[5] != 0 && !bytes.Equal(was[5:8], now[5:8]) || was[5] == 0 && now[5] != 0 && e.Row >= filedRows(t) {
		f.say("entry %d is answered twice, or before it is in a file", e.Row+1)
	}
	if again := le.Uint32(was[20:]); again != 0 && again != le.Uint32(now[20:]) {
		f.say("entry %d is repeated twice", e.Row+1)
	}
}

// filedRows is how many entries are in files.
func filedRows(t *tables) uint32 {
	known := t.byNumber[tableFilingFiles]
	if known == nil || len(known.rows) == 0 {
		return 0
	}
	return binary.LittleEndian.Uint32(known.rows[len(known.rows)-known.width+4:]) + 1
}

// file checks that a new file begins where the one before ended, and that an old one
// keeps its entries.
func (f *filings) file(t *tables, e record.Effect) {
	f.about = true
	le := binary.LittleEndian
	if len(e.Bytes) < 8 {
		f.say("file %d has %d bytes", e.Row+1, len(e.Bytes))
		return
	}
	if was := t.row(tableFilingFiles, e.Row); was != nil {
		if !bytes.Equal(was[:12], e.Bytes[:12]) {
			f.say("file %d has other entries now", e.Row+1)
		}
		return
	}
	first, last := le.Uint32(e.Bytes), le.Uint32(e.Bytes[4:])
	var entries uint32
	if known := t.byNumber[tableFilings]; known != nil {
		entries = uint32(len(known.rows) / known.width)
	}
	if first != filedRows(t) || last < first || last >= entries {
		f.say("file %d has the entries %d to %d of %d, of which %d are in files", e.Row+1, first+1, last+1, entries, filedRows(t))
	}
}

// verdict says after a record whether it was about filings, and what is wrong: an
// entry that has to be there and is not, or one without its reason.
func (f *filings) verdict(t *tables) (about bool, wrong string) {
	for _, row := range slices.Sorted(maps.Keys(f.before)) {
		was := f.before[row]
		now := clientOf(t.row(tableClients, row))
		if was.filed && !now.filed {
			f.say("client of row %d is not filed any more", row)
		}
		if now.filed && !was.filed {
			f.dues[due{row, record.FilingOpening}]--
		} else if now.there && !now.filed && now.state != clientHeld && now.state != clientClosed {
			f.say("client of row %d may do business and is not filed", row)
		}
		if was.filed && was.about != now.about {
			f.dues[due{row, record.FilingChange}]--
		}
		if was.filed && was.state != clientClosed && now.state == clientClosed {
			f.dues[due{row, record.FilingClosing}]--
		}
	}
	least := due{client: ^uint32(0)} // the same journal always gets the same verdict
	for d, n := range f.dues {
		f.about = true
		if n != 0 && (d.client < least.client || d.client == least.client && d.kind < least.kind) {
			least = d
		}
	}
	if least.client != ^uint32(0) {
		f.say("client of row %d: entries of kind %d made less those due are %d", least.client, least.kind, f.dues[least])
	}
	return f.about, f.wrong
}

// compared says whether a record was a step of a comparison, and what is wrong: a
// step that leaves clients out, or a client who is on a list and was not held.
func (f *filings) compared(t *tables) (about bool, wrong string) {
	if f.view.Code != record.Accepted {
		return false, ""
	}
	known := t.byNumber[tableComparisons]
	if known == nil {
		return false, ""
	}
	newest := uint32(len(known.rows) / known.width)
	row := t.row(tableComparisons, newest-1)
	reached := binary.LittleEndian.Uint32(row[24:])
	if newest != f.newest {
		f.newest, f.reached = newest, reached
		if reached != 0 {
			return true, fmt.Sprintf("comparison %d begins at client %d", newest, reached)
		}
		return true, ""
	}
	if f.view.Kind != record.KindClientsCompared {
		if reached != f.reached {
			return true, fmt.Sprintf("comparison %d moves from %d to %d without a step", newest, f.reached, reached)
		}
		return false, ""
	}
	cmd, err := f.view.Cmd()
	if err != nil {
		return true, fmt.Sprintf("a step of comparison %d cannot be read: %v", newest, err)
	}
	step := cmd.(*record.ClientsCompared)
	if step.From != f.reached || step.Through != reached {
		return true, fmt.Sprintf("comparison %d: a step from %d to %d moves it from %d to %d", newest, step.From, step.Through, f.reached, reached)
	}
	f.reached = reached
	return true, f.met(t, step)
}

// met checks that the clients of a step who are on a list are held, unless two
// people have found that the entries are about somebody else.
func (f *filings) met(t *tables, step *record.ClientsCompared) string {
	at := map[uint64]uint32{}
	for row := step.From; row < step.Through; row++ {
		if client := t.row(tableClients, row); client != nil {
			at[binary.LittleEndian.Uint64(client)] = row
		}
	}
	for i := range step.Rows {
		d := &step.Rows[i]
		row, there := at[d.Client]
		if !there || len(d.Results) != 1 {
			return fmt.Sprintf("client %d is not one of the step", d.Client)
		}
		client := t.row(tableClients, row)
		now := clientOf(client)
		if d.Results[0].Outcome != record.CheckDisagreed || now.state == clientClosed || !bytes.Equal(client[32:48], d.ID[:]) || !bytes.Equal(client[48:64], d.Name[:]) {
			continue
		}
		if now.state != clientHeld && !clearedOf(t, client[32:48], d.Results[0].Entry[:]) {
			return fmt.Sprintf("client %d is on a list and may do business", d.Client)
		}
	}
	return ""
}

// clearedOf says whether the check of a document says that two people cleared these
// entries. It looks at every row: hits are rare.
func clearedOf(t *tables, id, entry []byte) bool {
	known := t.byNumber[tableChecks]
	if known == nil || bytes.Equal(entry, make([]byte, 16)) {
		return false
	}
	for at := 0; at < len(known.rows); at += known.width {
		if row := known.rows[at : at+known.width]; bytes.Equal(row[:16], id) {
			return bytes.Equal(row[156:172], entry)
		}
	}
	return false
}
