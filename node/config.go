package node

import (
	"net/netip"
	"time"

	"sancun/calendar"
	"sancun/journal/postgres"
	"sancun/money"
)

// Config is a centre as its operators write it down: one YAML file. Unknown keys
// are refused, every problem is reported at once, and no secret stands in it: a
// secret is the path of a file or the name of an environment variable.
// docs/configuration.md is made of these comments.
type Config struct {
	// Centre says which centre this is and where its files lie.
	Centre CentreConfig `yaml:"centre"`
	// Log says what is written to the standard error.
	Log LogConfig `yaml:"log"`
	// Clock makes a drill run at another time than now. Leave it out in earnest.
	Clock ClockConfig `yaml:"clock"`
	// Vault holds the keys of clients' personal data.
	Vault VaultConfig `yaml:"vault"`
	// Books are the query tables that statements and enquiries read.
	Books BooksConfig `yaml:"books"`
	// Broker is the house itself.
	Broker BrokerConfig `yaml:"broker"`
	// Exchanges are the connections to the exchanges, at most one for each market.
	Exchanges []ExchangeConfig `yaml:"exchanges"`
	// Issues is the calendar of new issues that take subscriptions. Without a file none does.
	Issues IssuesConfig `yaml:"issues"`
	// Banks are the custodian banks.
	Banks []BankConfig `yaml:"banks"`
	// Clearing is where the clearing house's files come in. Without an inbox nothing is received.
	Clearing ClearingConfig `yaml:"clearing"`
	// DayEnd is the evening of a trading day. It also needs broker.name, the clearing section and the files of every bank.
	DayEnd DayEndConfig `yaml:"day_end"`
	// Documents are statements and reports as PDF.
	Documents DocumentsConfig `yaml:"documents"`
	// Identity is the register that new clients are checked against. Without an address nobody is asked.
	Identity IdentityConfig `yaml:"identity"`
	// HTTP is the door for people and programs.
	HTTP HTTPConfig `yaml:"http"`
	// Backup is how the centre is backed up. Without a local folder it is not.
	Backup BackupConfig `yaml:"backup"`
	// Peer is the second centre. Without a name this centre is the only one.
	Peer PeerConfig `yaml:"peer"`
	// Health is a page for monitoring, without personal data and without sign-in.
	Health HealthConfig `yaml:"health"`
}

// CentreConfig says which centre this is and where its files lie.
type CentreConfig struct {
	// Name of the centre, as it stands in its log lines: 1 to 40 letters, digits and dashes.
	Name string `yaml:"name"`
	// Folder of the centre. It holds journal, snapshots, vault, books, files and audit; nobody else may read it.
	Dir string `yaml:"dir"`
	// Number of the cell whose journal this is. It stands in every block and cannot be changed later.
	Cell uint32 `yaml:"cell"`
	// Hash of blocks and state: sha256, which has hardware help, or sm3, about five times slower. It cannot be changed later.
	Hash string `yaml:"hash"`
	// Where the journal lies.
	Journal JournalConfig `yaml:"journal"`
	// Length of one file of the journal on disk, 16KiB to 1GiB.
	SegmentBytes Bytes `yaml:"segment_bytes"`
	// How many answers to requests with a key are remembered: a repeated request beyond them is decided anew.
	Answers int `yaml:"answers"`
	// A snapshot is written when so much time has passed since the last one and anything has happened.
	SnapshotEvery Duration `yaml:"snapshot_every"`
	// A snapshot is also written after so many records, so that a restart is short.
	SnapshotRecords uint64 `yaml:"snapshot_records"`
}

// JournalConfig says where the journal lies.
type JournalConfig struct {
	// disk keeps it in the folder of the centre; postgres in a PostgreSQL database, which several nodes may share: one serves, the others wait for their turn.
	Engine string `yaml:"engine"`
	// Address of the database as a secret, such as file:/etc/sancun/journal.dsn, where the file holds postgres://role@host1,host2/database.
	DSN Secret `yaml:"dsn"`
	// What has happened to a block before anybody is answered: server, it is on the disk of the database's server; standby, and of its synchronous standbys; applied, and can be read there.
	Promise string `yaml:"promise"`
	// How long a lost database is looked for before this node stops, up to 10m.
	Patience Duration `yaml:"patience"`
	// How long the right to serve lasts unless it is renewed, 200ms to 1m: so long nobody serves after a node died.
	Lease Duration `yaml:"lease"`
}

// LogConfig says what is written to the standard error, one JSON object a line.
type LogConfig struct {
	// Least level written: debug, info, warn or error.
	Level string `yaml:"level"`
}

// ClockConfig makes a drill run at another time than now.
type ClockConfig struct {
	// Wall-clock time at which the drill's time was the one below, such as 2026-03-02T20:00:00+08:00.
	Real Time `yaml:"real"`
	// Time of the drill at that moment, such as 2023-08-25T09:00:00+08:00.
	Drill Time `yaml:"drill"`
	// How many seconds of the drill pass in one, 1 to 60.
	Speed int `yaml:"speed"`
	// true lets the drill pass over the time from 23:30 to 8:30 and over days without trading, so that nobody waits for a morning.
	SkipNights bool `yaml:"skip_nights"`
	// Path of a file by which `sancun sim clock` moves the drill's time while it runs, instead of clock.real. Until it is written the time stands still at clock.drill.
	Hand string `yaml:"hand"`
}

// VaultConfig holds the keys of clients' personal data.
type VaultConfig struct {
	// Path of the key file with the master keys, mode 600; `sancun keys vault` makes one. Keep a copy where neither journal nor key store is.
	KeyFile string `yaml:"key_file"`
}

// BooksConfig are the query tables.
type BooksConfig struct {
	// false leaves the tables out; enquiries and statements then are not available.
	Enabled bool `yaml:"enabled"`
	// sqlite keeps them in a file, postgres in a PostgreSQL database, where nodes that share a journal share them too.
	Engine string `yaml:"engine"`
	// Address of the database as a secret; a URL, such as postgres://role@host/database. Cells that share a database need a search_path each.
	DSN Secret `yaml:"dsn"`
	// Path of the file of tables; books.db in the folder of the centre when empty.
	Path string `yaml:"path"`
}

// DocumentsConfig says how statements and reports are printed.
type DocumentsConfig struct {
	// Folder of LXGWWenKai-Regular.ttf and LXGWWenKai-Bold.ttf; that of the Debian package fonts-lxgw-wenkai when empty. Without the font there are no PDFs; everything else is there.
	Fonts string `yaml:"fonts"`
}

// BrokerConfig is the house itself.
type BrokerConfig struct {
	// Institution code by which the banks know us, at most 8 letters and digits.
	Code string `yaml:"code"`
	// Name as it stands in the files for the banks, at most 60 bytes of UTF-8.
	Name string `yaml:"name"`
	// Code of the branch in those files for clients without one, at most 8 letters and digits.
	Branch string `yaml:"branch"`
	// Our client cash accounts at the clearing house. Rows of others are listed as differences; without any all are taken.
	CashAccounts []string `yaml:"cash_accounts"`
}

// ExchangeConfig is the connection to one exchange.
type ExchangeConfig struct {
	// SH or SZ.
	Market string `yaml:"market"`
	// Host and port of the trading gateway.
	Address Address `yaml:"address"`
	// Several ways to the gateway, each with a name; then address is not used. Two people order which one is taken (docs/flows/plans.md).
	Paths []PathConfig `yaml:"paths"`
	// Our name at the gateway (SenderCompID).
	CompID string `yaml:"comp_id"`
	// The gateway's name (TargetCompID).
	Target string `yaml:"target"`
	// Password of the session, as a secret. Shanghai's logon has none.
	Password Secret `yaml:"password"`
	// Version of the interface; the newest known one when empty.
	Version string `yaml:"version"`
	// Interval of heartbeats in whole seconds; Shanghai allows 5s to 60s.
	Heartbeat Duration `yaml:"heartbeat"`
	// Codes by which the exchange refuses an order number used before. Shenzhen's are not public, so they must be stated there.
	Duplicates []uint32 `yaml:"duplicates"`
	// How long an unanswered order waits before the exchange is asked what became of it.
	AckTimeout Duration `yaml:"ack_timeout"`
	// The line for after-hours orders at the closing price, which Shanghai has apart. Without it they are refused there.
	AfterHours AfterHoursConfig `yaml:"after_hours"`
	// One or two feeds of market data. Without one no security can be traded, because its static data are missing.
	Quotes []QuoteConfig `yaml:"quotes"`
}

// PathConfig is one way to a counterparty.
type PathConfig struct {
	// Name of the path in plans and orders, such as rs1: the main centre's own line, rs2: the other centre's line, from the main core, rs3: the other centre's own line.
	Name string `yaml:"name"`
	// Centre whose line it is. Before any order the first one of this centre is taken.
	Centre string `yaml:"centre"`
	// Host and port. Write a name, not a number, so that it can move without this file.
	Address Address `yaml:"address"`
}

// AfterHoursConfig is the line to the counter beside EzSTEP.
type AfterHoursConfig struct {
	// Host and port of the counter (docs/formats/ezstep.md).
	Address Address `yaml:"address"`
	// Our name there, at most 10 letters and digits.
	User string `yaml:"user"`
}

// QuoteConfig is one feed of market data.
type QuoteConfig struct {
	// Host and port of the feed.
	Address Address `yaml:"address"`
	// Our name at the feed.
	CompID string `yaml:"comp_id"`
	// The feed's name.
	Target string `yaml:"target"`
	// Password of the feed, as a secret.
	Password Secret `yaml:"password"`
	// Interval of heartbeats in whole seconds.
	Heartbeat Duration `yaml:"heartbeat"`
}

// IssuesConfig is the calendar of new issues.
type IssuesConfig struct {
	// Path of the file (docs/formats/issues.md). It is read again with every list of the day's securities.
	File string `yaml:"file"`
}

// BankConfig is one custodian bank.
type BankConfig struct {
	// Number of the bank in records, 1 to 255. It cannot be changed later.
	Number uint16 `yaml:"number"`
	// Institution code of the bank, at most 8 letters and digits.
	Code string `yaml:"code"`
	// Name as clients read it, at most 40 bytes of UTF-8.
	Name string `yaml:"name"`
	// Format of its messages: fixed24, fixed10, delim, xml or xml-utf8.
	Format string `yaml:"format"`
	// Host and port of the bank's front.
	Address Address `yaml:"address"`
	// Several ways to the front, each with a name; then address is not used. Two people order which one is taken.
	Paths []PathConfig `yaml:"paths"`
	// Path of the file with the master key shared with the bank, mode 600; `sancun keys bank` makes one.
	KeyFile string `yaml:"key_file"`
	// Our teller number at the bank.
	Operator string `yaml:"operator"`
	// true lets no deposit out without the card's password.
	NeedPassword bool `yaml:"need_password"`
	// How long an answer is waited for before the outcome is unknown and the bank is asked.
	AnswerWithin Duration `yaml:"answer_within"`
	// How old an unsent transfer may become before it is refused.
	QueueFor Duration `yaml:"queue_for"`
	// Pause between two attempts to get a line.
	RedialEvery Duration `yaml:"redial_every"`
	// Terms agreed with the bank. They enter the journal when the bank is not known there yet; later they are changed there, not here.
	Terms TermsConfig `yaml:"terms"`
	// Files exchanged at the day end.
	Files BankFilesConfig `yaml:"files"`
}

// BankFilesConfig are the files agreed with a custodian bank for the day end.
type BankFilesConfig struct {
	// File set agreed with the bank, 1 to 3; 0 is none, and then there is no day end.
	Set int `yaml:"set"`
	// Code of the bank in the files: four characters in set 2, the bank type in set 1.
	Code string `yaml:"code"`
	// Account that pools the clients' money.
	Pooled AccountConfig `yaml:"pooled"`
	// Settlement account of the broker as a legal person.
	Legal AccountConfig `yaml:"legal"`
}

// AccountConfig is an account of the broker as files name it.
type AccountConfig struct {
	// Name of the account, at most 60 bytes of UTF-8.
	Name string `yaml:"name"`
	// Number of the account, at most 32 characters.
	Number string `yaml:"number"`
	// Bank and branch it is kept at, at most 60 bytes of UTF-8.
	Bank string `yaml:"bank"`
}

// TermsConfig are the terms agreed with a custodian bank. A limit of 0 is none,
// but for single_max and daily_max, which must be stated.
type TermsConfig struct {
	// Transfers are taken from this time of day, such as 09:00:00.
	From TimeOfDay `yaml:"from"`
	// Transfers are taken up to this time of day.
	Until TimeOfDay `yaml:"until"`
	// Least amount of a transfer, in yuan.
	SingleMin Amount `yaml:"single_min"`
	// Greatest amount of a transfer, in yuan.
	SingleMax Amount `yaml:"single_max"`
	// Greatest sum of a fund account's transfers of one direction and day, in yuan.
	DailyMax Amount `yaml:"daily_max"`
	// Greatest number of a fund account's transfers of one direction and day.
	DailyCount uint16 `yaml:"daily_count"`
	// What a withdrawal must leave, in yuan.
	MinRemaining Amount `yaml:"min_remaining"`
}

// ClearingConfig is where the clearing house's files come in.
type ClearingConfig struct {
	// Folder with a folder a day, named yyyymmdd. It is only read.
	Inbox string `yaml:"inbox"`
	// How often the inbox is looked into.
	Every Duration `yaml:"every"`
	// Shanghai clearing number, 5 to 8 digits.
	Shanghai string `yaml:"shanghai"`
	// Shenzhen settlement number, 6 digits.
	Shenzhen string `yaml:"shenzhen"`
	// Shanghai participant number of trade files, 5 digits.
	PBU string `yaml:"pbu"`
	// Folder that requests to send a file again are put into, a folder a day, for the program that speaks to the clearing house. Without it nobody is asked.
	Requests string `yaml:"requests"`
}

// DayEndConfig is the evening of a trading day.
type DayEndConfig struct {
	// How long the banks' results of total against detail are waited for after the files were sent.
	AnswersWithin Duration `yaml:"answers_within"`
	// true books final settlement by itself when its time has come, T+1 16:00; false leaves it to people.
	SettleByItself bool `yaml:"settle_by_itself"`
	// Rates of the clients' interest, each from a date on. Needed on the days on which a quarter's interest is posted.
	Rates []RateConfig `yaml:"rates"`
}

// RateConfig is a rate of the clients' interest.
type RateConfig struct {
	// CNY, HKD or USD.
	Currency string `yaml:"currency"`
	// First day it holds on, yyyymmdd.
	From Date `yaml:"from"`
	// Rate for a year as a decimal fraction: 0.0035 is 0.35 %.
	Rate Rate `yaml:"rate"`
	// Days of the year, 360 or 365.
	Base uint16 `yaml:"base"`
	// Where the rate was announced.
	Source string `yaml:"source"`
}

// IdentityConfig is the register that new clients are checked against.
type IdentityConfig struct {
	// Address before /v1: https, or http to this machine.
	URL string `yaml:"url"`
	// Token of the register, as a secret.
	Token Secret `yaml:"token"`
	// How long one question may take.
	Timeout Duration `yaml:"timeout"`
	// How many questions may be under way at once.
	AtOnce int `yaml:"at_once"`
	// Least likeness of a portrait that counts, 1 to 10000.
	FaceScoreMin int `yaml:"face_score_min"`
	// Paths of files with dated name lists that clients are compared with (docs/formats/name-list.md), read at the start, on SIGHUP and when somebody asks for it. Several versions of one list may stand here; the newest that has begun holds.
	Lists []string `yaml:"lists"`
	// Paths of files with dated tables of the first digits of cards, which name a card's bank (docs/formats/card-banks.md), read at the start. The newest that has begun holds.
	CardBanks []string `yaml:"card_banks"`
}

// HTTPConfig is the door for people and programs.
type HTTPConfig struct {
	// Address and port to listen on, such as 10.0.0.5:8443; empty opens no door.
	Listen Listen `yaml:"listen"`
	// Path of the certificate and its chain, PEM.
	Certificate string `yaml:"certificate"`
	// Path of the certificate's private key, PEM, mode 600.
	KeyFile string `yaml:"key_file"`
	// Path of the file with the people who may sign in, mode 600; docs/api.md describes it.
	Users string `yaml:"users"`
	// Host and port of the other centre's door. While this centre does not write, connections are passed on there unread (path rs2), and once it writes it answers them itself (rs3). Clients find one name in both certificates. Without it a copying centre answers enquiries itself and refuses the rest.
	Relay Address `yaml:"relay"`
	// How many requests a second one session may send; four seconds' worth may come at once.
	RatePerSecond int `yaml:"rate_per_second"`
}

// HealthConfig is a page for monitoring.
type HealthConfig struct {
	// Address of this machine and port to listen on, such as 127.0.0.1:8081; empty opens none. Other machines are refused.
	Listen Listen `yaml:"listen"`
}

// Defaults returns a Config in which everything is set that has a sensible value.
func Defaults() Config {
	return Config{
		Centre: CentreConfig{
			Name: "sancun", Cell: 1, Hash: "sha256", SegmentBytes: 128 << 20, Answers: answersDefault,
			SnapshotEvery: Duration(time.Hour), SnapshotRecords: 5_000_000,
			Journal: JournalConfig{Engine: "disk", Promise: postgres.OnServer.String(), Patience: Duration(postgres.PatienceDefault), Lease: Duration(postgres.LeaseDefault)},
		},
		Log:      LogConfig{Level: "info"},
		Clock:    ClockConfig{Speed: 1},
		Books:    BooksConfig{Enabled: true, Engine: "sqlite"},
		Clearing: ClearingConfig{Every: Duration(time.Minute)},
		HTTP:     HTTPConfig{RatePerSecond: 50},
		DayEnd:   DayEndConfig{AnswersWithin: Duration(30 * time.Minute), SettleByItself: true},
		Backup:   backupDefaults(),
		Identity: IdentityConfig{Timeout: Duration(10 * time.Second), AtOnce: 8, FaceScoreMin: 8_000},
	}
}

// exchangeDefaults and its like are what a new element of a list begins with.
func exchangeDefaults() ExchangeConfig {
	return ExchangeConfig{Heartbeat: Duration(30 * time.Second), AckTimeout: Duration(10 * time.Second)}
}

func rateDefaults() RateConfig { return RateConfig{Currency: "CNY", Base: 360} }

func quoteDefaults() QuoteConfig { return QuoteConfig{Heartbeat: Duration(30 * time.Second)} }

func bankDefaults() BankConfig {
	return BankConfig{
		AnswerWithin: Duration(30 * time.Second), QueueFor: Duration(30 * time.Second), RedialEvery: Duration(5 * time.Second),
		Terms: TermsConfig{From: 9 * 3_600_000, Until: 16 * 3_600_000, SingleMin: Amount(1)},
	}
}

// The ways in which a value is written. Each type reads itself from the text of
// the file and says in its error what to write instead.
type (
	// Duration is written like 90s, 5m or 1h30m.
	Duration time.Duration
	// Bytes is written like 4096, 64KiB, 128MiB or 1GiB.
	Bytes int64
	// Time is an instant, written like 2023-08-25T09:00:00+08:00.
	Time time.Time
	// TimeOfDay is written like 09:00:00, in milliseconds.
	TimeOfDay int32
	// Date is written like 20230825.
	Date calendar.Date
	// Rate is written as a decimal fraction of one, like 0.0035.
	Rate money.Rate
	// Amount is written in yuan, like 50000 or 0.01, and kept in fen.
	Amount money.Amount
	// Address is a host and port to connect to.
	Address string
	// Listen is an address and port of this machine.
	Listen struct{ netip.AddrPort }
)
