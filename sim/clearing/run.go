package clearing

import (
	"context"
	"fmt"
	"io"
	"slices"

	"sancun/calendar"
)

// RunConfig is one evening of a house of its own.
type RunConfig struct {
	House      Config
	Date       calendar.Date
	Trades     io.Reader // as ReadTrades reads them
	Injections []Injection
	// Pace waits until a time of the day; nil goes on at once. An error ends the
	// run and comes back.
	Pace func(ctx context.Context, until calendar.TimeOfDay) error
}

// Run plays one trading day: it clears a file of trades and releases the files
// at their times until midnight. It is what `sancun sim clearing` does. The
// report is of what has happened, also beside an error.
func Run(ctx context.Context, c RunConfig) (Report, error) {
	h, err := begin(ctx, &c)
	if h == nil {
		return Report{}, err
	}
	for err == nil {
		at, ok := h.Next()
		if !ok {
			break
		}
		if c.Pace != nil {
			if err = c.Pace(ctx, at); err != nil {
				break
			}
		}
		if err = ctx.Err(); err == nil {
			err = h.Release(at)
		}
	}
	return h.Report(), err
}

// begin opens the day and clears its trades. The house is there with an error too,
// once there is one.
func begin(ctx context.Context, c *RunConfig) (*House, error) {
	h, err := New(c.House)
	if err != nil {
		return nil, err
	}
	for _, i := range c.Injections {
		if err := h.Inject(i); err != nil {
			return nil, err
		}
	}
	if err := h.Open(c.Date); err != nil {
		return nil, err
	}
	if !h.day.trading {
		return h, fmt.Errorf("%s: %w", c.Date, calendar.ErrNotTradingDay)
	}
	var trades []Trade
	err = ReadTrades(c.Trades, func(t Trade) error {
		trades = append(trades, t)
		return ctx.Err()
	})
	if err == nil {
		err = h.Clear(slices.Values(trades))
	}
	return h, err
}
