package custody

import (
	"bytes"
	"crypto/sha256"
	"path"
	"strings"

	"sancun/record"
	"sancun/state"
)

// KeptFile is a file that belongs to the state though it lies beside the journal: a
// settlement file, a statement, an attachment. A centre is complete at a height
// when every file of that height's table lies there with this content (row B59).
type KeptFile struct {
	Name     [FileNameMax]byte // below the folder of files, padded with zeros
	Bytes    uint64
	SHA256   [32]byte
	Height   uint64 // block that said so
	Since    int64  // its time, unix nanoseconds
	Versions uint32 // contents the name has had, from 1
}

const (
	// FileNameMax bounds a file's name: the longest is that of an archived content
	// of the clearing house, a hash below two folders.
	FileNameMax = 160
	// filesMax bounds the files of one command: the whole evening of a large broker
	// is a few hundred.
	filesMax = 256
	// fileBytesMax bounds a file: statements of a million clients are some GiB.
	fileBytesMax = 64 << 30
)

const keptFileWidth = 232

// Encode writes the row.
func (f *KeptFile) Encode(dst []byte) { w := state.Writing(dst); f.walk(&w) }

// Decode reads the row.
func (f *KeptFile) Decode(src []byte) { w := state.Reading(src); f.walk(&w) }

func (f *KeptFile) walk(w *state.Fields) {
	w.Bytes(f.Name[:])
	w.U64(&f.Bytes)
	w.Bytes(f.SHA256[:])
	w.U64(&f.Height)
	state.I64(w, &f.Since)
	w.U32(&f.Versions)
}

// Path is the name without its padding.
func (f *KeptFile) Path() string { return string(bytes.TrimRight(f.Name[:], "\x00")) }

// FileName says whether a name may stand in the manifest: it leads below the folder
// of files and nowhere else.
func FileName(name string) bool {
	return name != "" && len(name) <= FileNameMax && path.Clean(name) == name && !path.IsAbs(name) && name != "." && name != ".." &&
		!strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\x00\\")
}

func fileKey(name string) state.Key {
	sum := sha256.Sum256([]byte(name))
	return state.Key(sum[:16])
}

// keepFiles enters files into the manifest. Those that stand there as they are
// change nothing.
func (m *Machine) keepFiles(c *record.KeepFiles) record.Code {
	if m.caller.Class() != record.CallerSystem {
		return record.NotPermitted
	}
	if len(c.Files) == 0 || len(c.Files) > filesMax {
		return record.BadFile
	}
	for i := range c.Files {
		if f := &c.Files[i]; !FileName(f.Name) || f.Bytes > fileBytesMax {
			return record.BadFile
		}
	}
	for i := range c.Files {
		f := &c.Files[i]
		next := KeptFile{Bytes: f.Bytes, SHA256: f.SHA256, Height: m.height, Since: m.now, Versions: 1}
		copy(next.Name[:], f.Name)
		row, known := m.index.files.Find(fileKey(f.Name))
		if known {
			old := m.keptFiles.At(row)
			if old.Bytes == f.Bytes && old.SHA256 == f.SHA256 {
				continue
			}
			next.Versions = old.Versions + 1
		} else {
			row = m.keptFiles.Len()
		}
		put(m, m.keptFiles, row, next)
	}
	return record.Accepted
}

// KeptFiles returns the manifest, in the order in which the files came.
func (m *Machine) KeptFiles() []KeptFile { return m.KeptFilesFrom(0) }

// KeptFilesFrom returns the manifest from a row on.
func (m *Machine) KeptFilesFrom(row uint32) []KeptFile {
	var all []KeptFile
	for ; row < m.keptFiles.Len(); row++ {
		all = append(all, *m.keptFiles.At(row))
	}
	return all
}

// KeptFile returns the entry of a name.
func (m *Machine) KeptFile(name string) (KeptFile, bool) {
	row, ok := m.index.files.Find(fileKey(name))
	if !ok {
		return KeptFile{}, false
	}
	return *m.keptFiles.At(row), true
}

// FilesHeight is the block that changed the manifest last, 0 before the first.
func (m *Machine) FilesHeight() uint64 { return m.index.filesAt }
