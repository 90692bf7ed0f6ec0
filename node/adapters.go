package node

import "sancun/gateway/exchange"

// The adapters are imported by this package alone. Whoever plays a counterparty
// against a centre gets them from here.
type (
	// ExchangeOptions are the options of a gateway to an exchange.
	ExchangeOptions = exchange.Options
	// ExchangeLogon is how a gateway logs on to an exchange.
	ExchangeLogon = exchange.Logon
	// Exchange is a gateway to an exchange.
	Exchange = exchange.Gateway
)

// NewExchange makes a gateway to an exchange that submits to this core.
func (c *Core) NewExchange(o ExchangeOptions) (*Exchange, error) {
	o.Submit, o.Positions = c, Positions{Core: c}
	return exchange.New(o)
}
