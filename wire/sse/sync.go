package sse

const (
	// GroupsMax bounds the entries of one group. The exchange has eight
	// partitions and a session sees at most three PBUs; the bound keeps the
	// longest message under BodyMax.
	GroupsMax = 40

	// indexMax is the largest report index. The exchange does not go to 2^32
	// and more.
	indexMax = 1<<32 - 1
)

// ExecRptInfo lists, after logon, the PBUs and the partitions whose reports the
// session can ask for. Every PBU with every partition is one stream.
type ExecRptInfo struct {
	PlatformID PlatformID
	Pbus       []string // at most GroupsMax
	SetIDs     []uint32 // at most GroupsMax
}

func (m *ExecRptInfo) fields(w *walk) {
	m.PlatformID.fields(w)
	n := w.Count16("NoPbu", len(m.Pbus), GroupsMax)
	if w.Reads() && n > 0 {
		m.Pbus = make([]string, n)
	}
	for i := range n {
		w.Text("Pbu", &m.Pbus[i], 8)
	}
	n = w.Count16("NoSetID", len(m.SetIDs), GroupsMax)
	if w.Reads() && n > 0 {
		m.SetIDs = make([]uint32, n)
	}
	for i := range n {
		w.Uint32("SetID", &m.SetIDs[i])
	}
}

// Type is TypeExecRptInfo.
func (m ExecRptInfo) Type() MsgType { return TypeExecRptInfo }

// Append appends the body; see Message.
func (m ExecRptInfo) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// StreamIndex names the next report wanted from a stream. Index 1 replays the
// whole day.
type StreamIndex struct {
	Pbu              string
	SetID            uint32
	BeginReportIndex uint64
}

// ExecRptSync asks for the reports of streams from an index on. Reports flow
// only after it.
type ExecRptSync struct {
	Streams []StreamIndex // at most GroupsMax
}

func (m *ExecRptSync) fields(w *walk) {
	n := w.Count16("NoGroups", len(m.Streams), GroupsMax)
	if w.Reads() && n > 0 {
		m.Streams = make([]StreamIndex, n)
	}
	for i := range n {
		s := &m.Streams[i]
		w.Text("Pbu", &s.Pbu, 8)
		w.Uint32("SetID", &s.SetID)
		w.Uint64("BeginReportIndex", &s.BeginReportIndex, 1, indexMax)
	}
}

// Type is TypeExecRptSync.
func (m ExecRptSync) Type() MsgType { return TypeExecRptSync }

// Append appends the body; see Message.
func (m ExecRptSync) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// StreamAnswer says what will follow from a stream, or why nothing will.
type StreamAnswer struct {
	Pbu              string
	SetID            uint32
	BeginReportIndex uint64
	EndReportIndex   uint64 // the largest index there is; 0 when there is none
	RejReason        uint32 // 0 when the request is good
	Text             string // for people, ASCII
}

// ExecRptSyncRsp answers an ExecRptSync.
type ExecRptSyncRsp struct {
	Streams []StreamAnswer // at most GroupsMax
}

func (m *ExecRptSyncRsp) fields(w *walk) {
	n := w.Count16("NoGroups", len(m.Streams), GroupsMax)
	if w.Reads() && n > 0 {
		m.Streams = make([]StreamAnswer, n)
	}
	for i := range n {
		s := &m.Streams[i]
		w.Text("Pbu", &s.Pbu, 8)
		w.Uint32("SetID", &s.SetID)
		w.Uint64("BeginReportIndex", &s.BeginReportIndex, 0, indexMax)
		w.Uint64("EndReportIndex", &s.EndReportIndex, 0, indexMax)
		w.Uint32("RejReason", &s.RejReason)
		w.Text("Text", &s.Text, 64)
	}
}

// Type is TypeExecRptSyncRsp.
func (m ExecRptSyncRsp) Type() MsgType { return TypeExecRptSyncRsp }

// Append appends the body; see Message.
func (m ExecRptSyncRsp) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// ExecRptEndOfStream closes a stream for the day. It takes the last index of the
// stream's sequence itself.
type ExecRptEndOfStream struct {
	Pbu            string
	SetID          uint32
	EndReportIndex uint64
}

func (m *ExecRptEndOfStream) fields(w *walk) {
	w.Text("Pbu", &m.Pbu, 8)
	w.Uint32("SetID", &m.SetID)
	w.Uint64("EndReportIndex", &m.EndReportIndex, 1, indexMax)
}

// Type is TypeExecRptEndOfStream.
func (m ExecRptEndOfStream) Type() MsgType { return TypeExecRptEndOfStream }

// Append appends the body; see Message.
func (m ExecRptEndOfStream) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (ExecRptInfo) message()        {}
func (ExecRptSync) message()        {}
func (ExecRptSyncRsp) message()     {}
func (ExecRptEndOfStream) message() {}
