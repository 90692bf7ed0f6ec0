package backup

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sancun/journal"
)

// Entry is a file as an inventory lists it.
type Entry struct {
	Name     string // path with slashes
	Size     int64
	Modified int64 // unix nanoseconds
	SHA256   journal.Hash
}

// inventoryHead is the first line of an inventory. The number is the format's.
const inventoryHead = "sancun-inventory 1\n"

// writeInventory writes one file a line.
func writeInventory(w io.Writer, all []Entry) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(inventoryHead) // Flush gives the error
	for i := range all {
		e := &all[i]
		_, _ = fmt.Fprintf(out, "%x %d %d %s\n", e.SHA256[:], e.Size, e.Modified, strconv.Quote(e.Name))
	}
	return out.Flush()
}

// readInventory reads what writeInventory wrote; the error says which line is wrong.
func readInventory(in io.Reader) ([]Entry, error) {
	lines := bufio.NewReader(io.LimitReader(in, inventoryBytesMax))
	head, err := lines.ReadString('\n')
	if err != nil || head != inventoryHead {
		return nil, fmt.Errorf("the inventory begins with %.40q", head)
	}
	var all []Entry
	for number := 2; ; number++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("line %d of the inventory: %w", number, err)
		}
		e, err := parseEntry(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d of the inventory: %w", number, err)
		}
		if len(all) == filesMax || len(all) > 0 && all[len(all)-1].Name >= e.Name {
			return nil, fmt.Errorf("line %d of the inventory is out of order, or over %d", number, filesMax)
		}
		all = append(all, e)
	}
}

func parseEntry(line string) (e Entry, err error) {
	words := strings.SplitN(line, " ", 4)
	if len(words) != 4 {
		return e, errors.New("want hash, size, time and name")
	}
	sum, hashErr := hex.DecodeString(words[0])
	size, sizeErr := strconv.ParseInt(words[1], 10, 64)
	modified, timeErr := strconv.ParseInt(words[2], 10, 64)
	name, nameErr := strconv.Unquote(words[3])
	if err := errors.Join(hashErr, sizeErr, timeErr, nameErr); err != nil {
		return e, err
	}
	if len(sum) != len(e.SHA256) || size < 0 || !goodName(name) || strconv.Quote(name) != words[3] {
		return e, errors.New("a figure or the name is impossible")
	}
	return Entry{Name: name, Size: size, Modified: modified, SHA256: journal.Hash(sum)}, nil
}

// goodName tells whether a name stays within the folder it is put into.
func goodName(name string) bool {
	return fs.ValidPath(name) && name != "." && len(name) <= nameMax && !strings.Contains(name, "\\")
}

// tarWriter adds files to a part.
type tarWriter struct{ out *tar.Writer }

// add copies a file of a known size and gives the hash of what was copied. A file
// that grows meanwhile is copied as far as it was; one that became shorter is an error.
func (t tarWriter) add(name string, size int64, modified time.Time, content io.Reader) (journal.Hash, error) {
	if !goodName(name) || size > fileBytesMax {
		return journal.Hash{}, fmt.Errorf("%q of %d bytes cannot be backed up; rename it", name, size)
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: modified.UTC().Truncate(time.Second), Format: tar.FormatPAX}
	if err := t.out.WriteHeader(h); err != nil {
		return journal.Hash{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(t.out, sum), io.LimitReader(content, size))
	if err == nil && n != size {
		err = fmt.Errorf("%s became shorter while it was copied; it is taken again next time", name)
	}
	return journal.Hash(sum.Sum(nil)), err
}

// eachFile reads a tar of files. The content is valid during the call only.
func eachFile(in io.Reader, visit func(name string, size int64, content io.Reader) error) error {
	r := tar.NewReader(in)
	for count := 0; ; count++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || !goodName(h.Name) || h.Size < 0 || h.Size > fileBytesMax || count >= filesMax {
			return fmt.Errorf("%q is no file that this program put there", h.Name)
		}
		if err := visit(h.Name, h.Size, r); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
	}
}

// walk lists the regular files below a folder, sorted by name. A folder that is
// not there has none.
func walk(folder fs.FS) ([]Entry, error) {
	if folder == nil {
		return nil, nil
	}
	var all []Entry
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the folder itself, or one that was removed meanwhile
		}
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(name, ".tmp") {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		all = append(all, Entry{Name: name, Size: info.Size(), Modified: info.ModTime().UnixNano()})
		if len(all) > filesMax {
			return fmt.Errorf("more than %d files; move closed years to another archive", filesMax)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}
