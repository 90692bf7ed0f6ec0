package custody

import "testing"

// A drill's epoch passes over one reign's numbers, however large the mark makes it,
// so that order numbers still fit into ten digits.
func TestReignsLater(t *testing.T) {
	for _, tt := range []struct {
		to, from uint32
		want     uint64
	}{
		{2, 1, 1}, {2, 0, 1}, {7, 3, 4}, {drillEpochs | 1, 1, 1}, {drillEpochs | 10, 10, 1}, {drillEpochs | 12, 10, 2}, {drillEpochs | 11, drillEpochs | 10, 1},
	} {
		if got := reignsLater(tt.to, tt.from); got != tt.want {
			t.Errorf("from epoch %#x to %#x: %d, want %d", tt.from, tt.to, got, tt.want)
		}
	}
}
