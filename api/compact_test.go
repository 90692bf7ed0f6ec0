package api_test

import (
	"encoding/binary"
	"testing"
)

type compactItem struct {
	kind, side, category, typ uint8
	instrument                uint32
	fund                      uint64
	a, b                      int64
}

// compactBatch writes the compact form from docs/api.md alone.
func compactBatch(items ...compactItem) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("SCQ1"), uint32(len(items)))
	for _, x := range items {
		out = append(out, x.kind, x.side, x.category, x.typ)
		out = le.AppendUint32(out, x.instrument)
		out = le.AppendUint64(out, x.fund)
		out = le.AppendUint64(out, uint64(x.a))
		out = le.AppendUint64(out, uint64(x.b))
		out = append(out, make([]byte, 16)...)
	}
	return out
}

func compactCodes(t *testing.T, raw []byte) (codes []uint16) {
	t.Helper()
	if len(raw) < 16 || string(raw[:4]) != "SCA1" || len(raw) != 16+16*int(binary.LittleEndian.Uint32(raw[4:])) {
		t.Fatalf("no compact answer: %q", raw)
	}
	for rest := raw[16:]; len(rest) > 0; rest = rest[16:] {
		codes = append(codes, binary.LittleEndian.Uint16(rest))
	}
	return codes
}
