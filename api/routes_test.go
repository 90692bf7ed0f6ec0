package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
)

// A route without a row, a row without a route and a route hung past the table
// each keep the door shut.
func TestRoutesAndTableMustAgree(t *testing.T) {
	whole := func() *API {
		a := &API{router: chi.NewRouter(), mounted: map[string]bool{}}
		for _, g := range table {
			method, path, _ := strings.Cut(g.route, " ")
			a.router.MethodFunc(method, path, func(http.ResponseWriter, *http.Request) {})
			a.mounted[g.route] = true
		}
		return a
	}
	if err := whole().checkRoutes(); err != nil {
		t.Errorf("all routes of the table: %v", err)
	}
	for name, change := range map[string]func(*API){
		"a route without a row": func(a *API) { a.mounted["GET /v1/secrets"] = true },
		"a row without a route": func(a *API) { delete(a.mounted, "GET /v1/head") },
		"a route past the table": func(a *API) {
			a.router.Get("/v1/backdoor", func(http.ResponseWriter, *http.Request) {})
		},
	} {
		a := whole()
		change(a)
		if err := a.checkRoutes(); err == nil {
			t.Errorf("%s: the door opens", name)
		}
	}
	seen := map[string]bool{}
	for _, g := range table {
		if seen[g.route] || g.to == 0 || g.to.has(anyone) && g.to != anyone {
			t.Errorf("row %+v", g)
		}
		seen[g.route] = true
	}
}
