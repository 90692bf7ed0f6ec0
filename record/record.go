// Package record is the durable vocabulary: every command a block may hold, its
// outcome, and the one encoding of both (docs/formats/record.md).
//
// A record is one decided command: who asked what, under which key, what was
// answered, and the effects on the state. Applying a record means applying its
// effects; nothing is decided again. Numbers in this package are written to
// disk for twenty years: they are explicit and are never given a second meaning.
//
// This package must never decide anything.
package record

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"sancun/state"
)

// Kind is the number of a command.
type Kind uint16

// Command is a request to the machine: a kind and its fields in written order.
type Command interface {
	Kind() Kind
	Walk(c *Codec)
}

// Caller names who asked: a client, a member of staff or a gateway, by class
// and number. It is resolved to a person outside the machine.
type Caller uint64

// The classes of callers, in the highest byte of a Caller.
const (
	CallerSystem   uint8 = 0 // the house itself: day end, genesis
	CallerClient   uint8 = 1 // an investor, by client number
	CallerStaff    uint8 = 2 // broker staff, by staff number
	CallerBank     uint8 = 3 // a bank gateway, by bank number
	CallerExchange uint8 = 4 // an exchange gateway, by market
	CallerBankDesk uint8 = 5 // custodian-bank staff, by staff number
)

// CallerOf builds a caller from its class and number (below 2⁵⁶).
func CallerOf(class uint8, number uint64) Caller {
	return Caller(uint64(class)<<56 | number&(1<<56-1))
}

// Class returns the caller's class.
func (c Caller) Class() uint8 { return uint8(c >> 56) }

// Number returns the caller's number within its class.
func (c Caller) Number() uint64 { return uint64(c) & (1<<56 - 1) }

const (
	// HeadBytes is the size of a record's head, before the command.
	HeadBytes = 48
	// MaxBytes bounds one record: a batch command of a few thousand rows.
	MaxBytes = 1 << 20
	// commandMax bounds a record's command; the rest is for its effects.
	commandMax = MaxBytes / 2
)

// ErrMalformed reports bytes that are not a record. Inside a block whose
// checksum holds it means a newer format or our own bug.
var ErrMalformed = errors.New("malformed record")

// Head is the fixed beginning of a record.
type Head struct {
	Kind   Kind
	Code   Code // Accepted or the rejection
	Key    state.Key
	Caller Caller
	Ref    uint64 // what the command created, 0 when nothing
	Logic  uint16 // version of the rules of decision
}

// View is a record as it lies in a block. The slices belong to the block.
type View struct {
	Head
	Command []byte
	effects []byte
}

// Parse reads the frame of a record: the whole of src must be one record.
func Parse(src []byte) (View, error) {
	if len(src) < HeadBytes || int(binary.LittleEndian.Uint32(src)) != len(src) {
		return View{}, fmt.Errorf("record of %d bytes: %w", len(src), ErrMalformed)
	}
	v := View{Head: Head{
		Kind:   Kind(binary.LittleEndian.Uint16(src[4:])),
		Code:   Code(binary.LittleEndian.Uint16(src[6:])),
		Key:    state.Key(src[8:24]),
		Caller: Caller(binary.LittleEndian.Uint64(src[24:])),
		Ref:    binary.LittleEndian.Uint64(src[32:]),
		Logic:  binary.LittleEndian.Uint16(src[44:]),
	}}
	command := int(binary.LittleEndian.Uint32(src[40:]))
	if src[46]|src[47] != 0 {
		return View{}, fmt.Errorf("record with reserved bytes %x: %w", src[46:48], ErrMalformed)
	}
	if command > len(src)-HeadBytes {
		return View{}, fmt.Errorf("command of %d bytes in a record of %d: %w", command, len(src), ErrMalformed)
	}
	v.Command = src[HeadBytes : HeadBytes+command]
	v.effects = src[HeadBytes+command:]
	return v, nil
}

// Input returns the hash by which a repeated key is compared with its first use.
func Input(kind Kind, command []byte) uint64 {
	return xxhash.Sum64(command) ^ uint64(kind)*0x9E3779B97F4A7C15
}

// KeyFor returns the key under which a caller's own idempotency key is
// remembered: the first sixteen bytes of the SHA-256 of both, so that callers
// cannot meet each other's keys.
func KeyFor(caller Caller, own string) state.Key {
	var head [8]byte
	binary.LittleEndian.PutUint64(head[:], uint64(caller))
	sum := sha256.Sum256(append(head[:], own...))
	return state.Key(sum[:16])
}

// Request is a command with who asks and under which key. Key is what KeyFor
// makes of the caller and the caller's own key; the zero key asks for no
// protection against repetition.
type Request struct {
	Caller Caller
	Key    state.Key
	Cmd    Command
}

// Builder writes records one after another into a block's body.
type Builder struct {
	body  []byte
	start int // of the record being written
	input uint64
	codec Codec // reused, because a command's Walk makes it escape
}

// Reset starts a new body in the given buffer.
func (b *Builder) Reset(buffer []byte) { b.body, b.start = buffer[:0], 0 }

// Body returns the records written so far.
func (b *Builder) Body() []byte { return b.body }

// Begin starts a record with its command. It returns false when a field or the
// whole is too long for a record; the record must then be dropped.
func (b *Builder) Begin(caller Caller, key state.Key, cmd Command) (fits bool) {
	b.start = len(b.body)
	var head [HeadBytes]byte
	binary.LittleEndian.PutUint16(head[4:], uint16(cmd.Kind()))
	copy(head[8:], key[:])
	binary.LittleEndian.PutUint64(head[24:], uint64(caller))
	binary.LittleEndian.PutUint16(head[44:], LogicVersion)
	b.codec = Codec{buf: append(b.body, head[:]...)}
	cmd.Walk(&b.codec)
	b.body = b.codec.buf
	command := b.body[b.start+HeadBytes:]
	binary.LittleEndian.PutUint32(b.body[b.start+40:], uint32(len(command)))
	b.input = Input(cmd.Kind(), command)
	return !b.codec.failed && len(command) <= commandMax
}

// Input returns the hash of the command begun last.
func (b *Builder) Input() uint64 { return b.input }

// Effects returns how many bytes of effects the open record has.
func (b *Builder) Effects() int {
	return len(b.body) - b.start - HeadBytes - int(binary.LittleEndian.Uint32(b.body[b.start+40:]))
}

// End closes the record with its outcome.
func (b *Builder) End(code Code, ref uint64) {
	record := b.body[b.start:]
	binary.LittleEndian.PutUint32(record, uint32(len(record)))
	binary.LittleEndian.PutUint16(record[6:], uint16(code))
	binary.LittleEndian.PutUint64(record[32:], ref)
}

// Drop takes the open record back, for a command that only repeats a key.
func (b *Builder) Drop() { b.body = b.body[:b.start] }

// LogicVersion is the version of the rules of decision that this program
// decides with. It is written into every record.
const LogicVersion uint16 = 1
