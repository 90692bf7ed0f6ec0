package bank

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"sancun/internal/durable"
	wire "sancun/wire/bank"
)

// What a bank has sent is shown by its newest versions, of one date, without what
// a crash left half written.
func TestArrived(t *testing.T) {
	dir := t.TempDir()
	s := &store{durable.OS{}, dir + "/in"}
	keep := func(date wire.Date, name, content string) {
		t.Helper()
		if _, err := s.keep(date, name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	shown := Arrived(durable.OS{}, dir, 20230825)
	if all, err := shown.ReadDir("."); err != nil || len(all) != 0 {
		t.Errorf("before anything came: %v, %v", all, err)
	}
	keep(20230825, "B04.txt", "first")
	keep(20230825, "B04.txt", "second")
	keep(20230825, "B04.txt.ctl", "total")
	keep(20230828, "B05.txt", "of another day")
	for _, half := range []string{"B05.txt.v1" + durable.TempSuffix, "stray", "x.vy"} {
		if err := os.WriteFile(dir+"/in/20230825/"+half, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := shown.ReadDir(".")
	if err != nil || len(all) != 2 || all[0].Name() != "B04.txt" || all[1].Name() != "B04.txt.ctl" {
		t.Fatalf("shown %v, %v", all, err)
	}
	if info, err := all[0].Info(); err != nil || info.Size() != 6 || info.Sys().(FileInfo).Version != 2 || info.IsDir() {
		t.Errorf("B04 %+v, %v", info, err)
	}
	if text, err := fs.ReadFile(shown, "B04.txt"); err != nil || string(text) != "second" {
		t.Errorf("B04 says %q, %v", text, err)
	}
	for name, want := range map[string]error{"B05.txt": fs.ErrNotExist, "../B04.txt": fs.ErrInvalid, "": fs.ErrInvalid} {
		if _, err := shown.Open(name); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
	if _, err := shown.ReadDir("in"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another folder: %v", err)
	}
}
