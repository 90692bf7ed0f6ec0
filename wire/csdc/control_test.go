package csdc

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

var testBroker = Participant{Shanghai: "00123", Shenzhen: "000456", PBU: "12345"}

func controlSample() ControlFile {
	return ControlFile{
		Participant: testBroker, Date: testDay, Previous: "20230824",
		Files: []Control{
			{Name: "gh00P12345_20230825.txt", Layout: LayoutGH, Date: testDay, Absent: true},
			{Name: "jsmx03_00123_20230825.dbf", Layout: LayoutJsmx, Date: testDay, Rows: 2, Sum: -123_456, Bytes: 2_900, SHA256: [32]byte{1, 2}},
			{Name: "zqbd_00123_20230825.dbf", Layout: LayoutZqbd, Date: testDay, Rows: 1, Sum: 700, Bytes: 700, SHA256: [32]byte{3}},
		},
	}
}

const controlGolden = `CSDC-CTL|1|00123|000456|12345|20230825|20230824|3
gh00P12345_20230825.txt|gh|0|0.00000|0|-
jsmx03_00123_20230825.dbf|jsmx|2|-1234.56|2900|0102000000000000000000000000000000000000000000000000000000000000
zqbd_00123_20230825.dbf|zqbd|1|700|700|0300000000000000000000000000000000000000000000000000000000000000
END|869396765026ccf3ff26f13408edbe8b7ca41fe8abcbd35d458941f3348b1731
`

func TestControlGolden(t *testing.T) {
	var file bytes.Buffer
	if err := WriteControl(&file, controlSample()); err != nil {
		t.Fatal(err)
	}
	if file.String() != controlGolden {
		t.Errorf("got\n%s\nwant\n%s", file.String(), controlGolden)
	}
	back, err := ReadControl(strings.NewReader(controlGolden))
	if err != nil || !reflect.DeepEqual(back, controlSample()) {
		t.Errorf("read back %+v, %v", back, err)
	}
}

// A control file that lost, gained or changed any byte is refused.
func TestControlIsTamperEvident(t *testing.T) {
	for i := range len(controlGolden) {
		changed := []byte(controlGolden)
		changed[i] ^= 1
		for name, raw := range map[string][]byte{"cut": []byte(controlGolden[:i]), "changed": changed} {
			if _, err := ReadControl(bytes.NewReader(raw)); !errors.Is(err, ErrControl) {
				t.Fatalf("%s at byte %d: %v", name, i, err)
			}
		}
	}
	if _, err := ReadControl(strings.NewReader(controlGolden + "\n")); !errors.Is(err, ErrControl) {
		t.Errorf("tail: %v", err)
	}
}

func TestControlRefusesToWrite(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ControlFile)
		want   error
	}{
		"path in name":    {func(c *ControlFile) { c.Files[1].Name = "../jsmx" }, ErrControl},
		"same name":       {func(c *ControlFile) { c.Files[1].Name = c.Files[2].Name }, ErrControl},
		"no layout":       {func(c *ControlFile) { c.Files[1].Layout = 0 }, ErrControl},
		"absent table":    {func(c *ControlFile) { c.Files[2] = Control{Name: "x", Layout: LayoutZqbd, Date: testDay, Absent: true} }, ErrControl},
		"another day":     {func(c *ControlFile) { c.Files[1].Date = "20230824" }, ErrDay},
		"previous after":  {func(c *ControlFile) { c.Previous = testDay }, ErrDate},
		"settlement no":   {func(c *ControlFile) { c.Participant.Shenzhen = "456" }, ErrFigure},
		"date of no day":  {func(c *ControlFile) { c.Date = "20230931" }, ErrDate},
		"negative counts": {func(c *ControlFile) { c.Files[1].Rows = -1 }, ErrControl},
	} {
		sample := controlSample()
		c.change(&sample)
		if err := WriteControl(&bytes.Buffer{}, sample); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
