package quotes

import (
	"errors"
	"fmt"
	"math/bits"

	"sancun/calendar"
)

// ErrShape reports bars that are not whole days of 240 trading minutes.
var ErrShape = errors.New("not whole trading days of minute bars")

// MinutesPerDay is the number of trading minutes of a day, 9:30–11:30 and
// 13:00–15:00.
const MinutesPerDay = 240

// ShapeTotal is the sum of the weights of a Shape.
const ShapeTotal = 1_000_000

// Shape is how a day's trading spreads over its minutes: the weight of each
// minute in millionths, adding up to ShapeTotal. The first minute holds the
// opening auction and the last one the closing auction.
type Shape [MinutesPerDay]int64

// dayWeight is the weight every day has in an average, whatever its volume. With
// volumes up to volumeMax the products stay within 64 bits.
const (
	dayWeight = 100_000_000
	volumeMax = 90_000_000_000
	daysMax   = 10_000
)

// Start returns the time of day at which minute i of a Shape begins, for i from
// 0 to MinutesPerDay-1.
func Start(i int) calendar.TimeOfDay {
	const half = MinutesPerDay / 2
	if i < half {
		return 9*calendar.Hour + 30*calendar.Minute + calendar.TimeOfDay(i)*calendar.Minute
	}
	return 13*calendar.Hour + calendar.TimeOfDay(i-half)*calendar.Minute
}

// ShapeOf averages the volume per minute over all days of all series, every day
// weighing the same. Days without volume are left out. It returns ErrShape when
// a day is not whole or nothing traded.
func ShapeOf(series ...Minutes) (Shape, error) {
	var sums [MinutesPerDay]int64
	days := 0
	for _, m := range series {
		if len(m.Bars)%MinutesPerDay != 0 {
			return Shape{}, fmt.Errorf("%s has %d bars: %w", m.Symbol, len(m.Bars), ErrShape)
		}
		for at := 0; at < len(m.Bars); at += MinutesPerDay {
			traded, err := addDay(&sums, m.Bars[at:at+MinutesPerDay])
			if err != nil {
				return Shape{}, fmt.Errorf("%s: %w", m.Symbol, err)
			}
			if traded {
				days++
			}
		}
	}
	if days == 0 || days > daysMax {
		return Shape{}, fmt.Errorf("%d days with volume: %w", days, ErrShape)
	}
	return Shape(spread(&sums, ShapeTotal)), nil
}

func addDay(sums *[MinutesPerDay]int64, bars []Minute) (traded bool, err error) {
	var total int64
	for i := range bars {
		b := &bars[i]
		if b.Date != bars[0].Date || b.End != Start(i)+calendar.Minute || b.Volume < 0 || int64(b.Volume) > volumeMax-total {
			return false, fmt.Errorf("bar %s %s with volume %d: %w", b.Date, b.End, b.Volume, ErrShape)
		}
		total += int64(b.Volume)
	}
	if total == 0 {
		return false, nil
	}
	for i := range bars {
		sums[i] += int64(bars[i].Volume) * dayWeight / total
	}
	return true, nil
}

// Spread divides count events over the minutes by their weights. The parts add
// up to count exactly; a negative count is zero.
func (s *Shape) Spread(count int64) [MinutesPerDay]int64 {
	return spread((*[MinutesPerDay]int64)(s), max(count, 0))
}

// spread divides count by weights through their running sum, so that rounding
// never loses or adds a unit.
func spread(weights *[MinutesPerDay]int64, count int64) [MinutesPerDay]int64 {
	var total, running, given int64
	for _, w := range weights {
		total += max(w, 0)
	}
	var out [MinutesPerDay]int64
	if total <= 0 {
		return out
	}
	for i, w := range weights {
		running += max(w, 0)
		upTo := mulDiv(running, count, total)
		out[i] = upTo - given
		given = upTo
	}
	return out
}

// mulDiv returns a × b ÷ c rounded down, for 0 ≤ a ≤ c, with a 128-bit product.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	quotient, _ := bits.Div64(hi, lo, uint64(c))
	return int64(quotient)
}
