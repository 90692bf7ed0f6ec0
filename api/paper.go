package api

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"sancun/books"
	"sancun/paper"
	"sancun/record"
	"sancun/statement"
)

// The forms of a document, by the word of ?format= and the content type of Accept.
const (
	formJSON = "json"
	formXLSX = "xlsx"
	formPDF  = "pdf"

	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typePDF  = "application/pdf"
)

// The problems of documents.
var (
	noClosing = door{http.StatusNotFound, record.Sentence{Name: "no-closing", ZH: "该期间没有已日终的交易日", EN: "no business date of that period was closed, and none is open", AdviceZH: "请核对日期；当日须待日终清算后才有最终数字", AdviceEN: "check the date; final figures are there when the day end has cleared it"}}
	noPeriod  = door{http.StatusUnprocessableEntity, record.Sentence{Name: "bad-period", ZH: "期间格式错误", EN: "the period is not of its form", AdviceZH: "请使用交易日如20230825或月份如202308", AdviceEN: "use a business date as 20230825 or a month as 202308"}}
	tooLong   = door{http.StatusUnprocessableEntity, record.Sentence{Name: "document-too-long", ZH: "内容过多，无法以此格式生成", EN: "there are too many rows for a document of this form", AdviceZH: "请缩短期间、改用xlsx，或分页查询", AdviceEN: "ask for a shorter period or for xlsx, or page through the enquiries"}}
	noFont    = door{http.StatusNotImplemented, record.Sentence{Name: "no-font", ZH: "服务器未安装中文字体，无法生成PDF", EN: "no font with Chinese characters is installed, so there are no PDFs", AdviceZH: "请运维安装Debian软件包fonts-lxgw-wenkai，或改用xlsx", AdviceEN: "operations install the Debian package fonts-lxgw-wenkai; xlsx needs none"}}
	noReport  = door{http.StatusNotFound, record.Sentence{Name: "no-report", ZH: "该日没有结算报告", EN: "there is no settlement report of that date", AdviceZH: "报告由日终第12步生成；请先完成日终", AdviceEN: "the day end's step 12 writes it; finish the day end first"}}
	noForm    = door{http.StatusNotAcceptable, record.Sentence{Name: "format-not-offered", ZH: "不提供所要求的格式", EN: "the document is not offered in the form asked for", AdviceZH: "请使用format=json、xlsx或pdf", AdviceEN: "use format=json, xlsx or pdf"}}
)

// printer makes documents for requests. Fonts are read when the first PDF is asked
// for, so that a package installed meanwhile needs no restart, and kept.
type printer struct {
	folder string
	busy   chan struct{}

	mu    sync.Mutex
	fonts *paper.Fonts
}

func newPrinter(folder string) *printer {
	return &printer{folder: folder, busy: make(chan struct{}, papersMax)}
}

func (p *printer) load() (*paper.Fonts, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fonts == nil {
		fonts, err := paper.LoadFonts(p.folder)
		if err != nil {
			return nil, err
		}
		p.fonts = fonts
	}
	return p.fonts, nil
}

// turn waits until this request may make its document: they take memory and a
// processor, and orders come first.
func (p *printer) turn(ctx context.Context) (done func(), err error) {
	select {
	case p.busy <- struct{}{}:
		return func() { <-p.busy }, nil
	case <-ctx.Done():
		return nil, busy.after(2, "documents are being made for others")
	}
}

// wish is what a request for a document asks for.
type wish struct {
	form     string
	language paper.Language
}

// wishOf reads form and language of a request. Query parameters that are not known
// are refused, as on every route.
func wishOf(r *http.Request, more ...string) (w wish, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return w, badField.problem("the query cannot be read")
	}
	for name, values := range query {
		if !slices.Contains(append([]string{"format", "lang"}, more...), name) || len(values) != 1 {
			return w, fieldProblem("query."+name, "unknown or repeated query parameter", "未知或重复的查询参数")
		}
	}
	w.language = paper.Chinese
	if code := query.Get("lang"); code != "" {
		var ok bool
		if w.language, ok = paper.ParseLanguage(code); !ok {
			return w, fieldProblem("query.lang", "zh or en", "须为zh或en")
		}
	}
	if w.form = query.Get("format"); w.form == "" {
		w.form = formOf(r.Header.Get("Accept"))
	}
	if w.form != formJSON && w.form != formXLSX && w.form != formPDF {
		return w, noForm.problem("")
	}
	return w, nil
}

// formOf is the first form that an Accept header names; JSON when it takes anything.
func formOf(accept string) string {
	if accept == "" {
		return formJSON
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, _, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		switch media {
		case typePDF:
			return formPDF
		case typeXLSX:
			return formXLSX
		case "application/json", "application/*", "*/*":
			return formJSON
		}
	}
	return ""
}

// hand writes a document in the form asked for: whole as JSON, or laid out.
func (a *API) hand(w http.ResponseWriter, r *http.Request, want wish, name string, whole any, document func() *paper.Document) error {
	if want.form == formJSON {
		return writeJSON(w, http.StatusOK, whole)
	}
	done, err := a.printer.turn(r.Context())
	if err != nil {
		return err
	}
	defer done()
	content, media := []byte(nil), typeXLSX
	if want.form == formPDF {
		media = typePDF
		fonts, err := a.printer.load()
		if err != nil {
			return err
		}
		content, err = document().PDF(want.language, fonts)
		if err != nil {
			return err
		}
	} else if content, err = document().Workbook(want.language); err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+"."+want.form))
	_, _ = w.Write(content) // the caller has gone if this fails
	return nil
}

// paperFault is the problem of an error on the way to a document, or the error.
func paperFault(err error) error {
	switch {
	case errors.Is(err, books.ErrNoClosing):
		return noClosing.problem("")
	case errors.Is(err, statement.ErrPeriod):
		return noPeriod.problem("")
	case errors.Is(err, paper.ErrTooLong), errors.Is(err, books.ErrTooLong):
		return tooLong.problem("")
	case errors.Is(err, paper.ErrNoFont):
		return noFont.problem("")
	}
	return err
}

// describePaper writes the forms of a document into the interface document.
func describePaper[B any](a *API, o *huma.Operation, path []*huma.Param, more ...*huma.Param) {
	text := func(words ...any) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Enum: words} }
	o.Parameters = append(append(o.Parameters, path...), append([]*huma.Param{
		{Name: "format", In: "query", Schema: text(formJSON, formXLSX, formPDF), Description: "Goes before Accept; JSON when neither says"},
		{Name: "lang", In: "query", Schema: text("zh", "en"), Description: "Of xlsx and pdf; zh when not given"},
	}, more...)...)
	var b B
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	o.Responses = map[string]*huma.Response{
		"200": {Description: http.StatusText(http.StatusOK), Content: map[string]*huma.MediaType{
			"application/json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(b), true, "")}, typeXLSX: {Schema: binary}, typePDF: {Schema: binary},
		}},
		"default": {Description: "Error", Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(Problem{}), true, "")},
		}},
	}
}

// pathParam describes one parameter of a path.
func pathParam(name string, schema *huma.Schema, about string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Schema: schema, Description: about}
}
