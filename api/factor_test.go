package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"sancun/api"
	"sancun/record"
	"sancun/vault"
)

// code is what a device shows now, or some steps later.
func (c *centre) code(secret string, later int) string {
	c.t.Helper()
	text, err := hotp.GenerateCode(secret, uint64(c.clock().Unix()/30+int64(later)))
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// A client's transfers above the limit's threshold need a code of his device: near
// its time, once, and not guessed.
func TestSecondFactorOfClient(t *testing.T) {
	c := withClients(t, 1000)
	c.system(&record.SetLimit{From: today, SecondFactor: 1_000, Source: "agreement"})
	deposit := func(key string, amount int, code string) reply {
		body := map[string]any{"fund": 880001, "amount": amount}
		if code != "" {
			body["code"] = code
		}
		return c.send("ming", "POST", "/v1/deposits", key, body)
	}
	if got := deposit("d1", 1_000, ""); got.status != http.StatusCreated {
		t.Errorf("at the threshold: %d %s", got.status, got.raw)
	}
	if got := deposit("d2", 1_001, ""); got.code() != "second-factor-needed" || got.body["advice_zh"] == "" {
		t.Errorf("above: %d %s", got.status, got.raw)
	}
	if got := deposit("d3", 1_001, "123456"); got.code() != "second-factor-missing" {
		t.Errorf("a code without a device: %d %s", got.status, got.raw)
	}
	if got := c.send("ming", "POST", "/v1/clients/1/factor", "f0", map[string]any{"fund_password": "Wrong-Cow-57"}); got.code() != "fund-password-wrong" {
		t.Errorf("set with a wrong password: %d %s", got.status, got.raw)
	}
	set := c.must("ming", "POST", "/v1/clients/1/factor", "f1", map[string]any{"fund_password": "Cash-Cow-57"})
	secret, _ := set.body["secret"].(string)
	if url, _ := set.body["url"].(string); len(secret) != 32 || !strings.HasPrefix(url, "otpauth://totp/Sancun:1?") || !strings.Contains(url, secret) {
		t.Fatalf("set: %s", set.raw)
	}
	if again := c.must("ming", "POST", "/v1/clients/1/factor", "f1", map[string]any{"fund_password": "Cash-Cow-57"}); again.body["secret"] != nil {
		t.Errorf("the secret is told twice: %s", again.raw)
	}
	c.fill()
	first := c.code(secret, 0)
	good := deposit("d4", 5_000, first)
	if good.status != http.StatusCreated {
		t.Fatalf("with a code: %d %s", good.status, good.raw)
	}
	c.fill()
	if again := deposit("d4", 5_000, first); string(again.raw) != string(good.raw) {
		t.Errorf("the same request: %s, first %s", again.raw, good.raw)
	}
	if got := deposit("d5", 5_000, first); got.code() != "factor-used" {
		t.Errorf("a code used twice: %d %s", got.status, got.raw)
	}
	if got := deposit("d6", 5_000, c.code(secret, 2)); got.code() != "second-factor-wrong" {
		t.Errorf("a code of a minute later: %d %s", got.status, got.raw)
	}
	c.fill()
	if got := c.must("ming", "POST", "/v1/withdrawals", "w1", map[string]any{"fund": 880001, "amount": 2_000, "fund_password": "Cash-Cow-57", "code": c.code(secret, 1)}); got.number("ref") == 0 {
		t.Errorf("a withdrawal: %s", got.raw)
	}
	if got := c.send("hong", "POST", "/v1/deposits", "x", map[string]any{"fund": 880001, "amount": 1, "code": "123456"}); got.status != http.StatusNotFound {
		t.Errorf("another's account: %d %s", got.status, got.raw)
	}
	for _, bad := range []string{"12345", "1234567"} {
		if got := deposit("bad"+bad, 5_000, bad); got.code() != "bad-field" {
			t.Errorf("%s: %d %s", bad, got.status, got.raw)
		}
	}
	c.pass(2 * time.Minute)
	c.fill()
	for i := range 5 {
		deposit(fmt.Sprint("guess", i), 5_000, "000000")
	}
	if got := deposit("d7", 5_000, c.code(secret, 0)); got.code() != "second-factor-locked" || got.head.Get("Retry-After") == "" {
		t.Errorf("after five guesses: %d %s", got.status, got.raw)
	}
}

// Another second factor is set at the counter by two people; the old one holds
// until then.
func TestSecondFactorIsReplacedByTwo(t *testing.T) {
	c := withClients(t, 1000)
	c.system(&record.SetLimit{From: today, SecondFactor: 1_000, Source: "agreement"})
	old, _ := c.must("ming", "POST", "/v1/clients/1/factor", "f1", map[string]any{"fund_password": "Cash-Cow-57"}).body["secret"].(string)
	if got := c.send("ming", "POST", "/v1/clients/1/factor", "f2", map[string]any{"fund_password": "Cash-Cow-57"}); got.code() != "factor-is-set" {
		t.Errorf("replaced alone: %d %s", got.status, got.raw)
	}
	asked := c.send("maker", "POST", "/v1/clients/1/factor", "f3", map[string]any{"verified": true})
	fresh, _ := asked.body["secret"].(string)
	if asked.status != http.StatusAccepted || fresh == "" {
		t.Fatalf("at the counter: %d %s", asked.status, asked.raw)
	}
	c.fill()
	deposit := func(key, secret string) string {
		c.t.Helper()
		code := c.send("ming", "POST", "/v1/deposits", key, map[string]any{"fund": 880001, "amount": 5_000, "code": c.code(secret, 0)}).code()
		c.pass(time.Minute)
		c.fill()
		return code
	}
	if got := deposit("d1", old); got != "accepted" {
		t.Errorf("the old one before the approval: %s", got)
	}
	if got := deposit("d2", fresh); got != "second-factor-wrong" {
		t.Errorf("the new one before the approval: %s", got)
	}
	if got := c.approve("checker", asked.number("proposal")); got.code() != "accepted" {
		t.Fatalf("approved: %d %s", got.status, got.raw)
	}
	c.fill()
	if got := deposit("d3", old); got != "second-factor-wrong" {
		t.Errorf("the old one after the approval: %s", got)
	}
	if got := deposit("d4", fresh); got != "accepted" {
		t.Errorf("the new one after the approval: %s", got)
	}
}

// factorUsers is a file of users in which the checker has a second factor.
func factorUsers(t *testing.T) (users api.Users, secret string) {
	t.Helper()
	dir := t.TempDir()
	drawn, err := vault.NewFactor(strings.NewReader("twenty bytes of some"))
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := vault.NewPasswords(vault.PasswordCost{MemoryKiB: 64, Passes: 1, Lanes: 1}, 1, strings.NewReader("sixteen bytes of"))
	if err != nil {
		t.Fatal(err)
	}
	hash, err := passwords.HashPassword(t.Context(), vault.NewSecret(password))
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"users":[{"name":"checker","roles":["broker-checker","broker-maker"],"number":12,"hash":%q,"factor_file":"checker.totp"}]}`, hash)
	for name, text := range map[string]string{"users.json": text, "checker.totp": drawn.Plain() + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	users, err = api.LoadUsers(filepath.Join(dir, "users.json"))
	if err != nil {
		t.Fatal(err)
	}
	return users, drawn.Plain()
}

// Staff who have a second factor need a code of it to sign in, each code once.
func TestStaffSignInWithCode(t *testing.T) {
	users, secret := factorUsers(t)
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Users = users })
	sign := func(fields ...string) reply {
		body := map[string]string{"user": "checker", "password": password}
		for i := 0; i < len(fields); i += 2 {
			body[fields[i]] = fields[i+1]
		}
		return c.send("", "POST", "/v1/sessions", "", body)
	}
	if got := sign(); got.status != http.StatusUnauthorized || got.code() != "sign-in-code-needed" {
		t.Errorf("without a code: %d %s", got.status, got.raw)
	}
	if got := sign("password", "Wrong-Horse-7"); got.code() != "sign-in-refused" {
		t.Errorf("a wrong password tells about the code: %d %s", got.status, got.raw)
	}
	if got := sign("code", "000000"); got.code() != "second-factor-wrong" {
		t.Errorf("a wrong code: %d %s", got.status, got.raw)
	}
	code := c.code(secret, 0)
	if got := sign("code", code); got.status != http.StatusCreated {
		t.Errorf("with a code: %d %s", got.status, got.raw)
	}
	if got := sign("code", code); got.code() != "factor-used" {
		t.Errorf("the same code again: %d %s", got.status, got.raw)
	}
}

func TestFactorFiles(t *testing.T) {
	write := func(dir, name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	staff := `{"users":[{"name":"li","roles":["auditor"],"number":1,"hash":"x","factor_file":"li.totp"}]}`
	for what, c := range map[string]struct {
		users, secret string
		mode          os.FileMode
	}{
		"read by others": {staff, strings.Repeat("A", 32), 0o644},
		"no secret":      {staff, "hello", 0o600},
		"an investor's":  {`{"users":[{"name":"li","roles":["investor"],"client":1,"hash":"x","factor_file":"li.totp"}]}`, strings.Repeat("A", 32), 0o600},
		"too long":       {staff, strings.Repeat("A", 2_000), 0o600},
		"missing":        {staff, "", 0},
	} {
		dir := t.TempDir()
		write(dir, "users.json", c.users, 0o600)
		if c.mode != 0 {
			write(dir, "li.totp", c.secret, c.mode)
		}
		if _, err := api.LoadUsers(filepath.Join(dir, "users.json")); err == nil || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
