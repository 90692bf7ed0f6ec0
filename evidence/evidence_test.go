package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"
)

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func known(name string) (ed25519.PublicKey, bool) {
	return keyOf(name).Public().(ed25519.PublicKey), name == "station"
}

func folder() fstest.MapFS {
	return fstest.MapFS{
		"samples/delay.csv": {Data: []byte("rate,ns\n500,30\n500,40\n100,10\n500,20\n")},
		"log.txt":           {Data: []byte("promoted\n")},
		"empty.csv":         {Data: []byte("ns\n")},
	}
}

func about() About {
	return About{Subject: "drill 2023-08-26", Kind: "drill", Made: time.Date(2023, 8, 26, 12, 0, 0, 0, time.UTC), Program: "1", Machine: "2 cores", Signer: "station"}
}

func figures() []Figure {
	of := func(name, rule string) Figure {
		return Figure{Name: name, Unit: "ns", File: "samples/delay.csv", Column: "ns", Where: "rate", Is: "500", Rule: rule}
	}
	return []Figure{of("mean", RuleMean), of("p50", RuleP50), of("p99", RuleP99), of("most", RuleMax), of("least", RuleMin), of("all", RuleSum), of("last", RuleLast),
		{Name: "rows", Unit: "rows", File: "samples/delay.csv", Rule: RuleCount}, {Name: "none", Unit: "ns", File: "empty.csv", Column: "ns", Rule: RuleSum}}
}

func packed(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	m, err := Pack(&b, folder(), about(), figures(), keyOf("station"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{30, 30, 40, 40, 20, 90, 20, 4, 0} {
		if got := m.Figures[i]; got.Value != want {
			t.Errorf("%s: %d, want %d", got.Name, got.Value, want)
		}
	}
	return b.Bytes()
}

func verify(bundle []byte) (*Manifest, error) {
	return Verify(bytes.NewReader(bundle), int64(len(bundle)), known)
}

func TestBundle(t *testing.T) {
	bundle := packed(t)
	if m, err := verify(bundle); err != nil || m.Subject != about().Subject || len(m.Files) != 3 {
		t.Fatalf("%+v, %v", m, err)
	}
	if again := packed(t); !bytes.Equal(bundle, again) {
		t.Error("the same files give other bytes")
	}
}

// Not one of thousands of changes passes, and none is taken for another bundle.
func TestTamperedBundlesAreRefused(t *testing.T) {
	bundle := packed(t)
	rng := rand.New(rand.NewPCG(1, 2))
	harmless := 0
	for range 5_000 {
		changed := bytes.Clone(bundle)
		switch rng.IntN(4) {
		case 0:
			changed[rng.IntN(len(changed))] ^= 1 << rng.IntN(8)
		case 1:
			changed = changed[:rng.IntN(len(changed))]
		case 2:
			at := rng.IntN(len(changed))
			changed = append(changed[:at:at], changed[at+1:]...)
		default:
			at, n := rng.IntN(len(changed)-8), 1+rng.IntN(8)
			copy(changed[at:at+n], bundle[rng.IntN(len(bundle)-8):][:n])
		}
		if bytes.Equal(changed, bundle) {
			continue
		}
		m, err := verify(changed)
		if err == nil {
			// Bits of the packing that mean nothing may change; what is evidenced may not.
			if harmless++; m.Subject != about().Subject || len(m.Files) != 3 || m.Figures[0].Value != 30 {
				t.Fatalf("a changed bundle passed: %+v", m)
			}
		} else if !errors.Is(err, ErrBundle) && !errors.Is(err, ErrSigner) && !errors.Is(err, ErrChanged) && !errors.Is(err, ErrFigure) {
			t.Fatalf("an error of no kind: %v", err)
		}
	}
	if harmless > 2_500 {
		t.Errorf("%d of 5,000 changes made no difference", harmless)
	}
}

// repack makes the bundle of other parts, as a forger could.
func repack(t *testing.T, change func(name string, text []byte) []byte, more ...string) []byte {
	t.Helper()
	bundle := packed(t)
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range z.File {
		text, err := readPart(f, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if text = change(f.Name, text); text == nil {
			continue
		}
		if err := add(out, f.Name, bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range more {
		if err := add(out, name, bytes.NewReader([]byte("more"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestForgeries(t *testing.T) {
	same := func(_ string, text []byte) []byte { return text }
	only := func(name string, to func([]byte) []byte) func(string, []byte) []byte {
		return func(n string, text []byte) []byte {
			if n == name {
				return to(text)
			}
			return text
		}
	}
	swap := func(old, new string) func([]byte) []byte {
		return func(text []byte) []byte { return bytes.Replace(text, []byte(old), []byte(new), 1) }
	}
	for _, test := range []struct {
		name   string
		bundle []byte
		want   error
	}{
		{"the same again", repack(t, same), nil},
		{"another sample", repack(t, only("samples/delay.csv", swap("40", "41"))), ErrChanged},
		{"a figure improved", repack(t, only(manifestName, swap(`"value": 40`, `"value": 20`))), ErrSigner},
		{"another signer", repack(t, only(manifestName, swap(`"signer": "station"`, `"signer": "stranger"`))), ErrSigner},
		{"a file more", repack(t, same, "zzz"), ErrChanged},
		{"a file less", repack(t, only("log.txt", func([]byte) []byte { return nil })), ErrChanged},
		{"spaces in the manifest", repack(t, only(manifestName, func(text []byte) []byte { return append(text, ' ') })), ErrBundle},
		{"a field nobody knows", repack(t, only(manifestName, swap(`"format"`, `"formerly"`))), ErrBundle},
		{"no signature", repack(t, only(signatureName, func([]byte) []byte { return []byte("\n") })), ErrSigner},
		{"a longer file", repack(t, only("log.txt", func(text []byte) []byte { return append(text, 'x') })), ErrChanged},
		{"nothing", nil, ErrBundle},
	} {
		if _, err := verify(test.bundle); !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// A bundle whose signer lies about a figure is refused too: the figure is computed
// again.
func TestSignedLies(t *testing.T) {
	var b bytes.Buffer
	m, err := Pack(&b, folder(), about(), figures(), keyOf("station"))
	if err != nil {
		t.Fatal(err)
	}
	m.Figures[2].Value = 1
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.compare(z.File[2:]); !errors.Is(err, ErrFigure) {
		t.Error(err)
	}
}

func TestWhatCannotBePacked(t *testing.T) {
	for name, change := range map[string]func(*About, fstest.MapFS, *[]Figure){
		"no subject":                 func(a *About, _ fstest.MapFS, _ *[]Figure) { a.Subject = "" },
		"no files":                   func(_ *About, f fstest.MapFS, fs *[]Figure) { clear(f); *fs = nil },
		"a name taken":               func(_ *About, f fstest.MapFS, _ *[]Figure) { f[manifestName] = f["log.txt"] },
		"a figure of nothing":        func(_ *About, _ fstest.MapFS, f *[]Figure) { (*f)[0].File = "gone.csv" },
		"a rule nobody knows":        func(_ *About, _ fstest.MapFS, f *[]Figure) { (*f)[0].Rule = "best" },
		"the same figure twice":      func(_ *About, _ fstest.MapFS, f *[]Figure) { (*f)[0].Name = "p99" },
		"a column that is not there": func(_ *About, _ fstest.MapFS, f *[]Figure) { (*f)[0].Column = "µs" },
		"a mean of nothing":          func(_ *About, _ fstest.MapFS, f *[]Figure) { (*f)[8].Rule = RuleMean },
		"a word among the numbers": func(_ *About, f fstest.MapFS, _ *[]Figure) {
			f["empty.csv"] = &fstest.MapFile{Data: []byte("ns\nmany\n")}
		},
		"more than 64 bits": func(_ *About, f fstest.MapFS, _ *[]Figure) {
			f["empty.csv"] = &fstest.MapFile{Data: []byte("ns\n9223372036854775807\n1\n")}
		},
	} {
		a, files, list := about(), folder(), figures()
		change(&a, files, &list)
		if _, err := Pack(new(bytes.Buffer), files, a, list, keyOf("station")); !errors.Is(err, ErrInput) && !errors.Is(err, ErrFigure) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Folding agrees with the plainest way of doing it.
func TestFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(-1000, 1000), 1, 300).Draw(t, "values")
		sum := int64(0)
		for _, v := range values {
			sum += v
		}
		mean, err := fold(RuleMean, append([]int64(nil), values...))
		if want := int64(math.Round(float64(sum) / float64(len(values)))); err != nil || mean != want {
			t.Fatalf("mean of %v: %d, %v, want %d", values, mean, err, want)
		}
		p99, _ := fold(RuleP99, append([]int64(nil), values...))
		above := 0
		for _, v := range values {
			if v > p99 {
				above++
			}
		}
		if above*100 > len(values) {
			t.Fatalf("%d of %d are above p99 %d", above, len(values), p99)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add(packed(f))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, bundle []byte) {
		if m, err := verify(bundle); err == nil && m.check() != nil {
			t.Error("a manifest that its own check refuses")
		}
	})
}

func FuzzCompute(f *testing.F) {
	f.Add([]byte("rate,ns\n500,30\n"), "ns", "rate", RuleMean)
	f.Fuzz(func(t *testing.T, sample []byte, column, where, rule string) {
		x := Figure{Name: "x", Unit: "ns", File: "f", Column: column, Where: where, Rule: rule}
		if x.check() == nil {
			_ = x.Compute(sample)
		}
	})
}

func FuzzHashUnmarshalText(f *testing.F) {
	f.Add([]byte("00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var h Hash
		if h.UnmarshalText(text) == nil {
			if again, _ := h.MarshalText(); !bytes.Equal(again, text) {
				t.Errorf("%s, then %s", text, again)
			}
		}
	})
}
