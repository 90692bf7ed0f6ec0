package csdc

import (
	"bytes"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// wholeDay writes a complete day: every layout with two rows, and the control file.
func wholeDay(t *testing.T) (Manifest, fstest.MapFS) {
	t.Helper()
	m, err := NewManifest(testBroker, testDay, "20230824", DefaultCutoffs())
	if err != nil {
		t.Fatal(err)
	}
	day := fstest.MapFS{}
	control := ControlFile{Participant: testBroker, Date: testDay, Previous: "20230824"}
	for _, p := range probes() {
		var file bytes.Buffer
		c, err := p.sample(&file)
		if err != nil {
			t.Fatal(err)
		}
		c.Name = p.layout.FileName(testBroker, testDay)
		control.Files = append(control.Files, c)
		day[c.Name] = &fstest.MapFile{Data: file.Bytes()}
	}
	putControl(t, day, control)
	return m, day
}

func putControl(t *testing.T, day fstest.MapFS, c ControlFile) {
	t.Helper()
	var file bytes.Buffer
	if err := WriteControl(&file, c); err != nil {
		t.Fatal(err)
	}
	day[ControlName(testBroker, testDay)] = &fstest.MapFile{Data: file.Bytes()}
}

func changeControl(t *testing.T, day fstest.MapFS, change func(*ControlFile)) {
	t.Helper()
	c, err := ReadControl(bytes.NewReader(day[ControlName(testBroker, testDay)].Data))
	if err != nil {
		t.Fatal(err)
	}
	change(&c)
	putControl(t, day, c)
}

var (
	evening = testDay.At(18, 0)
	night   = testDay.At(22, 0)
)

const (
	ghName   = "gh00P12345_20230825.txt"
	jsmxName = "jsmx03_00123_20230825.dbf"
	zqbdName = "zqbd_00123_20230825.dbf"
	dzName   = "SJSDZ_000456_20230825.DBF"
	ctlName  = "csdc_00123_20230825.ctl"
)

// Every fault of a day's files is found, typed, and named to the record.
func TestCheck(t *testing.T) {
	jsmxHead := DBFHeader{Fields: jsmxTable.dbfFields()}
	record := jsmxHead.RecordBytes()
	second := jsmxHead.headBytes() + record + 1 // first byte of SCDM of the second record
	for _, c := range []struct {
		name   string
		change func(*testing.T, fstest.MapFS)
		now    time.Time
		want   []string
	}{
		{"whole", func(*testing.T, fstest.MapFS) {}, evening, nil},
		{"nothing yet", func(_ *testing.T, day fstest.MapFS) { clear(day) }, testDay.At(15, 0), []string{
			ctlName + " not due", ghName + " not due", jsmxName + " not due", zqbdName + " not due", "zjhz_00123_20230825.dbf not due", "zqye_00123_20230825.dbf not due",
			"SJSMX1_000456_20230825.DBF not due", "SJSJG_000456_20230825.DBF not due", "SJSQS_000456_20230825.DBF not due", dzName + " not due",
		}},
		{"missing, announced", func(_ *testing.T, day fstest.MapFS) { delete(day, jsmxName) }, evening, []string{jsmxName + " missing"}},
		{"missing at night, no control", func(_ *testing.T, day fstest.MapFS) { delete(day, jsmxName); delete(day, ctlName) }, night,
			[]string{ctlName + " missing", jsmxName + " missing"}},
		{"no trades", func(t *testing.T, day fstest.MapFS) {
			delete(day, ghName)
			changeControl(t, day, func(c *ControlFile) {
				c.Files[0] = Control{Name: ghName, Layout: LayoutGH, Date: testDay, Absent: true}
			})
		}, night, nil},
		{"trades that should not be", func(t *testing.T, day fstest.MapFS) {
			changeControl(t, day, func(c *ControlFile) {
				c.Files[0] = Control{Name: ghName, Layout: LayoutGH, Date: testDay, Absent: true}
			})
		}, night, []string{ghName + " extra"}},
		{"cut in a record", func(_ *testing.T, day fstest.MapFS) { day[jsmxName].Data = day[jsmxName].Data[:second+10] }, evening,
			[]string{jsmxName + " truncated 2"}},
		{"cut at a line", func(_ *testing.T, day fstest.MapFS) {
			day[ghName].Data = day[ghName].Data[:bytes.IndexByte(day[ghName].Data, '\n')+1]
		}, evening, []string{ghName + " truncated"}},
		{"bad figure", func(_ *testing.T, day fstest.MapFS) {
			at := second + bytes.Index(day[jsmxName].Data[second:], []byte("20230825"))
			day[jsmxName].Data[at] = 'x'
		}, evening, []string{jsmxName + " bad record 2 JYRQ"}},
		{"bad flag", func(_ *testing.T, day fstest.MapFS) { day[jsmxName].Data[second-1] = 0 }, evening, []string{jsmxName + " bad record 2"}},
		{"deleted row", func(_ *testing.T, day fstest.MapFS) { day[jsmxName].Data[second-1] = '*' }, evening, []string{jsmxName + " wrong total"}},
		{"another letter", func(_ *testing.T, day fstest.MapFS) { day[jsmxName].Data[second] ^= 1 }, evening, []string{jsmxName + " altered"}},
		{"another sum", func(t *testing.T, day fstest.MapFS) {
			changeControl(t, day, func(c *ControlFile) { c.Files[1].Sum++ })
		}, evening, []string{jsmxName + " wrong total"}},
		{"another count", func(t *testing.T, day fstest.MapFS) {
			changeControl(t, day, func(c *ControlFile) { c.Files[1].Rows++ })
		}, evening, []string{jsmxName + " wrong total"}},
		{"row of yesterday", func(_ *testing.T, day fstest.MapFS) {
			day[dzName].Data = bytes.Replace(day[dzName].Data, []byte("20230825"), []byte("20230824"), 1)
		}, evening, []string{dzName + " wrong date 1 DZFSRQ"}},
		{"line of yesterday", func(_ *testing.T, day fstest.MapFS) {
			day[ghName].Data = bytes.Replace(day[ghName].Data, []byte("|20230825|"), []byte("|20230824|"), 1)
		}, evening, []string{ghName + " wrong date 1 TradeDate"}},
		{"not a table", func(_ *testing.T, day fstest.MapFS) { day[jsmxName].Data = bytes.Repeat([]byte("html"), 2000) }, evening,
			[]string{jsmxName + " bad layout"}},
		{"another layout", func(_ *testing.T, day fstest.MapFS) { day[jsmxName] = day[zqbdName] }, evening, []string{jsmxName + " bad layout"}},
		{"foreign file", func(_ *testing.T, day fstest.MapFS) { day["zqbd_00123_20230824.dbf"] = day[zqbdName] }, evening,
			[]string{"zqbd_00123_20230824.dbf extra"}},
		{"forgotten by control", func(t *testing.T, day fstest.MapFS) {
			changeControl(t, day, func(c *ControlFile) { c.Files = c.Files[1:] })
		}, evening, []string{ghName + " unannounced"}},
		{"forgotten and missing", func(t *testing.T, day fstest.MapFS) {
			changeControl(t, day, func(c *ControlFile) { c.Files = c.Files[1:] })
			delete(day, ghName)
		}, evening, []string{ghName + " missing"}},
		{"skipped day", func(t *testing.T, day fstest.MapFS) {
			changeControl(t, day, func(c *ControlFile) { c.Previous = "20230823" })
		}, evening, []string{ctlName + " broken sequence"}},
		{"another broker's control", func(t *testing.T, day fstest.MapFS) {
			changeControl(t, day, func(c *ControlFile) { c.Participant.PBU = "54321" })
		}, night, []string{ctlName + " wrong date"}},
		{"cut control", func(_ *testing.T, day fstest.MapFS) { day[ctlName].Data = day[ctlName].Data[:100] }, night, []string{ctlName + " bad layout"}},
		{"arriving", func(_ *testing.T, day fstest.MapFS) { delete(day, ctlName); day[ghName].Data = day[ghName].Data[:9] }, testDay.At(16, 0), []string{
			ctlName + " not due", ghName + " not due", jsmxName + " not due", zqbdName + " not due", "zjhz_00123_20230825.dbf not due", "zqye_00123_20230825.dbf not due",
			"SJSMX1_000456_20230825.DBF not due", "SJSJG_000456_20230825.DBF not due", "SJSQS_000456_20230825.DBF not due", dzName + " not due",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, day := wholeDay(t)
			c.change(t, day)
			findings, err := m.Check(day, c.now)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range findings {
				line := f.File + " " + f.Kind.String()
				if f.Record > 0 {
					line += fmt.Sprintf(" %d", f.Record)
				}
				got = append(got, strings.TrimSpace(line+" "+f.Field))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("findings\n%v\nwant\n%q", findings, c.want)
			}
		})
	}
}

// Many bad records of one file are counted, not all listed.
func TestCheckCountsManyBadRecords(t *testing.T) {
	m, day := wholeDay(t)
	line := "bad|line\n"
	day[ghName].Data = []byte(strings.Repeat(line, 500))
	findings, err := m.Check(day, evening)
	if err != nil {
		t.Fatal(err)
	}
	last := findings[len(findings)-1]
	if len(findings) != badRecordsMax+1 || last.Detail != "500 bad records in all" || findings[0].Record != 1 {
		t.Errorf("%d findings, last %v", len(findings), last)
	}
}

// A directory that cannot be read is an error, not a finding.
func TestCheckReportsTheWorld(t *testing.T) {
	m, _ := wholeDay(t)
	if _, err := m.Check(brokenFS{}, evening); err == nil {
		t.Error("no error")
	}
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestManifestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		p              Participant
		date, previous Date
		cutoffs        []Cutoff
	}{
		"date":         {testBroker, "20230832", "", DefaultCutoffs()},
		"previous":     {testBroker, testDay, testDay, DefaultCutoffs()},
		"participant":  {Participant{Shanghai: "a/b00", Shenzhen: "000456", PBU: "12345"}, testDay, "", DefaultCutoffs()},
		"layout":       {testBroker, testDay, "", []Cutoff{{Layout: 99}}},
		"layout twice": {testBroker, testDay, "", []Cutoff{{Layout: LayoutGH}, {Layout: LayoutGH}}},
	} {
		if _, err := NewManifest(c.p, c.date, c.previous, c.cutoffs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
