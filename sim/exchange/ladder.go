package exchange

import "sancun/money"

// ladder is one side of a book: price levels sorted so that the best is last.
// Orders come and go near the best price, so that the usual insertion moves
// nothing; a far order moves a few dozen levels, which is cheaper than a tree.
//
// A level is found by its key: the price for buys, the negated price for sells,
// so that a greater key is a better price on both sides.
type ladder struct {
	levels []level
	sign   money.Price
}

// level is one price and its queue of orders, first come first.
type level struct {
	key        money.Price
	quantity   money.Quantity
	head, tail OrderNo
	orders     int32
}

func (l *ladder) key(price money.Price) money.Price { return price * l.sign }

// price returns the price of a level of this ladder.
func (l *ladder) price(v *level) money.Price { return v.key * l.sign }

// best returns the best level, or nil.
func (l *ladder) best() *level {
	if len(l.levels) == 0 {
		return nil
	}
	return &l.levels[len(l.levels)-1]
}

// bestPrice returns the best price, or zero when the side is empty.
func (l *ladder) bestPrice() money.Price {
	if v := l.best(); v != nil {
		return l.price(v)
	}
	return 0
}

// find returns the place of key: the first level whose key is not smaller. It
// looks at the levels near the best first, where nearly all orders are.
func (l *ladder) find(key money.Price) int {
	lo, hi := 0, len(l.levels)
	for step := 1; hi-step > lo; step *= 2 {
		if l.levels[hi-step].key < key {
			lo = hi - step + 1
			break
		}
		hi -= step
	}
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if l.levels[mid].key < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// at returns the level of price, made if need be.
func (l *ladder) at(price money.Price) *level {
	key := l.key(price)
	i := l.find(key)
	if i < len(l.levels) && l.levels[i].key == key {
		return &l.levels[i]
	}
	l.levels = append(l.levels, level{})
	copy(l.levels[i+1:], l.levels[i:])
	l.levels[i] = level{key: key, head: noOrder, tail: noOrder}
	return &l.levels[i]
}

// drop removes the empty level of price.
func (l *ladder) drop(price money.Price) {
	i := l.find(l.key(price))
	l.levels = append(l.levels[:i], l.levels[i+1:]...)
}

// crossing returns the quantity at prices at least as good as price for the
// taker of this side: buys at or above it, sells at or below it.
func (l *ladder) crossing(price money.Price) money.Quantity {
	key, sum := l.key(price), money.Quantity(0)
	for i := len(l.levels) - 1; i >= 0 && l.levels[i].key >= key; i-- {
		sum += l.levels[i].quantity
	}
	return sum
}
