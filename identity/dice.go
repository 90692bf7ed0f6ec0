package identity

// dice is a small integer generator (SplitMix64). Its only job is to give the
// same invented people everywhere; it must never make a key.
type dice struct{ state uint64 }

// newDice starts a generator for item n of a seed, so that items can be had in
// any order.
func newDice(seed, n uint64) dice {
	d := dice{state: seed}
	d.state = d.next() ^ n*0xd1342543de82ef95
	d.next()
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 to n-1; n is far below 2^64, so the bias is nothing
// a drill could notice.
func (d *dice) below(n uint64) uint64 { return d.next() % n }

func (d *dice) pick(words []string) string { return words[d.below(uint64(len(words)))] }
