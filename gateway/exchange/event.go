package exchange

import "sancun/money"

// eventKind is what a message from the exchange means to us, in either format.
type eventKind uint8

const (
	evOther     eventKind = 0 // nothing we act on
	evLogon     eventKind = 1
	evLogout    eventKind = 2
	evHeartbeat eventKind = 3
	evPlatform  eventKind = 4 // the state of a platform
	evStreams   eventKind = 5 // the streams of a platform
	evSynced    eventKind = 6 // answer to a synchronisation, Shanghai
	evReport    eventKind = 7
	evRefused   eventKind = 8 // a message of ours was refused outside the streams
	evEcho      eventKind = 9 // answer to a fence
	evSecurity  eventKind = 10
	evSnapshot  eventKind = 11
)

// event is one message from the exchange.
type event struct {
	kind     eventKind
	platform uint16
	state    uint16 // of the platform; numbered alike in both formats
	report   report
	streams  []uint32
	ends     []streamEnd
	security *Security
	snapshot *Snapshot
	text     string
}

// The states of a platform, numbered alike in both binary formats.
const (
	platformPreOpen uint16 = 0
	platformOpen    uint16 = 2
	platformBreak   uint16 = 3
	platformClosed  uint16 = 4
)

// streamEnd is what the exchange says of a stream it was asked for.
type streamEnd struct {
	partition uint32
	last      uint64 // the largest index there is
	refused   uint32 // the exchange's code when it will not send it
}

// reportKind is what an execution report says.
type reportKind uint8

const (
	reportAccepted      reportKind = 1
	reportRefused       reportKind = 2
	reportFilled        reportKind = 3
	reportCancelled     reportKind = 4
	reportCancelRefused reportKind = 5
	reportFinished      reportKind = 6 // the stream ends for the day
)

// report is one execution report, or a refusal outside the streams with index 0.
type report struct {
	kind      reportKind
	partition uint32
	index     uint64
	message   ClOrdID // of ours that it answers: the order, or the cancel
	order     ClOrdID // of the order concerned; zero when the report does not say
	orderID   [16]byte
	execID    [16]byte
	price     money.Price
	quantity  money.Quantity
	reason    uint32
}
