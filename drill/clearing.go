package drill

import "context"

// Clearing is parallel clearing.
type Clearing struct {
	RowsEqual     int `json:"rows_equal"`
	RowsDifferent int `json:"rows_different"`
}

func (c *Clearing) print(row func(format string, args ...any)) {}

func (d *drill) clearing(ctx context.Context) error { return nil }
