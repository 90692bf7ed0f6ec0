package bank

import (
	"encoding/binary"
	"fmt"
	"io"
)

// put writes the length of the body in front of it, into the bytes left free.
func (p Prefix) put(frame []byte) error {
	body := len(frame) - p.bytes()
	switch p {
	case PrefixBinary4:
		binary.BigEndian.PutUint32(frame, uint32(body))
		return nil
	case PrefixDigits4, PrefixDigits6:
		digits := fmt.Sprintf("%0*d", p.bytes(), body)
		if len(digits) != p.bytes() {
			return fmt.Errorf("body of %d bytes: %w", body, ErrLength)
		}
		copy(frame, digits)
		return nil
	}
	return fmt.Errorf("prefix %d: %w", p, ErrFormat)
}

// parse returns the length of the body that a prefix announces.
func (p Prefix) parse(raw []byte) (int, error) {
	if p == PrefixBinary4 {
		n := binary.BigEndian.Uint32(raw)
		if n > 1<<30 {
			return 0, fmt.Errorf("body of %d bytes announced: %w", n, ErrLength)
		}
		return int(n), nil
	}
	n := 0
	for _, digit := range raw {
		if digit < '0' || digit > '9' {
			return 0, fmt.Errorf("length prefix is not a number: %w", ErrLength)
		}
		n = n*10 + int(digit-'0')
	}
	return n, nil
}

// checkFrame makes sure that a frame is as long as it says and not too long.
func (p Prefix) checkFrame(frame []byte, most int) error {
	size := p.bytes()
	if len(frame) < size {
		return fmt.Errorf("%d bytes, not even a length prefix: %w", len(frame), ErrLength)
	}
	body, err := p.parse(frame[:size])
	if err != nil {
		return err
	}
	if body != len(frame)-size {
		return fmt.Errorf("%d bytes announced, %d there: %w", body, len(frame)-size, ErrLength)
	}
	if len(frame) > most {
		return fmt.Errorf("frame of %d bytes, at most %d: %w", len(frame), most, ErrLength)
	}
	return nil
}

// FrameReader cuts a stream into frames. After an error other than io.EOF the
// stream has lost its place and must be closed.
type FrameReader struct {
	r      io.Reader
	format *Format
}

// Frames returns a reader of frames from r, bounded by the format's FrameMax.
func (c *Codec) Frames(r io.Reader) *FrameReader { return &FrameReader{r: r, format: &c.format} }

// Next returns the next whole frame, prefix included, in memory of its own. It
// returns io.EOF between frames, io.ErrUnexpectedEOF inside one, and a
// *FieldError with ErrLength for a prefix that cannot be.
func (r *FrameReader) Next() ([]byte, error) {
	size := r.format.Prefix.bytes()
	prefix := make([]byte, size)
	if _, err := io.ReadFull(r.r, prefix); err != nil {
		return nil, err // bare, so that io.EOF stays io.EOF
	}
	body, err := r.format.Prefix.parse(prefix)
	if err == nil && (body == 0 || size+body > r.format.FrameMax) {
		err = fmt.Errorf("body of %d bytes announced, frames have at most %d: %w", body, r.format.FrameMax, ErrLength)
	}
	if err != nil {
		return nil, &FieldError{Format: r.format.Name, Err: err}
	}
	frame := make([]byte, size+body)
	copy(frame, prefix)
	if _, err := io.ReadFull(r.r, frame[size:]); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("frame of %d bytes: %w", size+body, err)
	}
	return frame, nil
}
