package centre

import (
	"crypto/sha256"
	"errors"
	"testing"

	"sancun/custody"
	"sancun/dr"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/record"
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

// A snapshot file is whole or damaged; nothing of a damaged one is looked at.
func FuzzSnapshotFile(f *testing.F) {
	fs := faultfs.New()
	m := custody.New(custody.Options{Sum: sha256.Sum256, Answers: 8})
	m.Begin(nil, 1, 1)
	m.Decide(record.Request{Cmd: &record.OpenDay{Date: 20230825, Next: 20230828}})
	kept := Snapshots{FS: fs, Dir: "snapshots", Cell: 1}
	if err := kept.Write(m, journal.Position{Cell: 1, Height: 1}); err != nil {
		f.Fatal(err)
	}
	whole, err := fs.Bytes(kept.Name(1))
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
