package exchange

import (
	"io"
	"time"

	"sancun/market"
)

// encoder writes our messages of one connection in the byte format of a market.
// A message that does not fit leaves dst as it was.
type encoder interface {
	logon(dst []byte, l *Logon, now time.Time) ([]byte, error)
	logout(dst []byte) ([]byte, error)
	heartbeat(dst []byte) ([]byte, error)
	// synchronise asks for streams from an index on.
	synchronise(dst []byte, asks []Cursor) ([]byte, error)
	// fence asks for something that changes nothing and is answered behind all
	// that the exchange has said before.
	fence(dst []byte) ([]byte, error)
	// send writes an order or a cancel.
	send(dst []byte, e *entry) ([]byte, error)
}

// decoder reads the exchange's messages of one connection. An error means that
// the connection is of no more use.
type decoder func() (event, error)

// Format is how the messages of a gateway travel.
type Format uint8

const (
	// Binary is the format of the market's trading platform and of its market data.
	Binary Format = 0
	// EzSTEP is the format of Shanghai's after-hours trading (docs/formats/ezstep.md).
	EzSTEP Format = 1
)

// dialect is a market and a format that it has.
type dialect struct {
	market market.Market
	format Format
}

func (d dialect) encoder() encoder {
	switch {
	case d.market == market.Shenzhen:
		return &szseEncoder{}
	case d.format == EzSTEP:
		return stepEncoder{}
	}
	return &sseEncoder{}
}

func (d dialect) decoder(r io.Reader) decoder {
	switch {
	case d.market == market.Shenzhen:
		return szseDecoder(r)
	case d.format == EzSTEP:
		return stepDecoder(r)
	}
	return sseDecoder(r)
}

// platformOf returns the number of the platform that takes an entry.
func platformOf(m market.Market, e *entry) uint16 {
	if m == market.Shanghai {
		return 0
	}
	switch e.order.Category {
	case categoryAfterHours:
		return 2
	case categoryNonTrading:
		return 3
	}
	return 1
}

// wireParty is the side and the owner of an order as both formats number them.
// A subscription is a buy.
func wireParty(o *Order) (side, owner byte, err error) {
	switch o.Side {
	case sideBuy, sideSubscribe:
		side = '1'
	case sideSell:
		side = '2'
	default:
		return 0, 0, unsendable("side", o.Side)
	}
	switch o.Owner {
	case 0, Person:
		owner = 1
	case Institution:
		owner = 103
	case Proprietary:
		owner = 104
	default:
		return 0, 0, unsendable("owner", uint8(o.Owner))
	}
	return side, owner, nil
}
