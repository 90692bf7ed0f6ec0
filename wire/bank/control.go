package bank

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"sancun/money"
)

// Control is the control totals of a day-end file. They travel in a side file
// of one line beside the file, so that the layouts of the banks stay untouched;
// that side file is our assumption, the sources show no totals.
type Control struct {
	File   string
	Rows   uint64
	Amount money.Amount // sum of the layout's control field, minor units, signed
	Bytes  uint64
	SHA256 [32]byte
}

const (
	controlSuffix = ".ctl"
	// controlBytesMax bounds a side file: five fields of known width.
	controlBytesMax = 256
)

// ControlName returns the name of the side file of a file.
func ControlName(file string) string { return file + controlSuffix }

// Line returns the side file: name, rows, amount in minor units, bytes and
// SHA-256, each followed by '|', then CR LF.
func (c *Control) Line() string {
	return fmt.Sprintf("%s|%d|%d|%d|%x|%s", c.File, c.Rows, int64(c.Amount), c.Bytes, c.SHA256, lineEnd)
}

// ParseControl reads a side file. It returns ErrLength for another number of
// fields and ErrEncoding for any spelling but that of Line.
func ParseControl(text []byte) (Control, error) {
	if len(text) > controlBytesMax {
		return Control{}, fmt.Errorf("control file of %d bytes: %w", len(text), ErrLength)
	}
	parts := strings.Split(strings.TrimSuffix(string(text), lineEnd), "|")
	if len(parts) != 6 {
		return Control{}, fmt.Errorf("control file of %d fields, not 5: %w", len(parts)-1, ErrLength)
	}
	c := Control{File: parts[0]}
	rows, errRows := strconv.ParseUint(parts[1], 10, 64)
	amount, errAmount := strconv.ParseInt(parts[2], 10, 64)
	size, errSize := strconv.ParseUint(parts[3], 10, 64)
	sum, errSum := hex.DecodeString(parts[4])
	if errRows != nil || errAmount != nil || errSize != nil || errSum != nil || len(sum) != len(c.SHA256) {
		return Control{}, fmt.Errorf("control file: %w", ErrEncoding)
	}
	c.Rows, c.Amount, c.Bytes, c.SHA256 = rows, money.Amount(amount), size, [32]byte(sum)
	if c.Line() != string(text) || !plain(c.File) {
		return Control{}, fmt.Errorf("control file: not the canonical spelling: %w", ErrEncoding)
	}
	return c, nil
}

// Check compares the totals of what was read with those the sender announced.
// It returns ErrControl with the first figure that differs, in the order that
// tells most: rows, amount, bytes, hash.
func (c *Control) Check(announced Control) error {
	switch {
	case c.File != announced.File:
		return fmt.Errorf("file %q, announced %q: %w", c.File, announced.File, ErrControl)
	case c.Rows != announced.Rows:
		return fmt.Errorf("%s has %d rows, announced %d: %w", c.File, c.Rows, announced.Rows, ErrControl)
	case c.Amount != announced.Amount:
		return fmt.Errorf("%s sums to %v, announced %v: %w", c.File, c.Amount, announced.Amount, ErrControl)
	case c.Bytes != announced.Bytes:
		return fmt.Errorf("%s has %d bytes, announced %d: %w", c.File, c.Bytes, announced.Bytes, ErrControl)
	case c.SHA256 != announced.SHA256:
		return fmt.Errorf("%s has SHA-256 %x, announced %x: %w", c.File, c.SHA256, announced.SHA256, ErrControl)
	}
	return nil
}
