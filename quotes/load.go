package quotes

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ErrMissing reports that the market data are not there. The message says how
// to fetch them.
var ErrMissing = errors.New("market data are missing: run scripts/fetch-market-data.sh")

// Dir is where scripts/fetch-market-data.sh puts the files, under the root of
// the repository.
const Dir = ".cache/market-data"

// The series the intraday shape is taken from: the composite indices of both
// exchanges, whose volume is that of their whole market.
var shapeSymbols = []string{"000001.SH", "399001.SZ"}

// LoadDay reads the cross-section of the one day that dir has, 2023-08-25.
// Errors are ErrMissing, ErrSyntax or the file system's.
func LoadDay(dir string) (CrossSection, error) {
	src, err := read(filepath.Join(dir, "shsz_stock_data.js"))
	if err != nil {
		return CrossSection{}, err
	}
	day, err := ParseDay(src)
	if err != nil {
		return CrossSection{}, fmt.Errorf("%s/shsz_stock_data.js: %w", dir, err)
	}
	return day, nil
}

// LoadMinutes reads the minute bars of one symbol, such as "600000.SH", in dir.
// Errors are those of LoadDay.
func LoadMinutes(dir, symbol string) (Minutes, error) {
	name := filepath.Join(dir, "M1KLine", strings.ToLower(symbol)+".minute.kline.json")
	src, err := read(name)
	if err != nil {
		return Minutes{}, err
	}
	m, err := ParseMinutes(src)
	if err != nil {
		return Minutes{}, fmt.Errorf("%s: %w", name, err)
	}
	if !strings.EqualFold(m.Symbol, symbol) {
		return Minutes{}, fmt.Errorf("%s holds %s: %w", name, m.Symbol, ErrSyntax)
	}
	return m, nil
}

// LoadShape returns the average intraday shape of the whole market over the
// days of the minute bars in dir. Errors are those of LoadDay, and ErrShape.
func LoadShape(dir string) (Shape, error) {
	series := make([]Minutes, len(shapeSymbols))
	for i, symbol := range shapeSymbols {
		var err error
		if series[i], err = LoadMinutes(dir, symbol); err != nil {
			return Shape{}, err
		}
	}
	return ShapeOf(series...)
}

// read returns a whole file of at most fileBytesMax.
func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, ErrMissing)
	}
	if err != nil {
		return nil, err
	}
	src, err := io.ReadAll(io.LimitReader(f, fileBytesMax+1))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return src, nil // one byte too many is refused by newScanner
}
