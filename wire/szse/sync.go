package szse

// PartitionsMax bounds the partitions of a platform in one message. The exchange
// has tens; the bound keeps a wrong count from asking for memory.
const PartitionsMax = 256

// partition visits a place in a partition's sequence of reports.
func partition(w *walk, no *int32, index *int64) {
	w.Int32("PartitionNo", no, 0)
	w.Int64("ReportIndex", index, 1, 1<<63-1)
}

// PartitionIndex names the next report wanted from a partition. Index 1 replays
// the whole day.
type PartitionIndex struct {
	PartitionNo int32
	ReportIndex int64
}

// ReportSynchronization asks, after logon, for the reports of each partition
// from an index on. Reports flow only after it.
type ReportSynchronization struct {
	Partitions []PartitionIndex // at most PartitionsMax
}

func (m *ReportSynchronization) fields(w *walk) {
	n := w.Count32("NoPartitions", len(m.Partitions), PartitionsMax)
	if w.Reads() && n > 0 {
		m.Partitions = make([]PartitionIndex, n)
	}
	for i := range n {
		partition(w, &m.Partitions[i].PartitionNo, &m.Partitions[i].ReportIndex)
	}
}

// Type is TypeReportSynchronization.
func (m ReportSynchronization) Type() MsgType { return TypeReportSynchronization }

// Append appends the body; see Message.
func (m ReportSynchronization) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// PlatformStateInfo says in what state a platform is. It comes after logon and
// at every change.
type PlatformStateInfo struct {
	PlatformID    PlatformID
	PlatformState PlatformState
}

func (m *PlatformStateInfo) fields(w *walk) {
	m.PlatformID.fields(w)
	m.PlatformState.fields(w)
}

// Type is TypePlatformStateInfo.
func (m PlatformStateInfo) Type() MsgType { return TypePlatformStateInfo }

// Append appends the body; see Message.
func (m PlatformStateInfo) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// ReportFinished closes a partition for the day. It takes the last index of the
// partition's sequence itself.
type ReportFinished struct {
	PartitionNo int32
	ReportIndex int64
	PlatformID  PlatformID
}

func (m *ReportFinished) fields(w *walk) {
	partition(w, &m.PartitionNo, &m.ReportIndex)
	m.PlatformID.fields(w)
}

// Type is TypeReportFinished.
func (m ReportFinished) Type() MsgType { return TypeReportFinished }

// Append appends the body; see Message.
func (m ReportFinished) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

// PlatformInfo lists the partitions of a platform after logon. Their numbers
// need not be consecutive.
type PlatformInfo struct {
	PlatformID   PlatformID
	PartitionNos []int32 // at most PartitionsMax
}

func (m *PlatformInfo) fields(w *walk) {
	m.PlatformID.fields(w)
	n := w.Count32("NoPartitions", len(m.PartitionNos), PartitionsMax)
	if w.Reads() && n > 0 {
		m.PartitionNos = make([]int32, n)
	}
	for i := range n {
		w.Int32("PartitionNo", &m.PartitionNos[i], 0)
	}
}

// Type is TypePlatformInfo.
func (m PlatformInfo) Type() MsgType { return TypePlatformInfo }

// Append appends the body; see Message.
func (m PlatformInfo) Append(dst []byte) ([]byte, error) {
	w := writing(m.Type(), dst)
	m.fields(&w)
	return w.Result()
}

func (ReportSynchronization) message() {}
func (PlatformStateInfo) message()     {}
func (ReportFinished) message()        {}
func (PlatformInfo) message()          {}
