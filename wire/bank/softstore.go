package bank

import (
	"bufio"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/emmansun/gmsm/sm4"
)

const (
	keyBytes   = 16
	checkBytes = 4
	// keyFileMax bounds a key file: a line is under 100 bytes, and no broker has
	// more than a few dozen custodian banks.
	keyFileMax = 64 << 10
)

// softKey is a key with its cipher set up.
type softKey struct {
	raw   []byte
	block cipher.Block
}

// SoftStore is a KeyStore in the memory of this process. Master keys come from
// a key file; working keys live until the next exchange or restart. Two sets of
// working keys stay usable per bank, the current one and the one before it, for
// frames that crossed the exchange.
type SoftStore struct {
	random io.Reader

	mu   sync.RWMutex
	keys map[KeyRef]softKey // guarded by mu
	last map[string]uint32  // last generation per bank, guarded by mu
}

// NewSoftStore returns an empty store. Keys, salts and fillers are drawn from
// random: crypto/rand.Reader in earnest, a seeded source in a simulation. The
// store serialises its reads.
func NewSoftStore(random io.Reader) *SoftStore {
	return &SoftStore{random: random, keys: map[KeyRef]softKey{}, last: map[string]uint32{}}
}

// Format prints no key.
func (*SoftStore) Format(f fmt.State, _ rune) { fmt.Fprint(f, "software key store") }

// OpenKeyFile returns a store with the master keys of a key file. It refuses a
// file that others than its owner may read.
func OpenKeyFile(path string, random io.Reader) (*SoftStore, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer f.Close() // read only: nothing to lose
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key file %s may be read by others, set its mode to 600: %w", path, ErrKey)
	}
	s := NewSoftStore(random)
	if err := s.ReadMasterKeys(f); err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return s, nil
}

// ReadMasterKeys adds the master keys of a key file. Each line is a bank's
// institution code, '=', and 32 hexadecimal digits; empty lines and lines that
// begin with '#' count as nothing. Errors name the line, never its content.
func (s *SoftStore) ReadMasterKeys(r io.Reader) error {
	lines := bufio.NewScanner(io.LimitReader(r, keyFileMax))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		bank, digits, ok := strings.Cut(line, "=")
		key, err := hex.DecodeString(strings.TrimSpace(digits))
		if !ok || err != nil {
			return fmt.Errorf("line %d: want bank=key: %w", n, ErrKey)
		}
		if err := s.SetMaster(strings.TrimSpace(bank), key); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read master keys: %w", err)
	}
	return nil
}

// SetMaster keeps the master key shared with a bank. A second master key for
// the same bank is refused with ErrKey.
func (s *SoftStore) SetMaster(bank string, key []byte) error {
	if bank == "" || len(key) != keyBytes {
		return fmt.Errorf("master key of bank %q has %d bytes, need %d: %w", bank, len(key), keyBytes, ErrKey)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ref := KeyRef{Bank: bank, Use: UseMaster}
	if _, taken := s.keys[ref]; taken {
		return fmt.Errorf("second %v: %w", ref, ErrKey)
	}
	k, err := newSoftKey(key)
	if err != nil {
		return err
	}
	s.keys[ref] = k
	return nil
}

func newSoftKey(raw []byte) (softKey, error) {
	block, err := sm4.NewCipher(raw)
	if err != nil {
		return softKey{}, fmt.Errorf("set up SM4: %w", ErrKey)
	}
	return softKey{raw: append([]byte(nil), raw...), block: block}, nil
}

// derive returns the key for one purpose of a master key. Working keys of one
// use wrapped for the other do not check, and a MAC can be no wrapped key.
func (k softKey) derive(purpose string) (softKey, error) {
	return newSoftKey(hmacSM3(k.raw, []byte("sancun bank "+purpose))[:keyBytes])
}

func (k softKey) checkValue() []byte {
	zeros := make([]byte, blockBytes)
	k.block.Encrypt(zeros, zeros)
	return zeros[:checkBytes]
}

func (s *SoftStore) key(ref KeyRef, uses ...KeyUse) (softKey, error) {
	for _, use := range uses {
		if ref.Use != use {
			continue
		}
		s.mu.RLock()
		defer s.mu.RUnlock()
		if k, ok := s.keys[ref]; ok {
			return k, nil
		}
		return softKey{}, fmt.Errorf("no %v: %w", ref, ErrKey)
	}
	return softKey{}, fmt.Errorf("%v is not for this: %w", ref, ErrKey)
}

// MAC implements KeyStore.
func (s *SoftStore) MAC(ref KeyRef, algorithm MACAlgorithm, data []byte) ([]byte, error) {
	k, err := s.key(ref, UseMAC, UseMaster)
	if err == nil && ref.Use == UseMaster {
		k, err = k.derive("mac")
	}
	if err != nil {
		return nil, err
	}
	switch algorithm {
	case MACSM4CBC:
		return cbcMAC(k.block, data), nil
	case MACSM3HMAC:
		return hmacSM3(k.raw, data), nil
	}
	return nil, fmt.Errorf("%v: %w", algorithm, ErrFormat)
}

// SealPIN implements KeyStore.
func (s *SoftStore) SealPIN(ref KeyRef, form PINForm, account string, password Secret) (PINBlock, error) {
	k, err := s.key(ref, UsePIN)
	if err != nil {
		return nil, err
	}
	return form.seal(k.block, lockedReader{s}, account, password)
}

// OpenPIN implements KeyStore.
func (s *SoftStore) OpenPIN(ref KeyRef, form PINForm, account string, block PINBlock) (Secret, error) {
	k, err := s.key(ref, UsePIN)
	if err != nil {
		return Secret{}, err
	}
	return form.open(k.block, account, block)
}

// lockedReader serialises draws from the store's random source.
type lockedReader struct{ s *SoftStore }

func (r lockedReader) Read(p []byte) (int, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.s.random.Read(p)
}

// NewWorkingKeys implements KeyStore.
func (s *SoftStore) NewWorkingKeys(bank string, generation uint32) (WrappedKeys, error) {
	raw := make([]byte, 2*keyBytes)
	if _, err := io.ReadFull(lockedReader{s}, raw); err != nil {
		return WrappedKeys{}, fmt.Errorf("make working keys: %w", err)
	}
	w := WrappedKeys{Generation: generation, PINKey: make([]byte, keyBytes), MACKey: make([]byte, keyBytes)}
	pinWrap, macWrap, err := s.wrappers(bank)
	if err != nil {
		return WrappedKeys{}, err
	}
	pin, err := newSoftKey(raw[:keyBytes])
	if err != nil {
		return WrappedKeys{}, err
	}
	mac, err := newSoftKey(raw[keyBytes:])
	if err != nil {
		return WrappedKeys{}, err
	}
	pinWrap.block.Encrypt(w.PINKey, pin.raw)
	macWrap.block.Encrypt(w.MACKey, mac.raw)
	w.PINCheck, w.MACCheck = pin.checkValue(), mac.checkValue()
	return w, s.keep(bank, generation, pin, mac)
}

// InstallWorkingKeys implements KeyStore.
func (s *SoftStore) InstallWorkingKeys(bank string, w WrappedKeys) error {
	if len(w.PINKey) != keyBytes || len(w.MACKey) != keyBytes {
		return fmt.Errorf("%v: %w", w, ErrKey)
	}
	pinWrap, macWrap, err := s.wrappers(bank)
	if err != nil {
		return err
	}
	pin, err := unwrap(pinWrap, w.PINKey, w.PINCheck)
	if err != nil {
		return fmt.Errorf("PIN key of %v: %w", w, err)
	}
	mac, err := unwrap(macWrap, w.MACKey, w.MACCheck)
	if err != nil {
		return fmt.Errorf("MAC key of %v: %w", w, err)
	}
	return s.keep(bank, w.Generation, pin, mac)
}

func unwrap(wrapper softKey, wrapped, check []byte) (softKey, error) {
	raw := make([]byte, keyBytes)
	wrapper.block.Decrypt(raw, wrapped)
	k, err := newSoftKey(raw)
	if err != nil {
		return softKey{}, err
	}
	if subtle.ConstantTimeCompare(k.checkValue(), check) != 1 {
		return softKey{}, fmt.Errorf("check value disagrees: %w", ErrKey)
	}
	return k, nil
}

func (s *SoftStore) wrappers(bank string) (pin, mac softKey, err error) {
	master, err := s.key(KeyRef{Bank: bank, Use: UseMaster}, UseMaster)
	if err != nil {
		return pin, mac, err
	}
	if pin, err = master.derive("wrap PIN key"); err != nil {
		return pin, mac, err
	}
	mac, err = master.derive("wrap MAC key")
	return pin, mac, err
}

func (s *SoftStore) keep(bank string, generation uint32, pin, mac softKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation <= s.last[bank] {
		return fmt.Errorf("generation %d of bank %s is not above %d: %w", generation, bank, s.last[bank], ErrKey)
	}
	for ref := range s.keys {
		if ref.Bank == bank && ref.Use != UseMaster && ref.Generation != s.last[bank] {
			delete(s.keys, ref)
		}
	}
	s.last[bank] = generation
	s.keys[KeyRef{bank, UsePIN, generation}] = pin
	s.keys[KeyRef{bank, UseMAC, generation}] = mac
	return nil
}

// CheckValue implements KeyStore.
func (s *SoftStore) CheckValue(ref KeyRef) ([]byte, error) {
	k, err := s.key(ref, UseMaster, UseMAC, UsePIN)
	if err != nil {
		return nil, err
	}
	return k.checkValue(), nil
}
