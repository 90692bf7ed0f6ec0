package bank

import "fmt"

// FileNotice names a file with what its receiver needs to check it.
type FileNotice struct {
	Name   string
	Size   uint64 // bytes of the whole file
	SHA256 []byte // of the whole file, 32 bytes
	Chunks uint32 // how many FileSend messages carry it; zero for an empty file
}

// FileReady says that a file lies ready at the sender and will be sent.
type FileReady struct {
	Envelope
	FileNotice
}

// FileSend carries one chunk of a file. The reply confirms that the chunk is
// kept; a chunk sent again is confirmed again.
type FileSend struct {
	Envelope
	FileNotice
	Index uint32 // of this chunk, from 1
	Data  []byte // at most Format.ChunkMax bytes
}

// FileFetch asks the other side to send a file, again or for the first time.
type FileFetch struct {
	Envelope
	Name string
}

// FilesDone says that all files of the business date have been sent.
type FilesDone struct {
	Envelope
	Count uint32 // number of files sent for the date
}

// Function returns FunctionFileReady.
func (*FileReady) Function() Function { return FunctionFileReady }

// Function returns FunctionFileSend.
func (*FileSend) Function() Function { return FunctionFileSend }

// Function returns FunctionFileFetch.
func (*FileFetch) Function() Function { return FunctionFileFetch }

// Function returns FunctionFilesDone.
func (*FilesDone) Function() Function { return FunctionFilesDone }

// Chunk returns the bytes of chunk index (from 1) of a file cut into chunks of
// at most size bytes, or an error when there is no such chunk.
func Chunk(file []byte, size int, index uint32) ([]byte, error) {
	from := (int(index) - 1) * size
	if index == 0 || size <= 0 || from >= len(file) {
		return nil, fmt.Errorf("chunk %d of a file of %d bytes: %w", index, len(file), ErrLength)
	}
	return file[from:min(from+size, len(file))], nil
}

// ChunkCount returns how many chunks of at most size bytes hold n bytes.
func ChunkCount(n, size int) uint32 { return uint32((n + size - 1) / size) }

func (f *FileNotice) slots() []slot {
	return []slot{
		textSlot("file_name", &f.Name),
		wholeSlot("file_size", &f.Size),
		rawSlot("file_sha256", &f.SHA256),
		wholeSlot("file_chunks", &f.Chunks),
	}
}

func (m *FileReady) slots() []slot { return join(m.Envelope.slots(), m.FileNotice.slots()) }

func (m *FileSend) slots() []slot {
	return join(m.Envelope.slots(), m.FileNotice.slots(), []slot{
		wholeSlot("chunk_index", &m.Index), rawSlot("chunk_data", &m.Data),
	})
}

func (m *FileFetch) slots() []slot {
	return append(m.Envelope.slots(), textSlot("file_name", &m.Name))
}

func (m *FilesDone) slots() []slot {
	return append(m.Envelope.slots(), wholeSlot("file_count", &m.Count))
}
