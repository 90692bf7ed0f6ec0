package vault

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// keyFileHead is the first line of a key file. The number is the format's.
const keyFileHead = "sancun-key-file 1"

// Keyring holds the master keys of a key file by version, and the index secret.
// It prints as [redacted]. It does not change while others may read it: a
// rotation makes a new one.
type Keyring struct {
	masters []master // sorted by version; the last one wraps
	index   veiled[[secretBytes]byte]
}

type master struct {
	version uint32
	secret  veiled[[secretBytes]byte]
	wraps   veiled[[2]cipher.AEAD] // by suite, from 1
}

// Versions lists the versions of the master keys, the current one last.
func (r *Keyring) Versions() []uint32 {
	var versions []uint32
	for _, m := range r.masters {
		versions = append(versions, m.version)
	}
	return versions
}

// Current is the version that wraps new data keys.
func (r *Keyring) Current() uint32 { return r.current().version }

// Format prints [redacted] for every verb.
func (Keyring) Format(f fmt.State, _ rune) { printRedacted(f) }

func (r *Keyring) current() master { return r.masters[len(r.masters)-1] }

func (r *Keyring) master(version uint32) (master, error) {
	i, ok := slices.BinarySearchFunc(r.masters, version, func(m master, v uint32) int { return int(int64(m.version) - int64(v)) })
	if !ok {
		return master{}, fmt.Errorf("version %d: %w", version, ErrMaster)
	}
	return r.masters[i], nil
}

// ParseKeyring reads the text of a key file: the head line, one index line and
// master lines in rising order of their versions. Secrets are 32 bytes in hex or
// base64. Empty lines and lines that begin with # are skipped. The error says
// which line is wrong and never shows it.
func ParseKeyring(text []byte) (*Keyring, error) {
	if len(text) > keyFileBytesMax {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(text), keyFileBytesMax, ErrKeyFile)
	}
	r := &Keyring{}
	head := false
	number := 0
	for line := range bytes.Lines(text) {
		number++
		words := strings.Fields(string(line))
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if !head {
			if strings.Join(words, " ") != keyFileHead {
				return nil, fmt.Errorf("line %d is not %q: %w", number, keyFileHead, ErrKeyFile)
			}
			head = true
			continue
		}
		if err := r.parseLine(words); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if !head || r.index.lift == nil || len(r.masters) == 0 {
		return nil, fmt.Errorf("head, index or master line is missing: %w", ErrKeyFile)
	}
	return r, nil
}

func (r *Keyring) parseLine(words []string) error {
	switch {
	case words[0] == "index" && len(words) == 2 && r.index.lift == nil:
		secret, err := parseSecret(words[1])
		r.index = veil(secret)
		return err
	case words[0] == "master" && len(words) == 3:
		version, err := strconv.ParseUint(words[1], 10, 32)
		if err != nil || version == 0 {
			return fmt.Errorf("the version is not a number from 1: %w", ErrKeyFile)
		}
		secret, err := parseSecret(words[2])
		if err != nil {
			return err
		}
		return r.add(uint32(version), secret)
	default:
		return fmt.Errorf("neither the index line nor a master line: %w", ErrKeyFile)
	}
}

func (r *Keyring) add(version uint32, secret *[secretBytes]byte) error {
	if len(r.masters) == masterKeysMax {
		return fmt.Errorf("more than %d master keys: %w", masterKeysMax, ErrKeyFile)
	}
	if len(r.masters) > 0 && r.Current() >= version {
		return fmt.Errorf("master %d does not follow master %d: %w", version, r.Current(), ErrKeyFile)
	}
	var wraps [2]cipher.AEAD
	for _, suite := range [...]Suite{AES256GCM, SM4GCM} {
		aead, err := suite.aead(secret, purposeWrap)
		if err != nil {
			return err
		}
		wraps[suite-1] = aead
	}
	r.masters = append(r.masters, master{version, veil(secret), veil(&wraps)})
	return nil
}

// without is the ring that lacks one version.
func (r *Keyring) without(version uint32) *Keyring {
	rest := &Keyring{index: r.index}
	for _, m := range r.masters {
		if m.version != version {
			rest.masters = append(rest.masters, m)
		}
	}
	return rest
}

// text writes the ring as ParseKeyring reads it.
func (r *Keyring) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %x\n", keyFileHead, r.index.lift()[:])
	for _, m := range r.masters {
		fmt.Fprintf(&b, "master %d %x\n", m.version, m.secret.lift()[:])
	}
	return b.Bytes()
}

// parseSecret reads 32 bytes in hex or in base64 with or without padding. All
// zeros are refused: they come from a broken generator or an unfilled template.
func parseSecret(word string) (*[secretBytes]byte, error) {
	raw, err := hex.DecodeString(word)
	if err != nil || len(raw) != secretBytes {
		raw, err = base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(word, "="))
	}
	if err != nil || len(raw) != secretBytes {
		return nil, fmt.Errorf("the secret is not %d bytes in hex or base64: %w", secretBytes, ErrKeyFile)
	}
	secret := [secretBytes]byte(raw)
	if secret == [secretBytes]byte{} {
		return nil, fmt.Errorf("the secret is all zeros: %w", ErrKeyFile)
	}
	return &secret, nil
}

func newSecretBytes(random io.Reader) (*[secretBytes]byte, error) {
	secret := new([secretBytes]byte)
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return nil, fmt.Errorf("draw a key: %w", err)
	}
	return secret, nil
}
