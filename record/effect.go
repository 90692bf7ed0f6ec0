package record

import (
	"encoding/binary"
	"fmt"

	"sancun/state"
)

// EffectKind is the number of an effect.
type EffectKind uint8

// The effects a record may have. Together they are all that changes the state.
const (
	EffectOpen  EffectKind = 1 // opens the next account
	EffectPost  EffectKind = 2 // moves an amount from one account to another
	EffectShift EffectKind = 3 // moves a bucket of one account (hold, payable …)
	EffectPut   EffectKind = 4 // writes one row of a table
	EffectClear EffectKind = 5 // empties a table of the day
)

// Effect is one change of the state. Which fields count depends on Kind.
type Effect struct {
	Kind   EffectKind
	Bucket uint8     // Shift
	Code   uint16    // Post: why; Put and Clear: the table
	Row    uint32    // Open, Shift: the account; Put: the row
	Debit  uint32    // Post
	Credit uint32    // Post
	Amount int64     // Post: always positive; Shift: signed
	Key    state.Key // Open
	Bytes  []byte    // Put: the encoded row
}

// Open records the opening of account row with key.
func (b *Builder) Open(row uint32, key state.Key) {
	b.body = append(b.body, byte(EffectOpen))
	b.body = binary.LittleEndian.AppendUint32(b.body, row)
	b.body = append(b.body, key[:]...)
}

// Post records a posting of amount (positive, in the accounts' unit).
func (b *Builder) Post(code uint16, debit, credit uint32, amount int64) {
	b.body = append(b.body, byte(EffectPost))
	b.body = binary.LittleEndian.AppendUint16(b.body, code)
	b.body = binary.LittleEndian.AppendUint32(b.body, debit)
	b.body = binary.LittleEndian.AppendUint32(b.body, credit)
	b.body = binary.LittleEndian.AppendUint64(b.body, uint64(amount))
}

// Shift records a change of one bucket of one account.
func (b *Builder) Shift(bucket uint8, row uint32, delta int64) {
	b.body = append(b.body, byte(EffectShift), bucket)
	b.body = binary.LittleEndian.AppendUint32(b.body, row)
	b.body = binary.LittleEndian.AppendUint64(b.body, uint64(delta))
}

// Put records the new bytes of a row.
func (b *Builder) Put(table state.Kept, row uint32) {
	b.body = append(b.body, byte(EffectPut))
	b.body = binary.LittleEndian.AppendUint16(b.body, table.Number())
	b.body = binary.LittleEndian.AppendUint32(b.body, row)
	b.body = binary.LittleEndian.AppendUint16(b.body, uint16(table.Width()))
	b.body = table.EncodeRow(b.body, row)
}

// Clear records that a table of the day was emptied.
func (b *Builder) Clear(table uint16) {
	b.body = append(b.body, byte(EffectClear))
	b.body = binary.LittleEndian.AppendUint16(b.body, table)
}

// EachEffect visits the effects in order until visit returns an error, and
// returns that error or ErrMalformed.
func (v View) EachEffect(visit func(Effect) error) error {
	for rest := v.effects; len(rest) > 0; {
		e, n := parseEffect(rest)
		if n == 0 {
			return fmt.Errorf("effect kind %d with %d bytes left: %w", rest[0], len(rest), ErrMalformed)
		}
		if err := visit(e); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// parseEffect returns the first effect of src and its length, 0 when malformed.
func parseEffect(src []byte) (e Effect, n int) {
	le := binary.LittleEndian
	e.Kind = EffectKind(src[0])
	switch {
	case e.Kind == EffectOpen && len(src) >= 21:
		e.Row, e.Key = le.Uint32(src[1:]), state.Key(src[5:21])
		return e, 21
	case e.Kind == EffectPost && len(src) >= 19:
		e.Code, e.Debit, e.Credit = le.Uint16(src[1:]), le.Uint32(src[3:]), le.Uint32(src[7:])
		e.Amount = int64(le.Uint64(src[11:]))
		return e, 19
	case e.Kind == EffectShift && len(src) >= 14:
		e.Bucket, e.Row, e.Amount = src[1], le.Uint32(src[2:]), int64(le.Uint64(src[6:]))
		return e, 14
	case e.Kind == EffectPut && len(src) >= 9:
		e.Code, e.Row = le.Uint16(src[1:]), le.Uint32(src[3:])
		n = 9 + int(le.Uint16(src[7:]))
		if n > len(src) {
			return e, 0
		}
		e.Bytes = src[9:n]
		return e, n
	case e.Kind == EffectClear && len(src) >= 3:
		e.Code = le.Uint16(src[1:])
		return e, 3
	}
	return e, 0
}
