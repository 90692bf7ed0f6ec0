package node

import (
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

// folder is where a test's configuration lies, with the keys the example names.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"keys/vault.key": "a key file\n", "keys/szse.password": "drill-only\n", "keys/banks.key": "BANK01=00112233445566778899aabbccddeeff\n", "open.key": "x",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "open.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The example is a good configuration and shows every key.
func TestExample(t *testing.T) {
	dir := folder(t)
	c, err := ParseConfig(filepath.Join(dir, "sancun.yaml"), []byte(Example))
	if err != nil {
		t.Fatal(err)
	}
	if c.Centre.Dir != filepath.Join(dir, "data/drill") || c.Exchanges[0].Password != Secret("file:"+filepath.Join(dir, "keys/szse.password")) {
		t.Errorf("relative paths do not begin at the file's folder: %s, %s", c.Centre.Dir, c.Exchanges[0].Password)
	}
	if c.Banks[0].Terms.SingleMax != 500_000_000_00 || c.Banks[1].Terms.From != 9*3_600_000 || time.Duration(c.Exchanges[0].Heartbeat) != 30*time.Second {
		t.Errorf("read %+v", c.Banks)
	}
	inRepository, err := os.ReadFile("../config/sancun.example.yaml")
	if err != nil || string(inRepository) != Example {
		t.Errorf("config/sancun.example.yaml is not the example: %v", err)
	}
	for _, key := range keysOf(reflect.TypeFor[Config]()) {
		if !strings.Contains(Example, key+":") {
			t.Errorf("the example does not show %s", key)
		}
	}
}

// keysOf lists every key of a section and those below it.
func keysOf(of reflect.Type) (all []string) {
	for i := range of.NumField() {
		f := of.Field(i)
		all = append(all, f.Tag.Get("yaml"))
		inner := f.Type
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && strings.HasSuffix(inner.Name(), "Config") {
			all = append(all, keysOf(inner)...)
		}
	}
	return all
}

var anyLine = regexp.MustCompile(`\(line \d+\)`)

// Every problem has its message, with the key, the line and what to write.
func TestProblems(t *testing.T) {
	dir := folder(t)
	name := filepath.Join(dir, "sancun.yaml")
	t.Setenv("SANCUN_TEST_SECRET", "")
	for _, c := range []struct{ old, new, want string }{
		{"log:", "logs:", "logs (line N): there is no such key; did you mean log?"},
		{"  level: info", "  colour: red", "log.colour (line N): there is no such key; there are level"},
		{"level: info", "level: loud", `log.level (line N): "loud" is no level; write debug, info, warn or error`},
		{"level: info", "level: [info]", "log.level (line N): want one value, not a list or a section"},
		{"name: drill-1", "name: &a drill-1", "centre.name (line N): anchors and aliases are not taken; write the value out"},
		{"name: drill-1", "name: drill 1", `centre.name (line N): "drill 1" is no name; write 1 to 40 letters, digits and dashes`},
		{"  cell: 1", "  cell: 1\n  cell: 1", "centre.cell (line N): stands twice; write it once"},
		{"  cell: 1", "  cell: 0", "centre.cell (line N): cells are numbered from 1"},
		{"  cell: 1", "  cell: 1x", `centre.cell (line N): "1x" is no whole number from 0 to 4294967295`},
		{"hash: sha256", "hash: md5", `centre.hash (line N): "md5" is no hash; write sha256 or sm3`},
		{"# segment_bytes: 128MiB", "segment_bytes: 5000", "centre.segment_bytes (line N): 5000 is out of bounds; write 16KiB to 1GiB in steps of 4KiB"},
		{"# segment_bytes: 128MiB", "segment_bytes: 1 TB", `centre.segment_bytes (line N): "1 TB" is no size; write one like 4096, 64KiB, 128MiB or 1GiB`},
		{"# answers: 2000000", "answers: 5", "centre.answers (line N): 5 is out of bounds; write 1000 to 100000000"},
		{"# answers: 2000000", "answers: many", `centre.answers (line N): "many" is no whole number`},
		{"# snapshot_every: 1h", "snapshot_every: 1", `centre.snapshot_every (line N): "1" is no duration; write one like 90s, 5m or 1h30m`},
		{"# snapshot_every: 1h", "snapshot_every: 48h", "centre.snapshot_every (line N): 48h is out of bounds; write 1s to 24h"},
		{"# snapshot_records: 5000000", "snapshot_records: 5", "centre.snapshot_records (line N): 5 is too few; write 1000 or more"},
		{"  dir: data/drill", "  name2: x\n", "centre.name2 (line N): there is no such key; did you mean name?"},
		{"# clock:", "clock: {speed: 5}", "clock.speed (line N): only a drill may run fast; write clock.real and clock.drill too, or leave it out"},
		{"# clock:", "clock: {speed: 500, real: 2026-03-02T20:00:00+08:00, drill: 2023-08-25T09:00:00+08:00}", "clock.speed (line N): 500 is out of bounds; write 1 to 60"},
		{"# clock:", "clock: {real: 2026-03-02T20:00:00+08:00}", "clock (line N): real and drill belong together; write both, or neither in earnest"},
		{"# clock:", "clock: {hand: clock}", "clock.hand (line N): only the time of a drill may be moved; write clock.drill too, or leave it out"},
		{"# clock:", "clock: {hand: clock, real: 2026-03-02T20:00:00+08:00, drill: 2023-08-25T09:00:00+08:00}", "clock.real (line N): is said by the file of clock.hand; leave one of them out"},
		{"# clock:", "clock: {skip_nights: true}", "clock.skip_nights (line N): only a drill may skip nights; write clock.real and clock.drill too, or leave it out"},
		{"name: 示例证券\n", "name: '" + strings.Repeat("券", 21) + "'\n", "broker.name (line N): has 63 bytes; write at most 60 bytes of UTF-8"},
		{`branch: "0001"`, `branch: "000100010"`, `broker.branch (line N): "000100010" is too long; write at most 8 letters and digits`},
		{"      set: 1\n", "      set: 4\n", "banks[0].files.set (line N): 4 is no file set; write 1 to 3"},
		{"      set: 1\n", "", "banks[0].files.set: is missing; write the file set agreed with the bank, 1 to 3"},
		{`      code: "0001"`, `      code: "1"`, `banks[0].files.code (line N): "1" is no code; write the four characters agreed with the bank`},
		{`number: "999900000000000001"`, `number: ""`, "banks[0].files.pooled.number (line N): has 0 characters; write 1 to 32"},
		{"{name: 示例证券法人结算户, number: \"999900000000000100\", bank: 示例银行1号}", "{number: \"1\"}", "banks[0].files.legal.name: has 0 bytes; write 1 to 60 bytes of UTF-8"},
		{"{name: 示例证券法人结算户, number: \"999900000000000100\", bank: 示例银行1号}", "{number: \"1\"}", "banks[0].files.legal.bank: has 0 bytes; write 1 to 60 bytes of UTF-8"},
		{"# day_end:", "day_end: {answers_within: 24h}", "day_end.answers_within (line N): 24h is out of bounds; write 1s to 12h"},
		{"# day_end:", "day_end: {rates: [{from: 20230101, rate: 1.5, source: x}]}", `day_end.rates[0].rate (line N): "1.5" is no rate; write a fraction of one like 0.0035`},
		{"# day_end:", "day_end: {rates: [{from: tomorrow, rate: 0.01, source: x}]}", `day_end.rates[0].from (line N): "tomorrow" is no date; write one like 20230825`},
		{"# day_end:", "day_end: {rates: [{rate: 0.01, source: x}]}", "day_end.rates[0].from: is missing; write the first day it holds on, such as 20230101"},
		{"# day_end:", "day_end: {rates: [{from: 20230101, rate: 0.01}]}", "day_end.rates[0].source: is missing; write where the rate was announced"},
		{"# day_end:", "day_end: {rates: [{from: 20230101, rate: 0.01, source: x, base: 364}]}", "day_end.rates[0].base (line N): 364 is no year; write 360 or 365"},
		{"# day_end:", "day_end: {rates: [{currency: EUR, from: 20230101, rate: 0.01, source: x}]}", `day_end.rates[0].currency (line N): "EUR" is no currency; write CNY, HKD or USD`},
		{"# day_end:", "day_end: {rates: [{from: 20230102, rate: 0.01, source: x}, {from: 20230101, rate: 0.01, source: x}]}", "day_end.rates[1].from (line N): 20230101 is not behind the rate before it; write the rates of a currency in order"},
		{"# clock:", "clock: {real: noon}", `clock.real (line N): "noon" is no time; write one like 2023-08-25T09:00:00+08:00`},
		{"keys/vault.key   #", "keys/none.key   #", "vault.key_file (line N): stat " + dir + "/keys/none.key: no such file or directory"},
		{"keys/vault.key   #", "open.key   #", "vault.key_file (line N): " + dir + "/open.key may be read by others; chmod 600 it"},
		{"keys/vault.key   #", "keys   #", "vault.key_file (line N): " + dir + "/keys is no file"},
		{"  key_file: keys/vault.key", "# ", "vault.key_file: is missing; write the path of a file"},
		{"enabled: true", "enabled: yes", `books.enabled (line N): "yes" is neither true nor false`},
		{"enabled: true", "enabled: false\nhttp: {listen: '127.0.0.1:8443'}", "http.listen (line N): the door reads the books; write books.enabled: true"},
		{`code: "60050000"`, `code: "600500000000"`, `broker.code (line N): "600500000000" is no institution code; write 1 to 8 letters and digits`},
		{"market: SZ", "market: BJ", `exchanges[0].market (line N): "BJ" is no market; write SH or SZ`},
		{"market: SZ", "market: SH", "exchanges[1].market (line N): SH stands twice; a market has one connection"},
		{"127.0.0.1:9101", "127.0.0.1", `exchanges[0].address (line N): "127.0.0.1" is no address; write host:port, such as 10.1.2.3:9129`},
		{"    comp_id: SANCUN01\n    target: EXCHANGE\n    password", "    password", "exchanges[0].comp_id: is missing; the exchange has given it to you"},
		{"    comp_id: SANCUN01\n    target: EXCHANGE\n    password", "    password", "exchanges[0].target: is missing; the exchange has given it to you"},
		{"password: file:keys/szse.password\n    #", "password: hunter2\n    #", "exchanges[0].password (line N): a secret may not stand here; write file:/path/of/a/file or env:NAME_OF_A_VARIABLE"},
		{"password: file:keys/szse.password\n    #", "password: file:open.key\n    #", "exchanges[0].password (line N): " + dir + "/open.key may be read by others; chmod 600 it"},
		{"password: file:keys/szse.password\n    #", "password: file:none\n    #", "exchanges[0].password (line N): stat " + dir + "/none: no such file or directory"},
		{"password: file:keys/szse.password\n    #", "password: env:SANCUN_TEST_SECRET\n    #", "exchanges[0].password (line N): the environment variable SANCUN_TEST_SECRET is not set"},
		{"    # heartbeat: 30s\n    dup", "    heartbeat: 1500ms\n    dup", "exchanges[0].heartbeat (line N): 1.5s is not in whole seconds"},
		{"    # heartbeat: 30s\n    dup", "    heartbeat: 1h\n    dup", "exchanges[0].heartbeat (line N): 1h is out of bounds; write 1s to 5m"},
		{"duplicates: [30001]", "duplicates: []", "exchanges[0].duplicates (line N): is missing; write the codes by which Shenzhen refuses an order number used before, such as [30001]"},
		{"duplicates: [30001]", "duplicates: 30001", "exchanges[0].duplicates (line N): want a list of at most 255, each begun by a dash"},
		{"# ack_timeout: 10s", "after_hours: {address: 127.0.0.1:9113, user: A}", "exchanges[0].after_hours (line N): is of no use: Shenzhen takes after-hours orders on the same line as all; leave it out"},
		{"      address: 127.0.0.1:9113\n", "", "exchanges[1].after_hours.address: is missing; write host:port"},
		{"      user: SANCUN01\n    quotes", "      user: 三存\n    quotes", `exchanges[1].after_hours.user (line N): "三存" is no name; write 1 to 10 letters and digits`},
		{"# ack_timeout: 10s", "ack_timeout: 1s", "exchanges[0].ack_timeout (line N): 1s is out of bounds; write 3s to 10m"},
		{"- address: 127.0.0.1:9102", "- target: Q", "exchanges[0].quotes[0].address: is missing; write host:port"},
		{"number: 1\n", "number: 0\n", "banks[0].number (line N): 0 is out of bounds; write 1 to 255"},
		{"number: 1\n", "number: 2\n", "banks[1].number (line N): bank 2 stands twice; give each its own"},
		{"code: BANK01", "code: BANK02", `banks[1].code (line N): code "BANK02" stands twice; give each its own`},
		{"name: 示例银行1号", "name: ''", "banks[0].name (line N): has 0 bytes; write 1 to 40 bytes of UTF-8"},
		{"format: fixed24", "format: csv", `banks[0].format (line N): "csv" is no format; write fixed24, fixed10, delim, xml or xml-utf8`},
		{"operator: SANCUN\n    #", "operator: ''\n    #", `banks[0].operator (line N): "" is no teller number; write 1 to 10 characters`},
		{"# answer_within: 30s", "answer_within: 1h", "banks[0].answer_within (line N): 1h is out of bounds; write 1s to 10m"},
		{"# queue_for: 30s", "queue_for: 1h", "banks[0].queue_for (line N): 1h is out of bounds; write 1s to 10m"},
		{"# redial_every: 5s", "redial_every: 1ms", "banks[0].redial_every (line N): 1ms is out of bounds; write 1s to 10m"},
		{`from: "09:00"`, `from: "25:00"`, `banks[0].terms.from (line N): "25:00" is no time of day; write one like 09:00:00`},
		{`from: "09:00"`, `from: "17:00"`, "banks[0].terms.until (line N): 16:00:00 is not after 17:00:00"},
		{"single_min: 0.01", "single_min: 0.001", `banks[0].terms.single_min (line N): "0.001" is no amount; write yuan like 50000 or 0.01`},
		{"single_max: 500000000\n      daily_max: 2000000000\n      daily_count", "daily_max: 2000000000\n      daily_count", "banks[0].terms.single_max: 0.00 yuan; write what was agreed with the bank, not below single_min"},
		{"daily_max: 2000000000\n      daily_count", "daily_max: 1\n      daily_count", "banks[0].terms.daily_max (line N): 1.00 yuan; write what was agreed with the bank, not below single_max"},
		{"# clearing:", "clearing: {inbox: inbox}", "clearing.inbox (line N): " + dir + "/inbox is no folder; make it, or name another"},
		{"# clearing:", "clearing: {pbu: '12345'}", "clearing.inbox: is missing; write the folder the files come into, or leave the section out"},
		{"# identity:", "identity: {url: 'http://register.example'}", `identity.url (line N): "http://register.example" is refused; write https, or http to this machine`},
		{"# identity:", "identity: {url: 'https://register.example'}", "identity.token: is missing; write file:/path/of/a/file or env:NAME_OF_A_VARIABLE"},
		{"# http:", "http: {listen: '127.0.0.1:8443'}", "http.certificate: is missing; personal data do not cross a network in clear"},
		{"# http:", "http: {listen: '127.0.0.1:8443'}", "http.users: is missing; write the path of a file"},
		{"# http:", "http: {listen: '127.0.0.1:8443', users: keys/vault.key}", "http.users (line N): " + dir + "/keys/vault.key: the file of users is not acceptable"},
		{"# http:", "http: {listen: '127.0.0.1:8443', rate_per_second: 0}", "http.rate_per_second (line N): 0 is out of bounds; write 1 to 100000"},
		{"# http:", "http: {key_file: x}", "http.listen: is missing; write address:port, or leave the section out"},
		{"listen: 127.0.0.1:8081", "listen: 0.0.0.0:8081", "health.listen (line N): 0.0.0.0:8081 can be reached from other machines; write an address such as 127.0.0.1:8081"},
		{"listen: 127.0.0.1:8081", "listen: here", `health.listen (line N): "here" is no address to listen on; write address:port, such as 127.0.0.1:8081`},
		{"centre:", "%", "the file: is not YAML: "},
		{"health:", "---\nhealth:", "the file: holds more than one document; write one"},
	} {
		text := strings.Replace(Example, c.old, c.new, 1)
		if text == Example {
			t.Errorf("the example has no %q", c.old)
			continue
		}
		_, err := ParseConfig(name, []byte(text))
		var all *ConfigError
		if !errors.As(err, &all) || !strings.Contains(anyLine.ReplaceAllString(err.Error(), "(line N)"), "\n  "+c.want) {
			t.Errorf("%q → %q: got\n%v\nwant\n  %s", c.old, c.new, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the message shows a secret: %v", err)
		}
	}
}

// All problems are told at once, and an empty file says what it lacks.
func TestAllProblemsAtOnce(t *testing.T) {
	_, err := ParseConfig("empty.yaml", nil)
	want := "empty.yaml cannot be used, 3 to put right:\n  centre.dir: is missing; write the folder of the centre, such as /var/lib/sancun\n" +
		"  vault.key_file: is missing; write the path of a file\n  broker.code: \"\" is no institution code; write 1 to 8 letters and digits"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = ParseConfig("list.yaml", []byte("- a\n- b\n"))
	if err == nil || !strings.Contains(err.Error(), "the file (line 1): want a section of keys with values") {
		t.Errorf("a list: %v", err)
	}
	_, err = ParseConfig("lines.yaml", []byte("# one\nlog:\n  level: loud\n  levle: info\nbooks:\n  enabled: 2\n"))
	for _, want := range []string{"log.level (line 3)", "log.levle (line 4)", "books.enabled (line 6)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v says nothing of %s", err, want)
		}
	}
	if _, err := ReadConfig(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(Example)
	f.Add("centre: {name: [x]}\nbanks:\n  - number: 1\n  - 2\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig("fuzz/fuzz.yaml", []byte(text))
		if err == nil && (c.Centre.Dir == "" || c.Centre.Cell == 0) {
			t.Fatalf("taken without a folder or cell: %+v", c)
		}
	})
}

// docs/configuration.md says of every key what config.go says of its field.
func TestDocument(t *testing.T) {
	want := document(t)
	const name = "../docs/configuration.md"
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("docs/configuration.md is not what config.go says (%v); run: go test ./node -run TestDocument -update", err)
	}
}

// document writes the page from the comments of config.go.
func document(t *testing.T) string {
	t.Helper()
	var decls []ast.Decl
	for _, name := range []string{"config.go", "configpeer.go", "configbackup.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		decls = append(decls, file.Decls...)
	}
	sections := map[string]*ast.StructType{}
	for _, decl := range decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, spec := range g.Specs {
				if s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
					sections[spec.(*ast.TypeSpec).Name.Name] = s
				}
			}
		}
	}
	var out strings.Builder
	out.WriteString(documentHead)
	c := Defaults()
	describe(&out, sections, "Config", "", reflect.ValueOf(&c).Elem())
	return out.String()
}

const documentHead = `# Configuration of a centre

One YAML file, read by ` + "`sancun serve`" + `. ` + "`sancun config check FILE`" + ` says everything that is wrong with one, with key and line;
` + "`sancun config example`" + ` prints one to begin with ([config/sancun.example.yaml](../config/sancun.example.yaml)). Unknown keys are refused.
Relative paths begin at the folder of the file. A secret is never written down but referred to: ` + "`file:/path`" + ` names a file of mode 600, ` + "`env:NAME`" + ` a variable.
A change takes effect at the next start. This page is made of the comments in node/config.go by a test.
`

func describe(out *strings.Builder, sections map[string]*ast.StructType, name, key string, v reflect.Value) {
	type inner struct {
		name, key string
		v         reflect.Value
	}
	var below []inner
	first := true
	for i, field := range sections[name].Fields.List {
		f := v.Type().Field(i)
		path := strings.TrimPrefix(key+"."+f.Tag.Get("yaml"), ".")
		what := strings.Join(strings.Fields(field.Doc.Text()), " ")
		of := f.Type
		element := v.Field(i)
		if of.Kind() == reflect.Slice && sections[of.Elem().Name()] != nil {
			of, path = of.Elem(), path+"[]"
			element = reflect.New(of).Elem()
			setDefaults(element)
		}
		if sections[of.Name()] != nil {
			below = append(below, inner{of.Name(), path, element})
			if name == "Config" {
				continue
			}
			what += " See below."
		}
		if first {
			out.WriteString("\n| key | default | what |\n|---|---|---|\n")
			first = false
		}
		out.WriteString("| `" + path + "` | " + defaultOf(element) + " | " + strings.ReplaceAll(what, "|", "\\|") + " |\n")
	}
	for _, b := range below {
		out.WriteString("\n## " + b.key + "\n")
		describe(out, sections, b.name, b.key, b.v)
	}
}

func defaultOf(v reflect.Value) string {
	if v.Kind() == reflect.Struct && !strings.HasSuffix(v.Type().Name(), "Listen") || v.Kind() == reflect.Slice || v.IsZero() && v.Kind() != reflect.Bool {
		return ""
	}
	if s, ok := v.Interface().(interface{ String() string }); ok {
		return "`" + s.String() + "`"
	}
	switch v.Kind() {
	case reflect.String:
		return "`" + v.String() + "`"
	case reflect.Bool:
		return map[bool]string{true: "`true`", false: "`false`"}[v.Bool()]
	case reflect.Int:
		return "`" + strconv.FormatInt(v.Int(), 10) + "`"
	}
	return "`" + strconv.FormatUint(v.Uint(), 10) + "`"
}
