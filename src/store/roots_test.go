package store_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/store/storetest"
)

// The hashes are those of https://www.amazontrust.com/repository/.
func TestAmazonRoots(t *testing.T) {
	t.Parallel()
	var got []string
	for rest := store.AmazonRoots; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !c.IsCA || c.NotAfter.Before(time.Now().AddDate(2, 0, 0)) {
			t.Errorf("%s: CA %v, valid until %v", c.Subject, c.IsCA, c.NotAfter)
		}
		sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
		got = append(got, hex.EncodeToString(sum[:]))
	}
	want := []string{
		"fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
		"7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
		"36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
		"f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
		"2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A server whose certificate does not lead to Amazon's roots is tried with the system's, from then
// on; one that leads to neither is refused.
func TestOtherRootsAreTried(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(answer(200, `{}`))
	t.Cleanup(srv.Close)
	known := x509.NewCertPool()
	known.AddCert(srv.Certificate())
	var calls []store.Call
	config := (&fake{Server: srv}).config(&calls)
	db := store.NewAtAWS(config, known)
	for i, retries := range []int{1, 0} {
		if _, err := db.Create(t.Context(), storetest.NewGame(t, 7)); err != nil {
			t.Fatal(err, errors.Unwrap(err))
		}
		if calls[i].Retries != retries {
			t.Errorf("call %d took %d retries, want %d", i, calls[i].Retries, retries)
		}
	}
	db = store.NewAtAWS(config, x509.NewCertPool())
	_, err := db.Create(t.Context(), storetest.NewGame(t, 7))
	if name(err) != "StoreUnavailable" || !strings.Contains(errors.Unwrap(err).Error(), "unknown authority") {
		t.Errorf("%v: %v", err, errors.Unwrap(err))
	}
}
