package main

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Files are made until nothing is left, written under their own names for their
// owner alone, and answered with the bytes of the answer.
func TestFilingAtADoor(t *testing.T) {
	var asked []string
	left := 1
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		switch r.URL.Path {
		case "/v1/sessions":
			fmt.Fprint(w, `{"token":"t"}`)
		case "/v1/filing-files":
			fmt.Fprintf(w, `{"ref":%d,"left":%d}`, 2-left, left)
			left--
		case "/v1/filing-files/1/read":
			fmt.Fprint(w, `{"name":"../KHBA_1.txt","content":"SHwx"}`)
		default:
			fmt.Fprint(w, `{"ref":7,"rows":[]}`)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	authority := write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	at := []string{"--url", server.URL, "--certificate", authority, "--user", "ops", "--password", "file:" + write("password", "secret")}
	for _, args := range [][]string{
		{"filing", "make"}, {"filing", "take", "1", "--reason", "sent today", "-o", dir}, {"filing", "answer", "1", write("answer", "A")},
		{"filing", "again", "4", "--reference", "corrected"}, {"filing", "list", "--state", "refused"},
	} {
		if code := run(append(args, at...)); code != 0 {
			t.Errorf("%v ends with %d", args, code)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "KHBA_1.txt")); err != nil || string(text) != "H|1" {
		t.Errorf("the file is %q, %v", text, err)
	}
	for _, want := range []string{"POST /v1/filing-files/1/answer", "POST /v1/filings/4/again", "GET /v1/filings?limit=500&after=0&state=refused"} {
		if !slices.Contains(asked, want) {
			t.Errorf("%s was not asked: %v", want, asked)
		}
	}
	made := slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return s != "POST /v1/filing-files" })
	if len(made) != 2 {
		t.Errorf("files were made %d times", len(made))
	}
}
