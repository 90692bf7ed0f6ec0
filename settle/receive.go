package settle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// cleared is what the clearing house's files of the day say, in one form for both
// markets.
type cleared struct {
	files    []acceptedFile
	trades   []clearedTrade
	totals   []clearedTotal
	paid     []clearedTotal // nets of earlier days, settled today
	holdings []clearedHolding
	grants   []grant
	rows     uint64
}

// acceptedFile is a file of a source.
type acceptedFile struct {
	File
	source Received
}

// clearedTrade is one execution as the clearing house cleared it.
type clearedTrade struct {
	exec      [16]byte
	account   accountKey
	id        market.ID
	side      uint8
	file      uint8 // place in files
	line      int32
	quantity  money.Quantity // traded, without sign
	principal money.Amount   // positive is receivable
	levies    market.Fees    // positive is paid
	other     money.Amount   // charges that no levy of ours stands against, positive is received
	net       money.Amount
	unit      string
	cash      string
	currency  money.Currency
}

// clearedTotal is a total of one cash account.
type clearedTotal struct {
	market   market.Market
	cash     string
	currency money.Currency
	trade    uint32 // trade date
	net      money.Amount
	file     string
	line     int
}

// clearedHolding is what an account holds at the end of the day.
type clearedHolding struct {
	account accountKey
	id      market.ID
	units   money.Quantity
	file    string
	line    int
}

// grant is what a holding brought.
type grant struct {
	account accountKey
	id      market.ID
	event   string // the number, empty when the file has none
	cash    money.Amount
	units   money.Quantity
	file    string
	line    int
}

// clearingParts are the accepted files, which every later step works on.
func (r *run) clearingParts() ([]part, error) {
	files, err := r.accepted()
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, f := range files {
		parts = append(parts, part{f.Name, f.SHA256})
	}
	return parts, nil
}

// accepted lists the files of all sources by name. Every layout must have brought
// its file, unless by its rule no file means no data. A run asks its sources once:
// what comes in while it runs is for the next.
func (r *run) accepted() ([]acceptedFile, error) {
	if r.files != nil {
		return r.files, nil
	}
	var files []acceptedFile
	for _, source := range r.in.Clearing {
		list, err := source.Accepted()
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			files = append(files, acceptedFile{f, source})
		}
	}
	slices.SortFunc(files, func(a, b acceptedFile) int { return cmp.Compare(a.Name, b.Name) })
	for i := 1; i < len(files); i++ {
		if files[i].Name == files[i-1].Name {
			return nil, &FileError{File: files[i].Name, Err: fmt.Errorf("two sources have it: %w", ErrOptions)}
		}
	}
	for _, l := range csdc.Layouts() {
		name := r.fileName(l)
		if l.NoData() == csdc.EmptyTable && !slices.ContainsFunc(files, func(f acceptedFile) bool { return f.Name == name }) {
			return nil, &FileError{File: name, Err: ErrMissing}
		}
	}
	r.files = files
	return files, nil
}

func (r *run) fileName(l csdc.Layout) string {
	return l.FileName(r.o.Broker.Participant, csdc.Date(fmt.Sprintf("%08d", r.o.Date)))
}

// receive is step 2: every accepted file is read to its end and must be what was
// accepted. Its rows are those of all files.
func (r *run) receive(bool) (uint64, error) {
	c, err := r.clearingFiles()
	if err != nil {
		return 0, err
	}
	return c.rows, nil
}

// clearingFiles reads the files when they are first asked for.
func (r *run) clearingFiles() (*cleared, error) {
	if r.cleared != nil {
		return r.cleared, nil
	}
	files, err := r.accepted()
	if err != nil {
		return nil, err
	}
	c := &cleared{files: files}
	for i, f := range files {
		for _, l := range csdc.Layouts() {
			if f.Name != r.fileName(l) {
				continue
			}
			if err := c.read(uint8(i), l); err != nil {
				return nil, &FileError{File: f.Name, Err: err}
			}
		}
	}
	r.cleared = c
	return c, nil
}

// read reads one file and holds its bytes against the accepted hash.
func (c *cleared) read(file uint8, l csdc.Layout) error {
	f := &c.files[file]
	content, err := fs.ReadFile(f.source, f.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	case err != nil:
		return err
	case sha256.Sum256(content) != f.SHA256:
		return fmt.Errorf("the bytes are not those that were accepted: %w", ErrDamaged)
	}
	line := 0
	row := func() int { line++; return line }
	err = c.readRows(bytes.NewReader(content), l, file, row)
	c.rows += uint64(line)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func (c *cleared) readRows(content io.Reader, l csdc.Layout, file uint8, row func() int) error {
	name := c.files[file].Name
	switch l {
	case csdc.LayoutGH:
		return csdc.ReadGH(content, func(csdc.GH) error { row(); return nil })
	case csdc.LayoutJsmx:
		return csdc.ReadJsmx(content, func(x csdc.Jsmx) error { return c.shanghai(&x, file, row()) })
	case csdc.LayoutZqbd:
		return csdc.ReadZqbd(content, func(x csdc.Zqbd) error { return c.changed(&x, name, row()) })
	case csdc.LayoutZjhz:
		return csdc.ReadZjhz(content, func(x csdc.Zjhz) error { return c.shanghaiTotal(&x, name, row()) })
	case csdc.LayoutZqye:
		return csdc.ReadZqye(content, func(x csdc.Zqye) error {
			return c.holding(market.Shanghai, x.Account, x.Security, x.Holding, name, row())
		})
	case csdc.LayoutSJSMX1:
		return csdc.ReadSJSMX1(content, func(x csdc.SJSMX1) error { return c.shenzhen(&x.SZDetail, file, row()) })
	case csdc.LayoutSJSJG:
		return csdc.ReadSJSJG(content, func(x csdc.SJSJG) error { return c.result(&x, name, row()) })
	case csdc.LayoutSJSQS:
		return csdc.ReadSJSQS(content, func(x csdc.SJSQS) error { return c.shenzhenTotal(&x, name, row()) })
	case csdc.LayoutSJSDZ:
		return csdc.ReadSJSDZ(content, func(x csdc.SJSDZ) error {
			return c.holding(market.Shenzhen, x.Account, x.Security, x.Holding, name, row())
		})
	}
	return fmt.Errorf("layout %s is not available yet", l)
}
