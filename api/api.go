package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"sancun/approval"
	"sancun/books"
	"sancun/calendar"
	"sancun/custody"
	"sancun/identity"
	"sancun/journal"
	"sancun/market"
	"sancun/reconcile"
	"sancun/record"
	"sancun/settle"
	"sancun/state"
	"sancun/statement"
	"sancun/vault"
)

// Core is what the door needs of a running centre.
type Core interface {
	// Submit decides requests and returns when they are durable.
	Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error)
	// Look runs a read-only function on the machine and returns when everything it
	// saw is durable.
	Look(ctx context.Context, look func(*custody.Machine)) error
	// Head returns the last durable position and a channel closed at the next one.
	Head() (journal.Position, <-chan struct{})
	// Blocks reads durable blocks from a height up to the head, until fn fails.
	Blocks(from uint64, fn func(*journal.Block) error) error
}

// Config is what an API is made of. Core, Books, Vault, Passwords, Users, Now and
// Rand are required.
type Config struct {
	Core      Core
	Books     *books.Books
	Vault     *vault.Vault // its audit hook must be what JournalReveals returns
	Passwords *vault.Passwords
	Users     Users
	Register  Register // nil when nobody is asked about new clients
	Cards     Cards    // nil when no password of a card can be passed on
	Banks     Banks    // nil when no bank can be asked
	DayEnd    DayEnd   // nil when the centre has none
	DayFiles  DayFiles // nil when the centre has none
	// Rates are those of the clients' interest; without one no closing posts any.
	Rates   []settle.InterestRate
	Orphans Orphans // nil when nobody knows the commands of orphans
	Lists   Lists   // nil without name lists
	// CardBanks are the versions of the table that names a card's bank; none when
	// the house has no table.
	CardBanks []identity.CardBanks
	// Standing says whether this centre writes; nil when it is the only one.
	Standing func() Standing
	Now      func() time.Time
	// Wall is the time that sessions and locks end by; Now if nil. In a drill whose
	// day runs fast, people still type at their own pace.
	Wall    func() time.Time
	Rand    io.Reader // tokens: crypto/rand.Reader
	Version string    // of the program
	Log     *slog.Logger
	// Broker is the house's name as it stands on statements.
	Broker string
	// BrokerCode is the house's institution code as it stands in files for the
	// supervisor; empty when there are none.
	BrokerCode string
	// Fonts is the folder of the font of PDFs; that of its Debian package if empty.
	Fonts string
	// Reports has the days' own files in folders named by their dates; nil when the
	// centre ends no days.
	Reports fs.FS
	// RatePerSecond is how many requests a second one session may send; 0 is the
	// default. A burst of four seconds is allowed.
	RatePerSecond int
}

// API is the door. Its handler may be used by several goroutines.
type API struct {
	config   Config
	router   *chi.Mux
	huma     huma.API
	sessions *sessions
	users    atomic.Pointer[Users]
	locks    *locks
	owners   sync.Map // fund account number to client number; an account never changes hands
	flying   chan struct{}
	asking   chan struct{} // questions to banks under way
	makes    *statement.Maker
	printer  *printer
	rules    *reconcile.Rules // what is advised about differences
	mounted  map[string]bool  // routes with a handler

	guardable map[record.Kind]bool // acts that may need a second person

	decoy string // a hash to compare with when there is no such user
	spec  []byte
}

// New makes the door and checks that routes and authorisation table are the same.
func New(c Config) (*API, error) {
	if c.Core == nil || c.Books == nil || c.Vault == nil || c.Passwords == nil || c.Users == nil || c.Now == nil || c.Rand == nil {
		return nil, errors.New("an API needs core, books, vault, passwords, users, time and randomness")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Wall == nil {
		c.Wall = c.Now
	}
	if c.RatePerSecond <= 0 {
		c.RatePerSecond = ratePerSecond
	}
	a := &API{
		config: c, router: chi.NewRouter(), mounted: map[string]bool{}, locks: newLocks(c.Wall),
		sessions: newSessions(c.Wall, c.Rand, c.RatePerSecond), flying: make(chan struct{}, inFlightMax), asking: make(chan struct{}, bankAsksMax),
	}
	a.users.Store(&c.Users)
	a.guardable = map[record.Kind]bool{}
	for _, g := range approval.BuiltinGuards() {
		a.guardable[g.Act] = true
	}
	years, err := calendar.China()
	if err != nil {
		return nil, fmt.Errorf("make the door: %w", err)
	}
	a.makes, a.printer, a.rules = statement.NewMaker(c.Books, market.Builtin(years)), newPrinter(c.Fonts), reconcile.Builtin(years)
	if a.decoy, err = c.Passwords.HashPassword(context.Background(), vault.NewSecret("decoy")); err != nil {
		return nil, fmt.Errorf("make the door: %w", err)
	}
	a.router.Use(a.outside)
	a.router.NotFound(func(w http.ResponseWriter, _ *http.Request) { noRoute.problem("").write(w) })
	a.router.MethodNotAllowed(func(w http.ResponseWriter, _ *http.Request) { noMethod.problem("").write(w) })
	a.huma = humachi.New(a.router, openAPI())
	a.mount()
	if a.spec, err = a.huma.OpenAPI().YAML(); err != nil {
		return nil, fmt.Errorf("write the interface document: %w", err)
	}
	return a, a.checkRoutes()
}

// openAPI is the head of the interface document. Huma's own routes are switched
// off, because every route has a row in the table.
func openAPI() huma.Config {
	config := huma.DefaultConfig("Sancun", "1")
	config.Info.Description = "Custody of the settlement money of a securities broker's clients. Money is in minor units (fen), prices in ten-thousandths of a currency unit, " +
		"rates in thousand-millionths, Dates as yyyymmdd. Every answer says the height of the journal it is as of. See docs/api.md."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil
	config.RejectUnknownQueryParameters = true
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "http", Scheme: "bearer", Description: "The token of POST /v1/sessions."},
	}
	return config
}

// schemaName names a type in the interface document. Documents have types of the
// same names as enquiries, so theirs begin with their package.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.PkgPath() != reflect.TypeFor[statement.Statement]().PkgPath() {
		return name
	}
	if t == reflect.TypeFor[statement.Statement]() {
		return "ClientStatement"
	}
	return "ClientStatement" + name
}

// mount hangs every route. One noun a file.
func (a *API) mount() {
	a.mountHealth()
	a.mountSignIn()
	a.mountClients()
	a.mountClientChanges()
	a.mountChecks()
	a.mountComparisons()
	a.mountFilings()
	a.mountPasswords()
	a.mountFactors()
	a.mountFunds()
	a.mountFreezes()
	a.mountContracts()
	a.mountAtBank()
	a.mountTransfers()
	a.mountOrders()
	a.mountCeilings()
	a.mountNextOrders()
	a.mountBatch()
	a.mountEnquiries()
	a.mountStatements()
	a.mountReports()
	a.mountHouse()
	a.mountAdvice()
	a.mountDayEnd()
	a.mountProposals()
	a.mountOrphans()
	a.mountGuards()
}

// checkRoutes compares what hangs with the table (rule D1).
func (a *API) checkRoutes() error {
	var wrong []string
	err := chi.Walk(a.router, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if route := method + " " + path; !a.mounted[route] {
			wrong = append(wrong, route+" hangs outside the table")
		}
		return nil
	})
	for _, g := range table {
		if !a.mounted[g.route] {
			wrong = append(wrong, g.route+" is granted and does not exist")
		}
	}
	for route := range a.mounted {
		if _, ok := granted(route); !ok {
			wrong = append(wrong, route+" has no row in the authorisation table")
		}
	}
	if len(wrong) > 0 {
		return errors.Join(err, fmt.Errorf("routes and authorisation table differ: %s", strings.Join(wrong, "; ")))
	}
	return err
}

// Handler returns the door as an HTTP handler, for a server with TLS.
func (a *API) Handler() http.Handler { return a.router }

// OpenAPI returns the interface document as YAML.
func (a *API) OpenAPI() []byte { return a.spec }

// outside is what every request passes before its route is known: the heads of
// answers, the bound of requests in flight, and the time a request may take.
func (a *API) outside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("X-Content-Type-Options", "nosniff")
		if a.declare(h) && r.URL.Path != "/v1/health" && r.URL.Path != "/v1/version" {
			unfit.problem("").write(w)
			return
		}
		select {
		case a.flying <- struct{}{}:
			defer func() { <-a.flying }()
		default:
			busy.after(1, "").write(w)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), decideTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
