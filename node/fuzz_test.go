package node

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sancun/dr"
	"sancun/state"
)

// Whatever the file of a role says, the centre has one of the roles there are, or
// does not start.
func FuzzRole(f *testing.F) {
	f.Add([]byte(`{"role":"primary","epoch":3,"since":"2026-03-02T09:00:00Z","why":"started"}`))
	f.Add([]byte(`{"role":"standby","epoch":-1}`))
	f.Add([]byte(`{"role":"Primary"}`))
	f.Add([]byte(`{"epoch":3}`))
	f.Add([]byte(`null`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, role, err := parseRole(text)
		if err != nil {
			return
		}
		if again, err := dr.ParseRole(role.String()); err != nil || again != role || file.Role != role.String() {
			t.Fatalf("%q is taken as %v (%v)", text, role, err)
		}
	})
}

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

// A snapshot file is whole or damaged; nothing of a damaged one is looked at.
func FuzzSnapshotFile(f *testing.F) {
	dir := f.TempDir()
	core := open(f, dir)
	fill(f, core, 10)
	if err := core.Close(); err != nil {
		f.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "snapshots", "*"+snapshotSuffix))
	if err != nil || len(names) == 0 {
		f.Fatalf("snapshots %v, %v", names, err)
	}
	whole, err := os.ReadFile(names[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, false)
	f.Add(whole[:len(whole)-1], false)
	f.Add(whole[:snapshotHead], true)
	f.Add([]byte(snapshotMagic), true)
	for _, at := range []int{0, 5, 40, 60, 82, 87, snapshotHead + 40, len(whole) / 2} {
		bad := append([]byte(nil), whole...)
		bad[at] ^= 0x81
		f.Add(bad, false)
		f.Add(bad[:len(bad)-sha256.Size], true)
	}
	f.Fuzz(func(t *testing.T, file []byte, seal bool) {
		if seal { // with the hash that belongs to it, what lies behind the hash is reached
			sum := sha256.Sum256(file)
			file = append(append([]byte(nil), file...), sum[:]...)
		}
		s, err := parseSnapshot(file)
		if err != nil {
			if !errors.Is(err, state.ErrSnapshot) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if len(file) != snapshotHead+len(s.image)+sha256.Size {
			t.Fatalf("%d of %d bytes are the state", len(s.image), len(file))
		}
	})
}
