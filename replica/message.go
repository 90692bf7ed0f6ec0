package replica

import (
	"encoding/binary"
	"fmt"

	"sancun/journal"
)

// Message is one frame of the protocol.
type Message interface {
	kind() uint8
	walk(f *fields)
}

// The kinds of messages. Numbers are on the wire.
const (
	kindHello   uint8 = 1
	kindWelcome uint8 = 2
	kindRefusal uint8 = 3
	kindBlocks  uint8 = 4
	kindAck     uint8 = 5
	kindBeat    uint8 = 6
	kindAsk     uint8 = 7
	kindMarks   uint8 = 8
	kindFetch   uint8 = 9
	kindFetched uint8 = 10
)

// Hello opens a conversation: who follows, and where its chain stands.
type Hello struct {
	VersionMin uint16
	VersionMax uint16
	Cell       uint32
	Centre     string // the follower's name
	Fence      uint32 // the lowest epoch the follower takes
	Stored     journal.Position
	Applied    uint64 // height its state has reached
	Time       int64  // the follower's clock, unix nanoseconds
}

// Welcome answers a Hello that can be followed.
type Welcome struct {
	Version uint16
	Centre  string // the source's name
	Epoch   uint32 // under which the source writes
	Head    journal.Position
	Time    int64 // the source's clock
	Echo    int64 // Hello.Time
}

// Refusal answers one that cannot.
type Refusal struct {
	Reason Reason
	Height uint64 // where the source's chain stands
	Text   string
}

// Blocks carries consecutive blocks, encoded as in the journal.
type Blocks struct {
	Head    uint64 // height durable at the source when this was sent
	Durable int64  // when the last of these blocks became durable there, 0 when it was not watched
	Sent    int64  // the source's clock
	Raw     []byte
}

// Ack says how far the follower is.
type Ack struct {
	Stored   journal.Position // durable
	Applied  uint64           // in its state
	RootAt   uint64           // height of the last state root compared, 0 when none was
	Root     journal.Hash     // that root
	Fence    uint32
	Disagree bool  // its root differed at RootAt: it stopped
	Echo     int64 // Blocks.Sent of the newest message seen, or Beat.Sent
	Time     int64 // the follower's clock
}

// Beat says that the source lives though it has nothing to send.
type Beat struct {
	Head     uint64
	Released uint64 // height up to which answers have left the house
	Epoch    uint32
	Mode     uint8 // Mode of the gate
	Synced   bool
	Sent     int64
}

// Ask asks for the positions at some heights, to find where two chains parted
// or to compare them.
type Ask struct{ Heights []uint64 }

// Marks answers an Ask, in its order; a height the chain has not reached has a
// zero hash.
type Marks struct{ Positions []journal.Position }

// Fetch asks for one block, to mend a damaged one.
type Fetch struct{ Height uint64 }

// Fetched answers a Fetch; Raw is empty when the block is not there.
type Fetched struct {
	Height uint64
	Raw    []byte
}

func (*Hello) kind() uint8   { return kindHello }
func (*Welcome) kind() uint8 { return kindWelcome }
func (*Refusal) kind() uint8 { return kindRefusal }
func (*Blocks) kind() uint8  { return kindBlocks }
func (*Ack) kind() uint8     { return kindAck }
func (*Beat) kind() uint8    { return kindBeat }
func (*Ask) kind() uint8     { return kindAsk }
func (*Marks) kind() uint8   { return kindMarks }
func (*Fetch) kind() uint8   { return kindFetch }
func (*Fetched) kind() uint8 { return kindFetched }

func (m *Hello) walk(f *fields) {
	f.u16(&m.VersionMin)
	f.u16(&m.VersionMax)
	f.u32(&m.Cell)
	f.text(&m.Centre)
	f.u32(&m.Fence)
	f.position(&m.Stored)
	f.u64(&m.Applied)
	f.i64(&m.Time)
}

func (m *Welcome) walk(f *fields) {
	f.u16(&m.Version)
	f.text(&m.Centre)
	f.u32(&m.Epoch)
	f.position(&m.Head)
	f.i64(&m.Time)
	f.i64(&m.Echo)
}

func (m *Refusal) walk(f *fields) {
	f.u16((*uint16)(&m.Reason))
	f.u64(&m.Height)
	f.text(&m.Text)
}

func (m *Blocks) walk(f *fields) {
	f.u64(&m.Head)
	f.i64(&m.Durable)
	f.i64(&m.Sent)
	f.rest(&m.Raw)
}

func (m *Ack) walk(f *fields) {
	f.position(&m.Stored)
	f.u64(&m.Applied)
	f.u64(&m.RootAt)
	f.bytes(m.Root[:])
	f.u32(&m.Fence)
	f.flag(&m.Disagree)
	f.i64(&m.Echo)
	f.i64(&m.Time)
}

func (m *Beat) walk(f *fields) {
	f.u64(&m.Head)
	f.u64(&m.Released)
	f.u32(&m.Epoch)
	f.u8(&m.Mode)
	f.flag(&m.Synced)
	f.i64(&m.Sent)
}

func (m *Ask) walk(f *fields) {
	list(f, &m.Heights, (*fields).u64)
}

func (m *Marks) walk(f *fields) {
	list(f, &m.Positions, (*fields).position)
}

func (m *Fetch) walk(f *fields) { f.u64(&m.Height) }

func (m *Fetched) walk(f *fields) {
	f.u64(&m.Height)
	f.rest(&m.Raw)
}

func messageOf(kind uint8) Message {
	switch kind {
	case kindHello:
		return &Hello{}
	case kindWelcome:
		return &Welcome{}
	case kindRefusal:
		return &Refusal{}
	case kindBlocks:
		return &Blocks{}
	case kindAck:
		return &Ack{}
	case kindBeat:
		return &Beat{}
	case kindAsk:
		return &Ask{}
	case kindMarks:
		return &Marks{}
	case kindFetch:
		return &Fetch{}
	case kindFetched:
		return &Fetched{}
	}
	return nil
}

// Append appends the frame of a message to dst: its length as u32, its kind as
// u8, its fields.
func Append(dst []byte, m Message) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, m.kind())
	f := fields{buf: dst}
	m.walk(&f)
	binary.LittleEndian.PutUint32(f.buf[start:], uint32(len(f.buf)-start-4))
	return f.buf
}

// Parse reads what follows a frame's length. The message keeps parts of src. The
// error is ErrProtocol.
func Parse(src []byte) (Message, error) {
	if len(src) == 0 {
		return nil, fmt.Errorf("%w: an empty frame", ErrProtocol)
	}
	m := messageOf(src[0])
	if m == nil {
		return nil, fmt.Errorf("%w: message kind %d", ErrProtocol, src[0])
	}
	f := fields{buf: src, at: 1, reading: true}
	m.walk(&f)
	if f.failed || f.at != len(src) {
		return nil, fmt.Errorf("%w: message kind %d of %d bytes does not hold its fields", ErrProtocol, src[0], len(src))
	}
	return m, nil
}
