package bank

// slotKind is how a value is held in a struct, whatever the bytes look like.
type slotKind uint8

const (
	slotText  slotKind = 1
	slotWhole slotKind = 2
	slotRaw   slotKind = 3
)

// slot joins a canonical field name to a place in a struct. A message lists its
// slots once; both encoding and decoding go through them, so that no field can
// be written without being read.
type slot struct {
	name  string
	kind  slotKind
	text  *string
	raw   *[]byte
	whole func() (int64, bool)
	put   func(int64) bool
}

func textSlot(name string, p *string) slot { return slot{name: name, kind: slotText, text: p} }

func rawSlot(name string, p *[]byte) slot { return slot{name: name, kind: slotRaw, raw: p} }

func pinSlot(name string, p *PINBlock) slot { return rawSlot(name, (*[]byte)(p)) }

// wholeSlot binds any integer. Values outside the type or outside int64 are
// refused in both directions.
func wholeSlot[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int64](name string, p *T) slot {
	return slot{
		name: name, kind: slotWhole,
		whole: func() (int64, bool) {
			v := int64(*p)
			return v, T(v) == *p && (v < 0) == (*p < 0)
		},
		put: func(v int64) bool {
			t := T(v)
			if int64(t) != v || (v < 0) != (t < 0) {
				return false
			}
			*p = t
			return true
		},
	}
}

func flagSlot(name string, p *bool) slot {
	return slot{
		name: name, kind: slotWhole,
		whole: func() (int64, bool) {
			if *p {
				return 1, true
			}
			return 0, true
		},
		put: func(v int64) bool { *p = v == 1; return v == 0 || v == 1 },
	}
}

// empty says whether the slot holds its zero value.
func (s slot) empty() bool {
	switch s.kind {
	case slotText:
		return *s.text == ""
	case slotRaw:
		return len(*s.raw) == 0
	default:
		v, ok := s.whole()
		return ok && v == 0
	}
}

func (s slot) clear() {
	switch s.kind {
	case slotText:
		*s.text = ""
	case slotRaw:
		*s.raw = nil
	default:
		s.put(0)
	}
}

// copyTo copies the value of s to a slot of the same kind. The bytes of a raw
// slot are shared: nobody changes them in place.
func (s slot) copyTo(to slot) {
	switch s.kind {
	case slotText:
		*to.text = *s.text
	case slotRaw:
		*to.raw = *s.raw
	default:
		v, _ := s.whole()
		to.put(v)
	}
}

func findSlot(slots []slot, name string) (slot, bool) {
	for _, s := range slots {
		if s.name == name {
			return s, true
		}
	}
	return slot{}, false
}
