package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"sancun/day"
	"sancun/node"
	"sancun/vault"
)

type simPrepareCmd struct {
	Dir   string `arg:"" help:"The folder to make; one that holds anything is refused." type:"path"`
	Drill string `default:"2023-08-25T10:00:00+08:00" help:"Time at which the drill begins."`
	Speed int    `default:"60" help:"How many seconds of the drill pass in one, 1 to 60."`
	Ports int    `default:"9100" help:"First of some two hundred ports of this machine that the counterparties listen on."`
	Door  string `default:"127.0.0.1:8443" help:"Address of the HTTP door."`
	drillFlags
}

// drillPassword is everybody's in a prepared drill. It protects nobody.
const drillPassword = "Drill-Horse-7"

// drillUsers are who may sign in, with the password above.
var drillUsers = []struct {
	name, role string
	number     int
}{{"ops", "operations", 1001}, {"maker", "broker-maker", 1002}, {"checker", "broker-checker", 1003}, {"audit", "auditor", 1004}}

// drillText is the configuration of a prepared drill.
var drillText = template.Must(template.New("drill").Parse(`# A drill that sancun sim prepare has made. docs/configuration.md explains every key.
centre: {name: drill-1, dir: centre, segment_bytes: 16MiB}
clock: {drill: {{.Drill}}, speed: {{.Speed}}, skip_nights: true, hand: clock}
vault: {key_file: keys/vault.key}
broker: {code: "60050000", name: 示例证券, branch: "0001", cash_accounts: ["600500000000000001", B001600500]}
exchanges:
  - market: SZ
    address: 127.0.0.1:{{.Port 1}}
    comp_id: SANCUN01
    target: EXCHANGE
    password: file:keys/szse.password
    duplicates: [30001]
    quotes: [{address: 127.0.0.1:{{.Port 2}}, comp_id: SANCUN01, target: QUOTES, password: file:keys/szse.password}]
  - market: SH
    address: 127.0.0.1:{{.Port 11}}
    comp_id: SANCUN01
    target: EXCHANGE
    duplicates: [11270]
    quotes: [{address: 127.0.0.1:{{.Port 12}}, comp_id: SANCUN01, target: QUOTES}]
banks:{{range .Lines}}
  - number: {{.Number}}
    code: {{.Code}}
    name: 示例银行{{.Number}}号
    format: {{.Format}}
    address: 127.0.0.1:{{.Port}}
    key_file: keys/banks.key
    operator: SANCUN
    terms: {single_max: 500000000, daily_max: 2000000000}
    files:
      set: {{.Set}}
      code: "000{{.Number}}"
      pooled: {name: 示例证券客户交易结算资金汇总户, number: "99990000000000000{{.Number}}", bank: 示例银行{{.Number}}号}
      legal: {name: 示例证券法人结算户, number: "999900000000000100", bank: 示例银行{{.Number}}号}{{end}}
clearing: {inbox: inbox, every: 1m, shanghai: "60050", shenzhen: "600500", pbu: "50001", requests: requests}
day_end:
  rates: [{currency: CNY, from: 20230101, rate: 0.0025, base: 360, source: invented for drills}]
http: {listen: "{{.Door}}", certificate: keys/http.pem, key_file: keys/http.key, users: keys/users.json}
`))

// drillLine is a bank in drillText.
type drillLine struct {
	Number, Port, Set int
	Code, Format      string
}

// Port is a port of the drill.
func (c *simPrepareCmd) Port(n int) int { return c.Ports + n }

// Lines are the banks, in the formats by turns and each with a file set.
func (c *simPrepareCmd) Lines() (all []drillLine) {
	formats := []string{"fixed24", "fixed10", "delim", "xml"}
	for n := 1; n <= c.Banks; n++ {
		all = append(all, drillLine{Number: n, Code: fmt.Sprintf("BANK%02d", n), Format: formats[(n-1)%len(formats)], Set: 1 + (n-1)%3, Port: c.Port(100 + n)})
	}
	return all
}

// Run makes the folder of a drill: keys, configuration, users and invented clients.
func (c *simPrepareCmd) Run(ctx context.Context) error {
	drill, err := c.drill()
	if err != nil {
		return err
	}
	if left, err := os.ReadDir(c.Dir); err == nil && len(left) > 0 {
		return fmt.Errorf("%s holds something already; give another folder", c.Dir)
	}
	for _, dir := range []string{"", "keys", "inbox", "requests"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, dir), 0o700); err != nil {
			return err
		}
	}
	at := func(name string) string { return filepath.Join(c.Dir, name) }
	var codes []string
	for _, l := range c.Lines() {
		codes = append(codes, l.Code)
	}
	config := at("drill.yaml")
	var text bytes.Buffer
	if err := drillText.Execute(&text, c); err != nil {
		return err
	}
	if err := errors.Join(
		(&keysVaultCmd{File: at("keys/vault.key")}).Run(),
		(&keysBankCmd{File: at("keys/banks.key"), Banks: codes}).Run(),
		(&keysCertificateCmd{Certificate: at("keys/http.pem"), Key: at("keys/http.key"), Hosts: []string{"127.0.0.1", "localhost"}}).Run(),
		make600(at("keys/szse.password"), []byte(day.DrillExchangePassword+"\n")),
		make600(at("keys/drill.password"), []byte(drillPassword+"\n")),
		c.makeUsers(ctx, at("keys/users.json")),
		make600(config, text.Bytes()),
	); err != nil {
		return err
	}
	if err := enter(ctx, config, drill); err != nil {
		return err
	}
	fmt.Printf(`Now, each in a terminal of its own:
  sancun sim all %[1]s --customers %[2]d
  sancun serve %[1]s
and as somebody who may (everybody's password is %[3]s):
  export SANCUN_URL=https://%[4]s SANCUN_CERTIFICATE=%[5]s SANCUN_PASSWORD=file:%[6]s
  sancun day-end status --user ops
`, config, c.Customers, drillPassword, c.Door, at("keys/http.pem"), at("keys/drill.password"))
	return nil
}

func (c *simPrepareCmd) makeUsers(ctx context.Context, name string) error {
	passwords, err := vault.NewPasswords(vault.DefaultPasswordCost, 1, rand.Reader)
	if err != nil {
		return err
	}
	var users []map[string]any
	for _, u := range drillUsers {
		hash, err := passwords.HashPassword(ctx, vault.NewSecret(drillPassword))
		if err != nil {
			return err
		}
		users = append(users, map[string]any{"name": u.name, "roles": []string{u.role}, "number": u.number, "hash": hash})
	}
	text, err := json.MarshalIndent(map[string]any{"users": users}, "", "  ")
	if err != nil {
		return err
	}
	return make600(name, append(text, '\n'))
}

// enter enters the invented customers of a drill into its centre.
func enter(ctx context.Context, config string, drill day.Drill) error {
	c, err := node.ReadConfig(config)
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	n, err := node.Open(c, logTo("warn"))
	if err != nil {
		return exitError{node.ExitCode(err), fmt.Errorf("%w\nWhat to do: %s", err, node.Hint(err))}
	}
	err = drill.Open(ctx, n)
	if closing := n.Close(); err == nil {
		err = closing
	}
	if err == nil {
		_, err = fmt.Fprintf(os.Stdout, "%d invented customers at %d banks entered in %s\n", drill.Customers, drill.Banks, c.Centre.Dir)
	}
	return err
}
