package vault

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// client is a struct as other packages may have it: a Secret in the open, one
// hidden, one behind a pointer, in a slice, a map and an interface.
type client struct {
	Number  uint64
	Name    Secret
	hidden  Secret
	Pointer *Secret
	Many    []Secret
	ByName  map[string]Secret
	Any     any
	inner   inner
	key     *ClientKey
	ring    *Keyring
	vault   *Vault
}

type inner struct{ deep Secret }

// TestNothingLeaks prints everything that holds something secret in every way
// this program prints, and looks for the text and for the key bytes.
func TestNothingLeaks(t *testing.T) {
	const text = "欧阳安-leak"
	ring := testRing(t, 1, 2)
	v := testVault(t, &MemoryStore{}, AES256GCM, ring)
	key := enrolOne(t, v, 7)
	s := NewSecret(text)
	c := client{7, s, s, &s, []Secret{s}, map[string]Secret{"k": s}, s, inner{s}, key, ring, v}
	wanted := []string{text, "leak", fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), fmt.Sprintf("%q", text), base64Of(text)}
	for _, secret := range [][]byte{key.secret.lift()[:], ring.index.lift()[:], ring.masters[0].secret.lift()[:], ring.masters[1].secret.lift()[:], *v.index.secret.lift()} {
		wanted = append(wanted, fmt.Sprintf("%x", secret[:8]), strings.Trim(fmt.Sprint(secret[:8]), "[]"), string(secret[:8]), base64Of(string(secret))[:10],
			strings.Trim(fmt.Sprintf("%#v", secret[:8]), "[]byte{}"))
	}
	check := func(how, printed string) {
		t.Helper()
		for _, w := range wanted {
			if strings.Contains(printed, w) {
				t.Errorf("%s shows %q in %.200s", how, w, printed)
			}
		}
	}
	for _, value := range []any{s, &s, c, &c, []client{c}, map[string]client{"c": c}, ring, *ring, key, *key, v, v.index, *v.index, fmt.Errorf("wrap %v", s)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%T"} {
			check(verb, fmt.Sprintf(verb, value))
		}
		check("Sprint", fmt.Sprint(value))
		encoded, err := json.Marshal(value)
		check("json", string(encoded)+fmt.Sprint(err))
		encoded, err = xml.Marshal(value)
		check("xml", string(encoded)+fmt.Sprint(err))
		for _, handler := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			log := slog.New(handler(&b))
			log.Info("m", "value", value, "group", slog.GroupValue(slog.Any("inner", value)))
			log.With("value", value).Error("m", "s", s.String(), "g", s.GoString())
			check("slog", b.String())
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s); got != strings.TrimSpace(strings.Repeat(redacted+" ", 6)) {
		t.Errorf("a Secret prints %s", got)
	}
	if got, err := json.Marshal(map[string]any{"name": s}); err != nil || string(got) != `{"name":"[redacted]"}` {
		t.Errorf("a Secret marshals as %s, %v", got, err)
	}
}

// TestErrorsDoNotLeak proves that the error of a refused value does not quote it.
func TestErrorsDoNotLeak(t *testing.T) {
	key := enrolOne(t, testVault(t, &MemoryStore{}, AES256GCM, testRing(t, 1)), 7)
	const text = "leak\xff"
	if _, err := key.Seal(FieldName, NewSecret(text)); err == nil || strings.Contains(err.Error(), "leak") {
		t.Errorf("seal says %v", err)
	}
	if _, err := ParseKeyring([]byte(keyFileHead + "\nmaster 1 leak\n")); err == nil || strings.Contains(err.Error(), "leak") {
		t.Errorf("the key file's error says %v", err)
	}
}

func TestSecret(t *testing.T) {
	var zero Secret
	if !zero.Empty() || zero.Plain() != "" || !zero.Equal(NewSecret("")) {
		t.Error("the zero Secret is not empty")
	}
	if !NewSecret("a").Equal(NewSecret("a")) || NewSecret("a").Equal(NewSecret("b")) || NewSecret("a").Empty() {
		t.Error("Equal does not compare texts")
	}
	var request struct{ Name Secret }
	if err := json.Unmarshal([]byte(`{"Name":"安"}`), &request); err != nil || request.Name.Plain() != "安" {
		t.Errorf("a request brings %q, %v", request.Name.Plain(), err)
	}
}
