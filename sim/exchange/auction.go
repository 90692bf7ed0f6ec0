package exchange

import (
	"slices"

	"sancun/money"
)

// The price of a call auction is chosen among every price at which the outcome
// can differ, in this order (Shenzhen and Shanghai trading rules, call auction):
//
//  1. the greatest quantity trades;
//  2. every better-priced order (buys above, sells below) trades in full;
//  3. the least quantity is left over at the price;
//  4. Shenzhen: closest to the reference, which is the previous close for the
//     opening call and the last print for the closing one; Shanghai: the middle
//     of the prices still equal.

// auction is the outcome of a call auction.
type auction struct {
	price    money.Price
	quantity money.Quantity // traded at price; zero means no price
	surplus  money.Quantity // buys minus sells at or better than price
}

// auctionPrice works out the auction of the book as it stands.
func (v *Venue) auctionPrice(b *book) auction {
	bid, ask := b.side(Buy).bestPrice(), b.side(Sell).bestPrice()
	if bid == 0 || ask == 0 || bid < ask {
		return auction{}
	}
	reference := b.reference()
	best, last, found := auction{}, money.Price(0), false
	b.outcomes(b.candidates(ask, bid, reference), func(a auction) {
		switch {
		case !found || a.beats(best):
			best, last, found = a, a.price, true
		case best.beats(a):
		default: // equal so far
			last = a.price
			if v.market == Shenzhen && distance(last, reference) < distance(best.price, reference) {
				best = a
			}
		}
	})
	if v.market == Shanghai && last > best.price {
		middle := []money.Price{((best.price + last) / 2).RoundToTick(b.Tick)}
		b.outcomes(middle, func(a auction) { best = a })
	}
	return best
}

// beats says whether a wins over b by quantity, then by what is left over.
func (a auction) beats(b auction) bool {
	if a.quantity != b.quantity {
		return a.quantity > b.quantity
	}
	return magnitude(a.surplus) < magnitude(b.surplus)
}

func magnitude(q money.Quantity) money.Quantity { return max(q, -q) }

func distance(a, b money.Price) money.Price { return max(a-b, b-a) }

// candidates returns, ascending, the prices from ask to bid where the outcome
// can differ: each level, the tick on either side of it, and the reference.
func (b *book) candidates(ask, bid, reference money.Price) []money.Price {
	var out []money.Price
	add := func(p money.Price) {
		if p >= ask && p <= bid {
			out = append(out, p)
		}
	}
	add(reference.RoundToTick(b.Tick))
	for _, s := range []Side{Buy, Sell} {
		l := b.side(s)
		for i := range l.levels {
			p := l.price(&l.levels[i])
			add(p - b.Tick)
			add(p)
			add(p + b.Tick)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// outcomes visits what would trade at each of the ascending prices at which
// every better-priced order is filled. It walks both ladders once.
func (b *book) outcomes(prices []money.Price, visit func(auction)) {
	bids, asks := b.side(Buy).levels, b.side(Sell).levels
	var buys, sells money.Quantity // buys at or above p, sells below p
	for i := range bids {
		buys += bids[i].quantity
	}
	i, j := 0, len(asks)-1
	for _, p := range prices {
		for ; i < len(bids) && bids[i].key < p; i++ {
			buys -= bids[i].quantity
		}
		for ; j >= 0 && -asks[j].key < p; j-- {
			sells += asks[j].quantity
		}
		var buysHere, sellsHere money.Quantity
		if i < len(bids) && bids[i].key == p {
			buysHere = bids[i].quantity
		}
		if j >= 0 && -asks[j].key == p {
			sellsHere = asks[j].quantity
		}
		traded := min(buys, sells+sellsHere)
		if buys-buysHere <= traded && sells <= traded {
			visit(auction{price: p, quantity: traded, surplus: buys - sells - sellsHere})
		}
	}
}

// cross runs the call auction of b: everything trades at one price.
func (v *Venue) cross(b *book) {
	a := v.auctionPrice(b)
	for left := a.quantity; left > 0; {
		buy, sell := b.side(Buy).best(), b.side(Sell).best()
		bn, sn := buy.head, sell.head
		be, se := v.entry(bn), v.entry(sn)
		q := min(left, be.leaves, se.leaves)
		at := v.record(b, bn, sn, a.price, q)
		buy.quantity -= q
		sell.quantity -= q
		be.leaves -= q
		se.leaves -= q
		v.fill(bn, be, at, q, a.price)
		v.fill(sn, se, at, q, a.price)
		for _, side := range [2]struct {
			no OrderNo
			e  *entry
		}{{bn, be}, {sn, se}} {
			if side.e.leaves == 0 {
				v.unrest(b, side.e)
				v.recycle(side.no, side.e)
			}
		}
		left -= q
	}
}
