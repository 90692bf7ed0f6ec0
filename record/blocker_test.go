package record

import (
	"slices"
	"testing"
)

// Every blocker speaks, and a reference names exactly those it is the sum of.
func TestBlockers(t *testing.T) {
	all := Blockers(uint64(blockerPastLast - 1))
	if len(all) != len(blockerSentences) {
		t.Errorf("%d blockers, %d sentences", len(all), len(blockerSentences))
	}
	for _, b := range all {
		s, _ := b.Sentence()
		checkSentence(t, "blocker", s)
		if s.AdviceEN == "" {
			t.Errorf("%s gives no advice", s.Name)
		}
	}
	for _, c := range []struct {
		ref  uint64
		want []Blocker
	}{
		{0, nil},
		{uint64(BlockDebt), []Blocker{BlockDebt}},
		{uint64(BlockBalance | BlockOrders), []Blocker{BlockOrders, BlockBalance}},
		{uint64(blockerPastLast), nil},
	} {
		if got := Blockers(c.ref); !slices.Equal(got, c.want) {
			t.Errorf("Blockers(%d) = %v, want %v", c.ref, got, c.want)
		}
	}
}
