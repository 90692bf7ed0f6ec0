package bank

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	wire "sancun/wire/bank"
)

// fileBytesMax bounds one file on the line: a million rows of the widest layout
// are under 600 MB, and a simulated bank holds far fewer.
const fileBytesMax = 256 << 20

// File is a file that came or went, with its version.
type File struct {
	Name    string
	Date    wire.Date
	Version int // from 1
	Content []byte
}

// files is the bank's half of the file exchange.
type files struct {
	coming   map[string]*coming // by name
	received map[string][]File  // versions of what came
	sent     map[string][]File  // versions of what the bank wrote, by name
	queue    []outgoing
	started  bool // the head of the queue is under way
	chunk    uint32
	rejected []string // why files of the broker were not applied
	taken    map[wire.Date]map[string]bool
}

// coming is a file of which chunks arrive.
type coming struct {
	notice wire.FileNotice
	data   []byte
	next   uint32
}

// outgoing is a file to send, or the end of a batch.
type outgoing struct {
	name    string
	content []byte
	done    uint32 // when name is empty: how many files the batch had
}

func newFiles() files {
	return files{
		coming: map[string]*coming{}, received: map[string][]File{}, sent: map[string][]File{}, taken: map[wire.Date]map[string]bool{},
	}
}

// takeFile handles the broker's half of the exchange.
func (b *Bank) takeFile(s *session, m wire.Message) {
	if f := b.command(m.Function()); f == FaultSilent {
		return
	} else if f == FaultRefuse {
		s.say(b.reply(m, wire.Refused, "文件服务暂停"))
		return
	}
	why, after := "", func() {}
	switch m := m.(type) {
	case *wire.FileReady:
		why = b.announce(m.Date, m.FileNotice)
	case *wire.FileSend:
		why = b.chunk(m)
	case *wire.FileFetch:
		why = b.fetch(m.Name)
		after = b.pump
	case *wire.FilesDone:
		why, after = b.filesDone(m)
	}
	status := wire.Success
	if why != "" {
		status = wire.Refused
	}
	s.say(b.reply(m, status, why))
	after()
}

func (b *Bank) announce(date wire.Date, n wire.FileNotice) string {
	if n.Size > fileBytesMax || n.Name == "" {
		return "文件过大或无名"
	}
	b.files.coming[n.Name] = &coming{notice: n, next: 1}
	if n.Chunks == 0 {
		return b.complete(date, b.files.coming[n.Name])
	}
	return ""
}

func (b *Bank) chunk(m *wire.FileSend) string {
	c := b.files.coming[m.Name]
	if c == nil || !bytes.Equal(c.notice.SHA256, m.SHA256) {
		if m.Index != 1 {
			return b.confirmOld(m)
		}
		if why := b.announce(m.Date, m.FileNotice); why != "" {
			return why
		}
		c = b.files.coming[m.Name]
	}
	switch {
	case m.Index < c.next:
		return "" // sent again, confirmed again
	case m.Index > c.next, uint64(len(c.data)+len(m.Data)) > c.notice.Size:
		return "文件分片次序或长度不符"
	}
	c.data = append(c.data, m.Data...)
	c.next++
	if m.Index == c.notice.Chunks {
		return b.complete(m.Date, c)
	}
	return ""
}

// confirmOld confirms a chunk of a file that is complete already.
func (b *Bank) confirmOld(m *wire.FileSend) string {
	for _, f := range b.files.received[m.Name] {
		if sum := sha256.Sum256(f.Content); bytes.Equal(sum[:], m.SHA256) {
			return ""
		}
	}
	return "文件未通知"
}

// complete keeps a file whose last chunk has come. The same bytes again are no
// new version.
func (b *Bank) complete(date wire.Date, c *coming) string {
	delete(b.files.coming, c.notice.Name)
	sum := sha256.Sum256(c.data)
	if uint64(len(c.data)) != c.notice.Size || !bytes.Equal(sum[:], c.notice.SHA256) {
		return "文件长度或校验不符"
	}
	name := c.notice.Name
	if b.files.taken[date] == nil {
		b.files.taken[date] = map[string]bool{}
	}
	b.files.taken[date][name] = true
	versions := b.files.received[name]
	if n := len(versions); n > 0 && bytes.Equal(versions[n-1].Content, c.data) {
		return ""
	}
	b.files.received[name] = append(versions, File{Name: name, Date: date, Version: len(versions) + 1, Content: c.data})
	return ""
}

func (b *Bank) fetch(name string) string {
	versions := b.files.sent[name]
	if len(versions) == 0 {
		return "无此文件"
	}
	b.files.queue = append(b.files.queue, outgoing{name: name, content: versions[len(versions)-1].Content})
	return ""
}

// enqueue queues files and the end of their batch.
func (b *Bank) enqueue(batch []outgoing) {
	if len(batch) == 0 {
		return
	}
	b.files.queue = append(b.files.queue, batch...)
	b.files.queue = append(b.files.queue, outgoing{done: uint32(len(batch))})
	b.pump()
}

// resumeFiles starts the file under way again, on a new line.
func (b *Bank) resumeFiles() {
	b.files.started = false
	b.pump()
}

// pump starts the head of the queue if nothing is under way.
func (b *Bank) pump() {
	f := &b.files
	if f.started || len(f.queue) == 0 || b.active == nil || b.keySet == 0 {
		return
	}
	f.started, f.chunk = true, 0
	head := f.queue[0]
	if head.name == "" {
		b.tellFile(&wire.FilesDone{Count: head.done})
		return
	}
	b.tellFile(&wire.FileReady{FileNotice: b.noticeOf(head)})
}

func (b *Bank) noticeOf(o outgoing) wire.FileNotice {
	sum := sha256.Sum256(o.content)
	return wire.FileNotice{
		Name: o.name, Size: uint64(len(o.content)), SHA256: sum[:], Chunks: wire.ChunkCount(len(o.content), b.codec.Format().ChunkMax),
	}
}

func (b *Bank) tellFile(m wire.Message) {
	*m.Head() = wire.Header{
		Version: wire.Version, Sender: b.config.Code, Receiver: b.config.Broker, Date: b.date, Time: b.clock(),
		Initiator: wire.Bank, BankSerial: b.nextSerial(), Epoch: b.epoch,
	}
	b.tell(m)
}

// fileConfirmed goes on with the file under way; false when m is no answer to it.
// A refusal gives the file up: the broker asks for it by name when it wants it.
func (b *Bank) fileConfirmed(m wire.Message) bool {
	f := &b.files
	var name string
	index := uint32(0)
	switch m := m.(type) {
	case *wire.FileReady:
		name = m.Name
	case *wire.FileSend:
		name, index = m.Name, m.Index
	case *wire.FilesDone:
	default:
		return false
	}
	if !f.started || len(f.queue) == 0 || f.queue[0].name != name || index != f.chunk {
		return true
	}
	head := f.queue[0]
	notice := b.noticeOf(head)
	if m.Result().Final() != wire.Success || name == "" || f.chunk >= notice.Chunks {
		if m.Result().Final() != wire.Success {
			f.rejected = append(f.rejected, fmt.Sprintf("the broker refused %s", name))
		}
		f.queue = f.queue[1:]
		f.started = false
		b.pump()
		return true
	}
	f.chunk++
	data, err := wire.Chunk(head.content, b.codec.Format().ChunkMax, f.chunk)
	if err != nil {
		f.rejected = append(f.rejected, fmt.Sprintf("cut %s: %v", name, err))
		f.queue, f.started = f.queue[1:], false
		return true
	}
	b.tellFile(&wire.FileSend{FileNotice: notice, Index: f.chunk, Data: data})
	return true
}
