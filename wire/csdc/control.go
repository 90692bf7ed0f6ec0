package csdc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
)

// Control is the control total of one file.
type Control struct {
	Name   string // file name; the writer of the file fills it in
	Layout Layout
	Date   Date
	Absent bool  // no data, and by the rule of the layout no file; the rest is zero
	Rows   int64 // live records
	Sum    int64 // of the layout's sum column, in fen, units of a security, or 10^-5 of a yuan for trades
	Bytes  int64
	SHA256 [sha256.Size]byte
}

// ControlFile is the control file of a participant's day. It names every file
// of the day, so that one that is lost, cut, changed or foreign is found, and
// the previous day, so that a skipped day is found. It is ours: how the clearing
// house tells the end of a transmission is not public (assumption A5).
type ControlFile struct {
	Participant Participant
	Date        Date
	Previous    Date // trading day before; empty for the first day
	Files       []Control
}

const (
	controlMagic   = "CSDC-CTL"
	controlVersion = "1"
	controlEnd     = "END"
	controlAbsent  = "-"
)

// WriteControl writes c. It returns an error for a name or date that the format
// cannot hold.
func WriteControl(w io.Writer, c ControlFile) error {
	if err := c.check(); err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s|%s|%s|%s|%s|%s|%s|%d\n", controlMagic, controlVersion, c.Participant.Shanghai,
		c.Participant.Shenzhen, c.Participant.PBU, c.Date, c.Previous, len(c.Files))
	for _, f := range c.Files {
		hash := hex.EncodeToString(f.SHA256[:])
		if f.Absent {
			hash = controlAbsent
		}
		fmt.Fprintf(&out, "%s|%s|%d|%s|%d|%s\n", f.Name, f.Layout, f.Rows, figure(f.Sum, f.Layout.scanner().sumPlaces()), f.Bytes, hash)
	}
	digest := sha256.Sum256(out.Bytes())
	fmt.Fprintf(&out, "%s|%s\n", controlEnd, hex.EncodeToString(digest[:]))
	_, err := w.Write(out.Bytes())
	return err
}

func (c ControlFile) check() error {
	if err := c.Participant.check(); err != nil {
		return err
	}
	if err := c.Date.check(); err != nil {
		return err
	}
	if c.Previous != "" && (!c.Previous.Valid() || c.Previous >= c.Date) {
		return fmt.Errorf("previous day %q before %s: %w", c.Previous, c.Date, ErrDate)
	}
	names := map[string]bool{}
	for _, f := range c.Files {
		switch {
		case !f.Layout.Valid(), names[f.Name], f.Name == "", !clean(f.Name), strings.ContainsAny(f.Name, "|/\\"):
			return fmt.Errorf("file name %q of %s: %w", f.Name, f.Layout, ErrControl)
		case f.Date != c.Date:
			return fmt.Errorf("%s is of %q, control file of %s: %w", f.Name, f.Date, c.Date, ErrDay)
		case f.Rows < 0 || f.Bytes < 0, f.Absent && (f.Rows != 0 || f.Sum != 0 || f.Bytes != 0 || f.Layout.NoData() != NoFile):
			return fmt.Errorf("%s counts %d rows, %d bytes: %w", f.Name, f.Rows, f.Bytes, ErrControl)
		}
		names[f.Name] = true
	}
	return nil
}

// ReadControl reads a control file. It returns an error that wraps ErrControl
// for anything but the bytes that WriteControl wrote.
func ReadControl(r io.Reader) (ControlFile, error) {
	raw, err := io.ReadAll(io.LimitReader(r, controlBytesMax+1))
	if err != nil {
		return ControlFile{}, err
	}
	if len(raw) > controlBytesMax {
		return ControlFile{}, fmt.Errorf("over %d bytes: %w", controlBytesMax, ErrControl)
	}
	c, err := decodeControl(raw)
	if err != nil {
		return ControlFile{}, err
	}
	if err := c.check(); err != nil {
		return ControlFile{}, fmt.Errorf("%w: %w", ErrControl, err)
	}
	return c, nil
}

func decodeControl(raw []byte) (ControlFile, error) {
	// The last line holds the hash of all before it: check that first, and a cut
	// file never gets as far as its figures.
	end := bytes.LastIndex(raw, []byte("\n"+controlEnd+"|"))
	if end < 0 {
		return ControlFile{}, fmt.Errorf("no end line: %w", ErrControl)
	}
	body, digest := raw[:end+1], sha256.Sum256(raw[:end+1])
	if string(raw[end+1:]) != controlEnd+"|"+hex.EncodeToString(digest[:])+"\n" {
		return ControlFile{}, fmt.Errorf("hash of the end line differs: %w", ErrControl)
	}
	lines := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	head := strings.Split(lines[0], string(separator))
	if len(head) != 8 || head[0] != controlMagic || head[1] != controlVersion || head[7] != strconv.Itoa(len(lines)-1) {
		return ControlFile{}, fmt.Errorf("head line %q: %w", lines[0], ErrControl)
	}
	c := ControlFile{
		Participant: Participant{Shanghai: head[2], Shenzhen: head[3], PBU: head[4]},
		Date:        Date(head[5]), Previous: Date(head[6]),
	}
	for _, line := range lines[1:] {
		f, err := decodeControlLine(line)
		if err != nil {
			return ControlFile{}, fmt.Errorf("line %q: %w: %w", line, ErrControl, err)
		}
		f.Date = c.Date
		c.Files = append(c.Files, f)
	}
	return c, nil
}

func decodeControlLine(line string) (Control, error) {
	fields := strings.Split(line, string(separator))
	if len(fields) != 6 {
		return Control{}, ErrControl
	}
	f := Control{Name: fields[0]}
	for _, l := range Layouts() {
		if l.String() == fields[1] {
			f.Layout = l
		}
	}
	if !f.Layout.Valid() {
		return Control{}, ErrControl
	}
	var err error
	if f.Rows, err = strconv.ParseInt(fields[2], 10, 64); err != nil {
		return Control{}, ErrFigure
	}
	if f.Sum, err = parseFigure([]byte(fields[3]), f.Layout.scanner().sumPlaces()); err != nil {
		return Control{}, err
	}
	if f.Bytes, err = strconv.ParseInt(fields[4], 10, 64); err != nil {
		return Control{}, ErrFigure
	}
	if fields[5] == controlAbsent {
		f.Absent = true
		return f, nil
	}
	digest, err := hex.DecodeString(fields[5])
	if err != nil || len(digest) != sha256.Size {
		return Control{}, ErrFigure
	}
	copy(f.SHA256[:], digest)
	return f, nil
}

// meter counts and hashes the bytes of a file on their way.
type meter struct {
	digest hash.Hash
	bytes  int64
}

func newMeter() *meter { return &meter{digest: sha256.New()} }

func (m *meter) Write(p []byte) (int, error) {
	m.bytes += int64(len(p))
	return m.digest.Write(p)
}

func (m *meter) sum() (digest [sha256.Size]byte) {
	m.digest.Sum(digest[:0])
	return digest
}
