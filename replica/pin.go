package replica

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"
)

// Pin is the SHA-256 of a centre's public key as its certificate encodes it
// (SubjectPublicKeyInfo). Centres know each other by pins, not by authorities:
// there are two of them, and whoever can sign certificates must not be able to
// become a centre.
type Pin [sha256.Size]byte

// PinOf is the pin of a certificate.
func PinOf(c *x509.Certificate) Pin { return sha256.Sum256(c.RawSubjectPublicKeyInfo) }

// ErrStranger refuses a connection whose key is not pinned.
var ErrStranger = errors.New("replication: the key of the other end is not that of a known centre")

// Pins are the known centres by name.
type Pins map[string]Pin

// Who names the centre of a key.
func (p Pins) Who(c *x509.Certificate) (string, bool) {
	pin := PinOf(c)
	for name, known := range p {
		if bytes.Equal(known[:], pin[:]) {
			return name, true
		}
	}
	return "", false
}

// TLS makes the configuration of both ends of a line between centres: TLS 1.3,
// both ends show their certificate, and both must be pinned.
func (p Pins) TLS(own tls.Certificate, now func() time.Time) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{own},
		MinVersion:   tls.VersionTLS13,
		ClientAuth:   tls.RequireAnyClientCert,
		Time:         now,
		// The chain and the name are not what is trusted here: the key is. Every
		// handshake passes VerifyConnection, also one that resumes a session.
		InsecureSkipVerify:     true, // #nosec G402
		SessionTicketsDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return ErrStranger
			}
			c := s.PeerCertificates[0]
			if _, known := p.Who(c); !known {
				return fmt.Errorf("%w: its pin is %x", ErrStranger, PinOf(c))
			}
			if at := now(); at.Before(c.NotBefore) || at.After(c.NotAfter) {
				return fmt.Errorf("replication: the certificate of the other centre is valid from %s to %s, it is %s",
					c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly), at.Format(time.DateOnly))
			}
			return nil
		},
	}
}

// validFor is how long a centre's certificate lasts; its renewal is a change
// under dual control, so it is not often.
const validFor = 5 * 365 * 24 * time.Hour

// NewCertificate makes a key and a certificate that says its own name.
func NewCertificate(centre string, random io.Reader, now time.Time) (tls.Certificate, error) {
	public, private, err := ed25519.GenerateKey(random)
	if err != nil {
		return tls.Certificate{}, err
	}
	var serial [16]byte
	if _, err := io.ReadFull(random, serial[:]); err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:]), Subject: pkix.Name{CommonName: centre}, DNSNames: []string{centre},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(validFor), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(random, template, template, public, private)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private, Leaf: leaf}, err
}
