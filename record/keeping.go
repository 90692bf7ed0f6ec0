package record

// The numbers of the commands about what lies beside the journal: files, and the
// keys of personal data.
const (
	KindKeepFiles   Kind = 310
	KindEraseClient Kind = 311
)

// KeptFile is one file as it must lie in every centre.
type KeptFile struct {
	Name   string // below the centre's folder of files, with slashes, at most 160 bytes
	Bytes  uint64
	SHA256 [32]byte
}

func (f *KeptFile) walk(w *Codec) {
	w.Text(&f.Name)
	w.U64(&f.Bytes)
	w.Fixed(f.SHA256[:])
}

// KeepFiles enters files into the manifest, so that they belong to the same point
// of consistency as the records around it (rows B9, B59). The house says it before
// the record of a step that read or wrote them; at most 256 files a command. A name
// that is there already gets other content.
type KeepFiles struct{ Files []KeptFile }

// Kind returns KindKeepFiles.
func (*KeepFiles) Kind() Kind { return KindKeepFiles }

// Walk walks the fields.
func (c *KeepFiles) Walk(w *Codec) { walkRows(w, &c.Files, (*KeptFile).walk) }

// EraseClient destroys the data key of a client who has left: the client's personal
// data are gone from every block, backup and centre. Each centre carries it out on
// its own store of keys, again after every start. It needs two people.
type EraseClient struct {
	Client uint64
	Reason string // the rule or request it rests on
}

// Kind returns KindEraseClient.
func (*EraseClient) Kind() Kind { return KindEraseClient }

// Walk walks the fields.
func (c *EraseClient) Walk(w *Codec) {
	w.U64(&c.Client)
	w.Text(&c.Reason)
}

var keepingCommands = []func() Command{
	func() Command { return &KeepFiles{} },
	func() Command { return &EraseClient{} },
}
