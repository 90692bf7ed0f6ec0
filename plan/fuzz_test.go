package plan_test

import (
	"strings"
	"testing"

	"sancun/plan"
)

// The small texts of plans, moments and hashes, are read from what they write.
func FuzzTexts(f *testing.F) {
	for _, text := range []string{"t0", "t9", "t10", "T1", "", strings.Repeat("0a", 32), strings.Repeat("zz", 32), strings.Repeat("0a", 33)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := plan.ParseMark(text)
		if err == nil && m.String() != text {
			t.Fatalf("%q is read as %v", text, m)
		}
		var same plan.Mark
		if again := same.UnmarshalText([]byte(text)); (again == nil) != (err == nil) || same != m {
			t.Fatalf("%q is read as %v and as %v (%v)", text, m, same, again)
		}
		var h plan.Hash
		if h.UnmarshalText([]byte(text)) == nil && h.String() != strings.ToLower(text) {
			t.Fatalf("%q is read as %v", text, h)
		}
	})
}
