package exchange

// mix scrambles 64 bits (the finaliser of splitmix64): equal inputs give equal
// outputs on every machine, which is all the chance this package needs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw is a stream of chance numbers from a seed.
type draw uint64

// below returns a number from 0 to n-1; n must be positive.
func (d *draw) below(n int64) int64 {
	*d = draw(mix(uint64(*d)))
	return int64(uint64(*d) % uint64(n))
}
