package node

import (
	"fmt"
	"testing"
)

// A setting that is read is written as a text that reads as the same setting.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{
		"", "file:/etc/key", "env:KEY", "90s", "1h30m", "2562047h47m16.854775807s", "64KiB", "1099511627776", "2023-08-25T09:00:00+08:00", "09:00:00", "24:00:00", "20230825",
		"20230230", "0.0035", "1.000000001", "-1", "50000.01", "92233720368547758.08", "10.1.2.3:9129", "[::1]:80", "host:0", "127.0.0.1:8081", "::1:65536",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sameAgain[Secret](t, text)
		sameAgain[Duration](t, text)
		sameAgain[Bytes](t, text)
		sameAgain[TimeOfDay](t, text)
		sameAgain[Date](t, text)
		sameAgain[Rate](t, text)
		sameAgain[Amount](t, text)
		sameAgain[Address](t, text)
		sameAgain[Listen](t, text)
		var at, again Time // two equal times may be in zones of other names
		if at.UnmarshalText([]byte(text)) == nil && at.String() != "" {
			if err := again.UnmarshalText([]byte(at.String())); err != nil || again.String() != at.String() {
				t.Fatalf("%q reads as %v, which reads as %v (%v)", text, at, again, err)
			}
		}
	})
}

func sameAgain[T comparable, P interface {
	*T
	UnmarshalText(text []byte) error
}](t *testing.T, text string) {
	t.Helper()
	var v, again T
	if err := P(&v).UnmarshalText([]byte(text)); err != nil {
		if v != again {
			t.Fatalf("%q is refused as %T and leaves %v", text, v, v)
		}
		return
	}
	if err := P(&again).UnmarshalText([]byte(fmt.Sprint(v))); err != nil || again != v {
		t.Fatalf("%q reads as %T %v, which reads as %v (%v)", text, v, v, again, err)
	}
}
