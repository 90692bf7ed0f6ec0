package bank

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	wire "sancun/wire/bank"
)

// OutFile is a file to send.
type OutFile struct {
	Name    string
	Content []byte
}

// fileBatch is a set of files of a date that belongs together.
type fileBatch struct {
	date  wire.Date
	files []OutFile
	fetch string // instead of files: ask the bank for this one
}

// exchange is our half of the file exchange. It belongs to the driver.
type exchange struct {
	queue  []parcel
	under  bool // the head of the queue is under way
	chunk  uint32
	said   time.Time
	tries  int
	sent   map[wire.Date]map[string]bool // names of a date, for the count at the end
	coming map[string]*incoming
}

// parcel is one step of the exchange: a file, the end of a batch, or a fetch.
type parcel struct {
	date    wire.Date
	info    FileInfo
	content []byte
	end     bool
	fetch   string
}

// incoming is a file of which chunks arrive.
type incoming struct {
	notice wire.FileNotice
	data   []byte
	next   uint32
}

func newExchange() exchange {
	return exchange{sent: map[wire.Date]map[string]bool{}, coming: map[string]*incoming{}}
}

// errRefused is what a bank that refuses a file has said.
var errRefused = errors.New("the bank refused it")

// fileTriesMax is how often a step of the exchange is said before it is given up.
const fileTriesMax = 5

// SendFiles keeps files of a date in the out folder and leaves them to be sent,
// with the end of the batch after them. It returns ErrFull, ErrName or the
// error of the disk; nothing is sent then.
func (g *Gateway) SendFiles(date wire.Date, files ...OutFile) error {
	for _, f := range files {
		if !fit(f.Name) || len(f.Content) > fileBytesMax {
			return fmt.Errorf("%q of %d bytes: %w", f.Name, len(f.Content), ErrName)
		}
	}
	return g.leaveBatch(fileBatch{date: date, files: files})
}

// FetchFile asks the bank to send a file, again or for the first time.
func (g *Gateway) FetchFile(date wire.Date, name string) error {
	if !fit(name) {
		return fmt.Errorf("%q: %w", name, ErrName)
	}
	return g.leaveBatch(fileBatch{date: date, fetch: name})
}

func (g *Gateway) leaveBatch(b fileBatch) error {
	g.door.Lock()
	defer g.door.Unlock()
	if g.o.Dir == "" {
		return fmt.Errorf("no folder for files: %w", ErrOptions)
	}
	if len(g.batches) >= g.o.Limits.Queue {
		return ErrFull
	}
	g.batches = append(g.batches, b)
	g.wake()
	return nil
}

func (g *Gateway) outStore() *store { return &store{g.o.FS, g.o.Dir + "/out"} }

func (g *Gateway) inStore() *store { return &store{g.o.FS, g.o.Dir + "/in"} }

// queueBatch keeps the files of a batch and queues them.
func (g *Gateway) queueBatch(b fileBatch) {
	x := &g.exchange
	if b.fetch != "" {
		x.queue = append(x.queue, parcel{date: b.date, fetch: b.fetch})
		return
	}
	for _, f := range b.files {
		info, err := g.outStore().keep(b.date, f.Name, f.Content)
		if err != nil {
			g.fileSent(FileInfo{Name: f.Name, Date: b.date}, err)
			return // a batch is sent as a whole or not at all
		}
		x.queue = append(x.queue, parcel{date: b.date, info: info, content: f.Content})
	}
	x.queue = append(x.queue, parcel{date: b.date, end: true})
}

func (g *Gateway) fileSent(info FileInfo, err error) {
	if err != nil {
		g.note("a file was not sent", slog.String("file", info.Name), slog.Any("error", err))
	}
	if g.o.Files != nil {
		g.o.Files.Sent(info, err)
	}
}

// dropExchange forgets what was under way on a lost line.
func (g *Gateway) dropExchange() { g.exchange.under = false }

func (g *Gateway) resumeFiles() {
	g.exchange.under = false
	g.pumpFiles()
}

// pumpFiles begins the head of the queue.
func (g *Gateway) pumpFiles() {
	x := &g.exchange
	if g.phase != phaseUp || x.under || len(x.queue) == 0 {
		return
	}
	x.under, x.chunk, x.tries = true, 0, 0
	g.sayParcel()
}

// sayParcel says the step under way, for the first time or again.
func (g *Gateway) sayParcel() {
	x := &g.exchange
	p := &x.queue[0]
	x.said = g.now
	x.tries++
	envelope := g.envelope()
	envelope.Date = p.date
	switch {
	case p.fetch != "":
		g.say(&wire.FileFetch{Envelope: envelope, Name: p.fetch})
	case p.end:
		g.say(&wire.FilesDone{Envelope: envelope, Count: uint32(len(x.sent[p.date]))})
	case x.chunk == 0:
		g.say(&wire.FileReady{Envelope: envelope, FileNotice: g.noticeOf(p)})
	default:
		data, err := wire.Chunk(p.content, g.codec.Format().ChunkMax, x.chunk)
		if err != nil {
			g.endParcel(err)
			return
		}
		g.say(&wire.FileSend{Envelope: envelope, FileNotice: g.noticeOf(p), Index: x.chunk, Data: data})
	}
}

func (g *Gateway) noticeOf(p *parcel) wire.FileNotice {
	return wire.FileNotice{
		Name: p.info.Name, Size: uint64(len(p.content)), SHA256: p.info.SHA256[:],
		Chunks: wire.ChunkCount(len(p.content), g.codec.Format().ChunkMax),
	}
}

// endParcel ends the step at the head of the queue. A file the bank does not take
// takes the rest of its batch with it: a batch without a file would be wrong.
func (g *Gateway) endParcel(err error) {
	x := &g.exchange
	p := x.queue[0]
	x.queue, x.under = x.queue[1:], false
	if p.fetch != "" {
		if err != nil {
			g.fileSent(FileInfo{Name: p.fetch, Date: p.date}, fmt.Errorf("fetch: %w", err))
		}
		g.pumpFiles()
		return
	}
	info := p.info
	info.Date = p.date
	g.fileSent(info, err)
	if err != nil && !p.end {
		for len(x.queue) > 0 {
			q := x.queue[0]
			x.queue = x.queue[1:]
			if q.end {
				g.fileSent(FileInfo{Date: q.date}, err)
				break
			}
		}
	}
	if err == nil && !p.end {
		if x.sent[p.date] == nil {
			x.sent[p.date] = map[string]bool{}
		}
		x.sent[p.date][info.Name] = true
	}
	g.pumpFiles()
}

// fileAnswered goes on after the bank's confirmation of the step under way.
func (g *Gateway) fileAnswered(m wire.Message) {
	x := &g.exchange
	if !x.under || len(x.queue) == 0 {
		g.counts.Stray++
		return
	}
	p := &x.queue[0]
	mine, chunks := false, g.noticeOf(p).Chunks
	switch m := m.(type) {
	case *wire.FileReady:
		mine = !p.end && p.fetch == "" && x.chunk == 0 && m.Name == p.info.Name
	case *wire.FileSend:
		mine = x.chunk > 0 && m.Index == x.chunk && m.Name == p.info.Name
	case *wire.FilesDone:
		mine = p.end
	case *wire.FileFetch:
		mine = p.fetch != "" && m.Name == p.fetch
	}
	switch {
	case !mine:
		g.counts.Stray++
	case m.Result().Final() != wire.Success:
		g.endParcel(fmt.Errorf("%w: %s %s", errRefused, m.Result().ErrorCode, m.Result().ErrorText))
	case p.end || p.fetch != "" || x.chunk >= chunks:
		g.endParcel(nil)
	default:
		x.chunk++
		x.tries = 0
		g.sayParcel()
	}
}

// expireFiles says a step again that was not confirmed: a chunk sent twice is
// confirmed twice.
func (g *Gateway) expireFiles() {
	x := &g.exchange
	if g.phase != phaseUp || !x.under || g.now.Sub(x.said) < g.o.Limits.AnswerWithin {
		return
	}
	if x.tries >= fileTriesMax {
		g.endParcel(ErrTimeout)
		return
	}
	g.sayParcel()
}

// takeFile handles the bank's half of the exchange.
func (g *Gateway) takeFile(m wire.Message) {
	if g.o.Dir == "" {
		g.respond(m, wire.NotProcessed, "文件服务尚未开通")
		return
	}
	var err error
	after := func() {}
	switch m := m.(type) {
	case *wire.FileReady:
		err = g.announced(m.Date, m.FileNotice)
	case *wire.FileSend:
		err = g.chunkCame(m)
	case *wire.FilesDone:
		after = func() {
			if g.o.Files != nil {
				g.o.Files.Complete(m.Date, m.Count)
			}
		}
	case *wire.FileFetch:
		var info FileInfo
		var content []byte
		if info, content, err = g.outStore().newest(m.Date, m.Name); err == nil {
			g.exchange.queue = append(g.exchange.queue, parcel{date: m.Date, info: info, content: content})
		}
	}
	if err != nil {
		g.note("a file of the bank was not taken", slog.Any("error", err))
		g.respond(m, wire.Refused, "文件不符，请重发")
		return
	}
	g.respond(m, wire.Success, "")
	after()
}

// errFile refuses a chunk or file that does not fit what was announced.
var errFile = errors.New("the file is not what was announced")

func (g *Gateway) announced(date wire.Date, n wire.FileNotice) error {
	if !fit(n.Name) || n.Size > fileBytesMax {
		return fmt.Errorf("%d bytes: %w", n.Size, ErrName)
	}
	g.exchange.coming[n.Name] = &incoming{notice: n, next: 1}
	if n.Chunks == 0 {
		return g.fileComplete(date, g.exchange.coming[n.Name])
	}
	return nil
}

func (g *Gateway) chunkCame(m *wire.FileSend) error {
	c := g.exchange.coming[m.Name]
	if c == nil || !bytes.Equal(c.notice.SHA256, m.SHA256) {
		if info, _, err := g.inStore().newest(m.Date, m.Name); err == nil && bytes.Equal(info.SHA256[:], m.SHA256) {
			return nil // complete already: confirmed again
		}
		if m.Index != 1 {
			return fmt.Errorf("chunk %d of a file not announced: %w", m.Index, errFile)
		}
		if err := g.announced(m.Date, m.FileNotice); err != nil {
			return err
		}
		c = g.exchange.coming[m.Name]
	}
	switch {
	case m.Index < c.next:
		return nil // sent again, confirmed again
	case m.Index > c.next || uint64(len(c.data)+len(m.Data)) > c.notice.Size:
		return fmt.Errorf("chunk %d, expected %d: %w", m.Index, c.next, errFile)
	}
	c.data = append(c.data, m.Data...)
	c.next++
	if m.Index == c.notice.Chunks {
		return g.fileComplete(m.Date, c)
	}
	return nil
}

// fileComplete checks and keeps a file whose last chunk has come. The bank is
// told only after the file is durable.
func (g *Gateway) fileComplete(date wire.Date, c *incoming) error {
	delete(g.exchange.coming, c.notice.Name)
	sum := sha256.Sum256(c.data)
	if uint64(len(c.data)) != c.notice.Size || !bytes.Equal(sum[:], c.notice.SHA256) {
		return fmt.Errorf("%d bytes of %d or another hash: %w", len(c.data), c.notice.Size, errFile)
	}
	info, err := g.inStore().keep(date, c.notice.Name, c.data)
	if err != nil {
		return err
	}
	g.counts.FilesTaken++
	if g.o.Files != nil {
		g.o.Files.Arrived(info)
	}
	return nil
}
