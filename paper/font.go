package paper

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FontFolder is where the Debian package fonts-lxgw-wenkai puts its files (SIL
// Open Font Licence 1.1, which allows embedding). Its glyphs cover GB 18030's
// common part, rare surnames and Latin, and its files are TrueType: OpenType and
// collections, as Noto and WenQuanYi come, cannot be embedded by the PDF writer.
const FontFolder = "/usr/share/fonts/truetype/lxgw-wenkai"

// fontBytesMax bounds a font file: those of the package have 16 MB.
const fontBytesMax = 64 << 20

// trueType is how a TrueType file begins.
const trueType = "\x00\x01\x00\x00"

// Fonts are the two faces of every PDF. They are read once and kept: 31 MB.
type Fonts struct{ regular, bold []byte }

// LoadFonts reads the faces from a folder; an empty name is FontFolder. It returns
// ErrNoFont, with what to install, when they are not there.
func LoadFonts(folder string) (*Fonts, error) {
	if folder == "" {
		folder = FontFolder
	}
	f := &Fonts{}
	for _, face := range [...]struct {
		name string
		into *[]byte
	}{{"LXGWWenKai-Regular.ttf", &f.regular}, {"LXGWWenKai-Bold.ttf", &f.bold}} {
		content, err := readFont(filepath.Join(folder, face.name))
		if err != nil {
			return nil, err
		}
		*face.into = content
	}
	return f, nil
}

func readFont(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: %w", name, ErrNoFont)
	}
	if err == nil && info.Size() > fontBytesMax {
		err = fmt.Errorf("%d bytes, at most %d", info.Size(), fontBytesMax)
	}
	var content []byte
	if err == nil {
		content, err = os.ReadFile(name)
	}
	if err == nil && !bytes.HasPrefix(content, []byte(trueType)) {
		err = errors.New("not a TrueType font")
	}
	if err != nil {
		return nil, fmt.Errorf("read the font %s: %w", filepath.Base(name), err)
	}
	return content, nil
}
