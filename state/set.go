package state

import "math/bits"

// set is a set of small numbers, a bit each. The zero set is empty and ready.
type set struct {
	words []uint64
	count int
	from  int // no member lies in a word before
}

func (s *set) has(n int) bool {
	return n>>6 < len(s.words) && s.words[n>>6]&(1<<(n&63)) != 0
}

func (s *set) add(n int) {
	word, bit := n>>6, uint64(1)<<(n&63)
	for word >= len(s.words) {
		s.words = append(s.words, 0)
	}
	if s.words[word]&bit == 0 {
		s.words[word] |= bit
		s.count++
		s.from = min(s.from, word)
	}
}

// remove takes a member out.
func (s *set) remove(n int) {
	s.words[n>>6] &^= 1 << (n & 63)
	s.count--
}

// first returns the least member of a set that is not empty.
func (s *set) first() int {
	for s.words[s.from] == 0 {
		s.from++
	}
	return s.from<<6 + bits.TrailingZeros64(s.words[s.from])
}
