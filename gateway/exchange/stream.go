package exchange

import "slices"

// stream is one numbered sequence of reports.
type stream struct {
	partition uint32
	next      uint64 // the index wanted next
	asked     bool   // in this connection
	again     bool   // being asked for anew: what comes meanwhile is passed over
	gap       bool   // an index above next came; asked for again
	gapAsks   int    // in a row without the missing report
	finished  bool   // for the day
	end       uint64 // the largest index the exchange said there was, Shanghai
	answered  bool   // the exchange has said what there is, Shanghai
	refused   uint32 // the exchange will not send it, Shanghai
}

// streams are the streams of a connection in order of their partition.
type streams struct {
	all  []*stream
	byNo map[uint32]*stream
}

func (s *streams) reset() { s.all, s.byNo = nil, map[uint32]*stream{} }

func (s *streams) add(partition uint32) {
	if s.byNo[partition] != nil {
		return
	}
	st := &stream{partition: partition, next: 1}
	s.byNo[partition] = st
	at, _ := slices.BinarySearchFunc(s.all, partition, func(st *stream, p uint32) int { return int(int64(st.partition) - int64(p)) })
	s.all = slices.Insert(s.all, at, st)
}

// asks lists the streams that f chooses with the index wanted next.
func (s *streams) asks(f func(*stream) bool) []Cursor {
	var out []Cursor
	for _, st := range s.all {
		if f(st) {
			out = append(out, Cursor{Partition: st.partition, Next: st.next})
		}
	}
	return out
}

// any says whether f holds for a stream.
func (s *streams) any(f func(*stream) bool) bool { return slices.ContainsFunc(s.all, f) }
