package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sancun/internal/pgcluster"
)

// childVariable makes the test binary be something else: the program itself, or a
// centre with a desk at its standard input.
const childVariable = "SANCUN_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "sancun":
		os.Exit(run(os.Args[1:]))
	case "desk":
		os.Exit(desk(os.Args[1]))
	}
	testscript.Main(m, map[string]func(){"sancun": main})
}

// TestScripts runs the command line as people do, one story a file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// TestPostgresScripts are stories with a database, whose address is $JOURNAL.
func TestPostgresScripts(t *testing.T) {
	c, err := pgcluster.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the stories run behind this function
		if err := c.Remove(); err != nil {
			t.Error(err)
		}
	})
	testscript.Run(t, testscript.Params{Dir: "testdata/postgres", Setup: func(e *testscript.Env) error {
		e.Setenv("JOURNAL", c.DSN("postgres"))
		return os.WriteFile(filepath.Join(e.WorkDir, "journal.dsn"), []byte(c.DSN("postgres")+"\n"), 0o600)
	}})
}
