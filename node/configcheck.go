package node

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sancun/api"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/journal/postgres"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

var (
	centreName = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)
	codeForm   = regexp.MustCompile(`^[A-Za-z0-9]{1,8}$`)
	userForm   = regexp.MustCompile(`^[A-Za-z0-9]{1,10}$`)
)

// checker collects what is wrong with a Config.
type checker struct{ problems []Problem }

// need notes a problem unless ok.
func (c *checker) need(ok bool, key, what string, args ...any) {
	if !ok {
		c.problems = append(c.problems, Problem{Key: key, What: fmt.Sprintf(what, args...)})
	}
}

// check returns every problem of a Config. After the file was only half read it
// says nothing of keys that are missing, since they may be the unreadable ones.
func check(c *Config, half bool) []Problem {
	var k checker
	k.centre(&c.Centre, half)
	k.need(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level", "%q is no level; write debug, info, warn or error", c.Log.Level)
	k.clock(&c.Clock)
	k.need(c.Books.Engine == "sqlite" || c.Books.Engine == "postgres", "books.engine", "%q is no engine; write sqlite or postgres", c.Books.Engine)
	k.database("books", c.Books.Engine, c.Books.DSN)
	k.file("vault.key_file", c.Vault.KeyFile, !half)
	k.need(half && c.Broker.Code == "" || codeForm.MatchString(c.Broker.Code), "broker.code", "%q is no institution code; write 1 to 8 letters and digits", c.Broker.Code)
	markets := map[string]bool{}
	for i := range c.Exchanges {
		k.exchange(fmt.Sprintf("exchanges[%d]", i), &c.Exchanges[i], markets)
	}
	if c.Issues.File != "" {
		_, err := ReadIssues(c.Issues.File)
		k.need(err == nil, "issues.file", "%v", err)
	}
	numbers, codes := map[uint16]bool{}, map[string]bool{}
	for i := range c.Banks {
		key, b := fmt.Sprintf("banks[%d]", i), &c.Banks[i]
		k.bank(key, b)
		k.need(!numbers[b.Number], key+".number", "bank %d stands twice; give each its own", b.Number)
		k.need(!codes[b.Code], key+".code", "code %q stands twice; give each its own", b.Code)
		numbers[b.Number], codes[b.Code] = true, true
	}
	k.clearing(&c.Clearing)
	k.dayEnd(c)
	k.identity(&c.Identity)
	k.backup(&c.Backup)
	k.peer(&c.Peer, c.Centre.Name)
	k.doors(c)
	return k.problems
}

func (k *checker) centre(c *CentreConfig, half bool) {
	k.need(centreName.MatchString(c.Name), "centre.name", "%q is no name; write 1 to 40 letters, digits and dashes", c.Name)
	k.need(half || c.Dir != "", "centre.dir", "is missing; write the folder of the centre, such as /var/lib/sancun")
	k.need(c.Cell != 0, "centre.cell", "cells are numbered from 1")
	_, unknown := journal.ParseHashKind(c.Hash)
	k.need(unknown == nil, "centre.hash", "%q is no hash; write sha256 or sm3", c.Hash)
	k.need(c.SegmentBytes >= disk.SegmentBytesMin && c.SegmentBytes <= disk.SegmentBytesMax && c.SegmentBytes%4096 == 0,
		"centre.segment_bytes", "%s is out of bounds; write 16KiB to 1GiB in steps of 4KiB", c.SegmentBytes)
	k.need(c.Answers >= 1_000 && c.Answers <= 100_000_000, "centre.answers", "%d is out of bounds; write 1000 to 100000000", c.Answers)
	k.between("centre.snapshot_every", c.SnapshotEvery, time.Second, 24*time.Hour)
	k.journal(&c.Journal)
	k.need(c.SnapshotRecords >= 1_000, "centre.snapshot_records", "%d is too few; write 1000 or more", c.SnapshotRecords)
}

func (k *checker) journal(c *JournalConfig) {
	k.need(c.Engine == "disk" || c.Engine == "postgres", "centre.journal.engine", "%q is no engine; write disk or postgres", c.Engine)
	_, unknown := postgres.ParsePromise(c.Promise)
	k.need(unknown == nil, "centre.journal.promise", "%v", unknown)
	k.between("centre.journal.patience", c.Patience, time.Second, postgres.PatienceMax)
	k.between("centre.journal.lease", c.Lease, postgres.LeaseMin, postgres.LeaseMax)
	k.database("centre.journal", c.Engine, c.DSN)
}

// database checks that an address stands where one is needed, and nowhere else.
func (k *checker) database(key, engine string, dsn Secret) {
	if engine != "postgres" {
		k.need(dsn == "", key+".dsn", "is used with engine: postgres only; leave it out")
		return
	}
	k.need(dsn != "", key+".dsn", "is missing; write file:/path/of/a/file or env:NAME_OF_A_VARIABLE, which holds the address")
	k.secret(key+".dsn", dsn)
}

func (k *checker) clock(c *ClockConfig) {
	if c.Hand != "" {
		k.need(!time.Time(c.Drill).IsZero(), "clock.hand", "only the time of a drill may be moved; write clock.drill too, or leave it out")
		k.need(time.Time(c.Real).IsZero(), "clock.real", "is said by the file of clock.hand; leave one of them out")
	} else {
		k.need(time.Time(c.Real).IsZero() == time.Time(c.Drill).IsZero(), "clock", "real and drill belong together; write both, or neither in earnest")
	}
	k.need(c.Speed >= 1 && c.Speed <= SpeedMax, "clock.speed", "%d is out of bounds; write 1 to %d", c.Speed, SpeedMax)
	k.need(!c.SkipNights || !time.Time(c.Drill).IsZero(), "clock.skip_nights", "only a drill may skip nights; write clock.real and clock.drill too, or leave it out")
	k.need(c.Speed == 1 || !time.Time(c.Drill).IsZero(), "clock.speed", "only a drill may run fast; write clock.real and clock.drill too, or leave it out")
}

func (k *checker) between(key string, d Duration, least, most time.Duration) {
	k.need(time.Duration(d) >= least && time.Duration(d) <= most, key, "%s is out of bounds; write %s to %s", d, Duration(least), Duration(most))
}

// file checks that a secret's file is there and nobody else may read it.
func (k *checker) file(key, name string, must bool) {
	if name == "" {
		k.need(!must, key, "is missing; write the path of a file")
		return
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		k.need(false, key, "%v", err)
	case !info.Mode().IsRegular():
		k.need(false, key, "%s is no file", name)
	default:
		k.need(info.Mode().Perm()&0o077 == 0, key, "%s may be read by others; chmod 600 it", name)
	}
}

func (k *checker) secret(key string, s Secret) {
	_, err := s.Resolve()
	k.need(err == nil, key, "%v", err)
}

func (k *checker) exchange(key string, e *ExchangeConfig, markets map[string]bool) {
	k.need(e.Market == "SH" || e.Market == "SZ", key+".market", "%q is no market; write SH or SZ", e.Market)
	k.need(!markets[e.Market], key+".market", "%s stands twice; a market has one connection", e.Market)
	markets[e.Market] = true
	k.paths(key, e.Address, e.Paths)
	k.need(e.CompID != "", key+".comp_id", "is missing; the exchange has given it to you")
	k.need(e.Target != "", key+".target", "is missing; the exchange has given it to you")
	k.secret(key+".password", e.Password)
	k.heartbeat(key, e.Market, e.Heartbeat)
	k.need(e.Market != "SZ" || len(e.Duplicates) > 0, key+".duplicates", "is missing; write the codes by which Shenzhen refuses an order number used before, such as [30001]")
	k.between(key+".ack_timeout", e.AckTimeout, 3*time.Second, 10*time.Minute)
	if a := e.AfterHours; a != (AfterHoursConfig{}) {
		k.need(e.Market == "SH", key+".after_hours", "is of no use: Shenzhen takes after-hours orders on the same line as all; leave it out")
		k.need(a.Address != "", key+".after_hours.address", "is missing; write host:port")
		k.need(userForm.MatchString(a.User), key+".after_hours.user", "%q is no name; write 1 to 10 letters and digits", a.User)
	}
	k.need(len(e.Quotes) <= 2, key+".quotes", "%d feeds; write at most two", len(e.Quotes))
	for i := range e.Quotes {
		of, q := fmt.Sprintf("%s.quotes[%d]", key, i), &e.Quotes[i]
		k.need(q.Address != "", of+".address", "is missing; write host:port")
		k.need(q.CompID != "", of+".comp_id", "is missing; the exchange has given it to you")
		k.secret(of+".password", q.Password)
		k.heartbeat(of, e.Market, q.Heartbeat)
	}
}

// paths checks the ways to a counterparty.
func (k *checker) paths(key string, address Address, all []PathConfig) {
	k.need(address != "" || len(all) > 0, key+".address", "is missing; write host:port")
	for i, p := range all {
		at := fmt.Sprintf("%s.paths[%d]", key, i)
		k.need(centreName.MatchString(p.Name), at+".name", "%q is no name; write letters, digits and dashes", p.Name)
		k.need(p.Centre != "", at+".centre", "is missing; write the name of the centre whose line it is")
		k.need(p.Address != "", at+".address", "is missing; write host:port")
		k.need(!slices.ContainsFunc(all[:i], func(o PathConfig) bool { return o.Name == p.Name }), at+".name", "%s stands twice", p.Name)
	}
}

func (k *checker) heartbeat(key, market string, every Duration) {
	least, most := time.Second, 5*time.Minute
	if market == "SH" {
		least, most = 5*time.Second, time.Minute
	}
	k.between(key+".heartbeat", every, least, most)
	k.need(time.Duration(every)%time.Second == 0, key+".heartbeat", "%s is not in whole seconds", every)
}

func (k *checker) bank(key string, b *BankConfig) {
	k.need(b.Number >= 1 && b.Number <= 255, key+".number", "%d is out of bounds; write 1 to 255", b.Number)
	k.need(codeForm.MatchString(b.Code), key+".code", "%q is no institution code; write 1 to 8 letters and digits", b.Code)
	k.need(b.Name != "" && len(b.Name) <= 40 && utf8.ValidString(b.Name), key+".name", "has %d bytes; write 1 to 40 bytes of UTF-8", len(b.Name))
	_, ok := wire.FormatOf(b.Format)
	k.need(ok, key+".format", "%q is no format; write fixed24, fixed10, delim, xml or xml-utf8", b.Format)
	k.paths(key, b.Address, b.Paths)
	k.file(key+".key_file", b.KeyFile, true)
	k.need(b.Operator != "" && len(b.Operator) <= 10, key+".operator", "%q is no teller number; write 1 to 10 characters", b.Operator)
	k.between(key+".answer_within", b.AnswerWithin, time.Second, 10*time.Minute)
	k.between(key+".queue_for", b.QueueFor, time.Second, 10*time.Minute)
	k.between(key+".redial_every", b.RedialEvery, time.Second, 10*time.Minute)
	t, key := &b.Terms, key+".terms"
	k.need(t.From < t.Until, key+".until", "%s is not after %s", t.Until, t.From)
	k.need(t.SingleMax > 0 && t.SingleMax >= t.SingleMin, key+".single_max", "%s yuan; write what was agreed with the bank, not below single_min", t.SingleMax)
	k.need(t.DailyMax >= t.SingleMax, key+".daily_max", "%s yuan; write what was agreed with the bank, not below single_max", t.DailyMax)
}

func (k *checker) clearing(c *ClearingConfig) {
	if c.Inbox == "" {
		k.need(c.Shanghai == "" && c.Shenzhen == "" && c.PBU == "" && c.Requests == "", "clearing.inbox", "is missing; write the folder the files come into, or leave the section out")
		return
	}
	info, err := os.Stat(c.Inbox)
	k.need(err == nil && info.IsDir(), "clearing.inbox", "%s is no folder; make it, or name another", c.Inbox)
	if c.Requests != "" {
		info, err := os.Stat(c.Requests)
		k.need(err == nil && info.IsDir(), "clearing.requests", "%s is no folder; make it, or name another", c.Requests)
	}
	k.between("clearing.every", c.Every, time.Second, time.Hour)
	_, err = csdc.NewManifest(c.participant(), "20230825", "", nil)
	k.need(err == nil, "clearing", "%v", err)
}

func (c *ClearingConfig) participant() csdc.Participant {
	return csdc.Participant{Shanghai: c.Shanghai, Shenzhen: c.Shenzhen, PBU: c.PBU}
}

func (k *checker) identity(c *IdentityConfig) {
	for i, name := range c.Lists {
		_, err := readNameList(name)
		k.need(err == nil, fmt.Sprintf("identity.lists[%d]", i), "%s: %v", name, err)
	}
	_, wrong := readCardBanks(c.CardBanks)
	k.need(wrong == nil, "identity.card_banks", "%v", wrong)
	if c.URL == "" {
		return
	}
	base, err := url.Parse(c.URL)
	k.need(err == nil && (base.Scheme == "https" || base.Scheme == "http" && loopback(base.Hostname())), "identity.url", "%q is refused; write https, or http to this machine", c.URL)
	k.need(c.Token != "", "identity.token", "is missing; write file:/path/of/a/file or env:NAME_OF_A_VARIABLE")
	k.secret("identity.token", c.Token)
	k.between("identity.timeout", c.Timeout, 100*time.Millisecond, time.Minute)
	k.need(c.AtOnce >= 1 && c.AtOnce <= 256, "identity.at_once", "%d is out of bounds; write 1 to 256", c.AtOnce)
	k.need(c.FaceScoreMin >= 1 && c.FaceScoreMin <= 10_000, "identity.face_score_min", "%d is out of bounds; write 1 to 10000", c.FaceScoreMin)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (k *checker) doors(c *Config) {
	k.need(!c.Health.Listen.IsValid() || c.Health.Listen.Addr().IsLoopback(), "health.listen", "%s can be reached from other machines; write an address such as 127.0.0.1:8081", c.Health.Listen)
	h := &c.HTTP
	if !h.Listen.IsValid() {
		k.need(h.Certificate == "" && h.KeyFile == "" && h.Users == "", "http.listen", "is missing; write address:port, or leave the section out")
		return
	}
	k.need(h.Relay == "" || c.Peer.Name != "", "http.relay", "is for two centres; write the section peer, or leave it out")
	k.need(c.Books.Enabled, "http.listen", "the door reads the books; write books.enabled: true")
	k.need(h.RatePerSecond >= 1 && h.RatePerSecond <= 100_000, "http.rate_per_second", "%d is out of bounds; write 1 to 100000", h.RatePerSecond)
	if k.file("http.users", h.Users, true); h.Users != "" {
		_, err := api.LoadUsers(h.Users)
		k.need(err == nil || !errors.Is(err, api.ErrUsers), "http.users", "%v", err)
	}
	k.need(h.Certificate != "", "http.certificate", "is missing; personal data do not cross a network in clear")
	k.file("http.key_file", h.KeyFile, true)
	if h.Certificate != "" && h.KeyFile != "" {
		_, err := tls.LoadX509KeyPair(h.Certificate, h.KeyFile)
		k.need(err == nil, "http.certificate", "%v", err)
	}
}

// resolve makes relative paths relative to the folder of the configuration file,
// so that a centre starts the same from wherever it is started.
func (c *Config) resolve(folder string) {
	for _, path := range c.paths() {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	for _, s := range c.secrets() {
		if path, ok := strings.CutPrefix(string(*s), "file:"); ok && !filepath.IsAbs(path) {
			*s = Secret("file:" + filepath.Join(folder, path))
		}
	}
}

func (c *Config) paths() []*string {
	all := []*string{
		&c.Centre.Dir, &c.Clock.Hand, &c.Vault.KeyFile, &c.Books.Path, &c.Issues.File, &c.Clearing.Inbox, &c.Clearing.Requests, &c.HTTP.Certificate, &c.HTTP.KeyFile, &c.HTTP.Users, &c.Documents.Fonts, &c.Peer.Certificate, &c.Peer.KeyFile, &c.Peer.People,
		&c.Backup.Local, &c.Backup.Remote, &c.Backup.SignKey, &c.Backup.People,
	}
	for i := range c.Banks {
		all = append(all, &c.Banks[i].KeyFile)
	}
	for i := range c.Identity.Lists {
		all = append(all, &c.Identity.Lists[i])
	}
	for i := range c.Identity.CardBanks {
		all = append(all, &c.Identity.CardBanks[i])
	}
	return all
}

func (c *Config) secrets() []*Secret {
	all := []*Secret{&c.Identity.Token, &c.Centre.Journal.DSN, &c.Books.DSN}
	for i := range c.Exchanges {
		all = append(all, &c.Exchanges[i].Password)
		for j := range c.Exchanges[i].Quotes {
			all = append(all, &c.Exchanges[i].Quotes[j].Password)
		}
	}
	return all
}
