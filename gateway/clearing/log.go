package clearing

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"sancun/internal/durable"
)

// The log of a day is lines of text, each with the CRC-32C of what stands before
// it. Versions, requests and acceptances are remembered across a restart; the
// judgement of files is made anew.
//
//	V|unix ms|before|file|sha256|bytes|crc  a file came with this content; "before" is
//	                                        the look that did not find it, 0 if none
//	R|unix ms|file|crc                      it was asked for
//	A|unix ms|file=sha256;file=-;…|crc      this set was accepted, "-" is no data
const (
	lineVersion  = "V"
	lineRequest  = "R"
	lineAccepted = "A"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entry is one line.
type entry struct {
	kind  string
	at    time.Time
	prior time.Time // of a version: the look before; zero if there was none
	name  string
	hash  Hash
	bytes int64
	set   []Version // of an acceptance
}

func (e *entry) encode() string {
	text := e.kind + "|" + strconv.FormatInt(e.at.UnixMilli(), 10)
	switch e.kind {
	case lineVersion:
		before := int64(0)
		if !e.prior.IsZero() {
			before = e.prior.UnixMilli()
		}
		text += fmt.Sprintf("|%d|%s|%s|%d", before, e.name, e.hash, e.bytes)
	case lineRequest:
		text += "|" + e.name
	case lineAccepted:
		for i, v := range e.set {
			text += string("|;"[min(i, 1)]) + v.Name + "="
			if v.Absent {
				text += "-"
			} else {
				text += v.Hash.String()
			}
		}
	}
	return fmt.Sprintf("%s|%08x\n", text, crc32.Checksum([]byte(text), castagnoli))
}

// decodeEntry reads a line without its line end. It accepts only what encode writes.
func decodeEntry(line string) (entry, error) {
	bad := fmt.Errorf("line %.100q: %w", line, ErrArchive)
	cut := strings.LastIndexByte(line, '|')
	if cut < 0 || line[cut+1:] != fmt.Sprintf("%08x", crc32.Checksum([]byte(line[:cut]), castagnoli)) {
		return entry{}, bad
	}
	f := strings.Split(line[:cut], "|")
	if len(f) < 3 {
		return entry{}, bad
	}
	ms, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return entry{}, bad
	}
	e := entry{kind: f[0], at: time.UnixMilli(ms)}
	switch {
	case e.kind == lineVersion && len(f) == 6:
		err = e.decodeVersion(f[2:])
	case e.kind == lineRequest && len(f) == 3:
		e.name = f[2]
	case e.kind == lineAccepted && len(f) == 3:
		e.set, err = decodeSet(f[2])
	default:
		return entry{}, bad
	}
	if err != nil || e.encode() != line+"\n" {
		return entry{}, bad
	}
	return e, nil
}

func (e *entry) decodeVersion(f []string) error {
	before, err := strconv.ParseInt(f[0], 10, 64)
	if err != nil {
		return err
	}
	if before != 0 {
		e.prior = time.UnixMilli(before)
	}
	e.name = f[1]
	if e.hash, err = parseHash(f[2]); err != nil {
		return err
	}
	e.bytes, err = strconv.ParseInt(f[3], 10, 64)
	return err
}

func decodeSet(text string) ([]Version, error) {
	var out []Version
	for part := range strings.SplitSeq(text, ";") {
		name, hash, ok := strings.Cut(part, "=")
		if !ok || name == "" {
			return nil, ErrArchive
		}
		v := Version{Name: name, Absent: hash == "-"}
		if !v.Absent {
			var err error
			if v.Hash, err = parseHash(hash); err != nil {
				return nil, err
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// dayLog appends to the log of a day.
type dayLog struct {
	fsys durable.FS
	name string
	file durable.File
	size int64
}

// openLog reads the log of a day, or begins one, and cuts a torn last line off.
func openLog(fsys durable.FS, dir, name string) (*dayLog, []entry, error) {
	raw, err := durable.ReadFile(fsys, name, logBytesMax)
	mode := durable.ReadWrite
	if errors.Is(err, fs.ErrNotExist) {
		mode, err = durable.Create, nil
	}
	if err != nil {
		return nil, nil, err
	}
	entries, whole, err := decodeLog(string(raw))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	f, err := fsys.Open(name, mode)
	if err != nil {
		return nil, nil, err
	}
	l := &dayLog{fsys, name, f, int64(whole)}
	if err := errors.Join(f.Truncate(l.size), f.Sync(), fsys.SyncDir(dir)); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return l, entries, nil
}

// decodeLog returns the lines and how many bytes of them are whole. Only the
// last line may be torn, because each was synced before the next was written.
func decodeLog(raw string) ([]entry, int, error) {
	var entries []entry
	at := 0
	for at < len(raw) {
		line, _, ended := strings.Cut(raw[at:], "\n")
		e, err := decodeEntry(line)
		last := !ended || at+len(line)+1 == len(raw)
		switch {
		case (err != nil || !ended) && last && torn(raw[at:]):
			return entries, at, nil
		case err != nil || !ended:
			return nil, 0, fmt.Errorf("at byte %d: %w", at, err)
		}
		entries = append(entries, e)
		at += len(line) + 1
	}
	return entries, at, nil
}

// torn says whether a bad end can be one line that was being written. An end that
// begins with a whole line is two lines with damage between them; zeros behind it
// are a file that had grown before its bytes were written.
func torn(end string) bool {
	for i := range end {
		if _, err := decodeEntry(end[:i]); err == nil {
			return strings.Trim(end[i:], "\x00\n") == ""
		}
	}
	return true
}

// append makes a line durable.
func (l *dayLog) append(e entry) error {
	line := e.encode()
	if _, err := l.file.WriteAt([]byte(line), l.size); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	l.size += int64(len(line))
	return nil
}

func (l *dayLog) close() error { return l.file.Close() }
