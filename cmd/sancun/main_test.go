package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
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
