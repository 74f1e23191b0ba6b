package userpool

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"runtime"

	"github.com/go-jose/go-jose/v4"
)

// Local replaces, for a project on this machine, the secrets that AWS keeps: a key that signs
// tokens of its user pools, and a seed from which values of API keys are derived. It is stored in a
// file that only its owner can read.
type Local struct {
	key    jose.JSONWebKey
	secret []byte
}

// localFile is the form of the file.
type localFile struct {
	SigningKey jose.JSONWebKey `json:"signingKey"`
	Secret     []byte          `json:"secret"`
}

const (
	keyBits    = 2048
	secretSize = 32
)

// LocalFile is the path of a project's file in the user's cache folder, derived from the path of
// its template or document.
func LocalFile(cache, project string) (string, error) {
	abs, err := filepath.Abs(project)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(cache, "apigw", fmt.Sprintf("%x.json", sum[:8])), nil
}

// OpenLocal reads the file, or creates it if it does not exist. Two programs that create it at the
// same time get the same file.
func OpenLocal(file string) (*Local, error) {
	l, err := readLocal(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	made := localFile{SigningKey: jose.JSONWebKey{Key: key, Algorithm: string(jose.RS256), Use: "sig"}, Secret: make([]byte, secretSize)}
	rand.Read(made.Secret) // never fails
	thumbprint, err := made.SigningKey.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	made.SigningKey.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	data, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(file), "new-*") // which only its owner can read
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	// A link, unlike a rename, does not replace a file that another program has just created.
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(f.Name(), file); err != nil { // a file system without links
			return nil, err
		}
	}
	return readLocal(file)
}

func readLocal(file string) (*Local, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds a private key, but others can read it (mode %v): chmod 600 it, or remove it to get a new one", file, info.Mode().Perm())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var have localFile
	if err := json.Unmarshal(data, &have); err != nil || !have.SigningKey.Valid() || have.SigningKey.IsPublic() || len(have.Secret) != secretSize {
		return nil, fmt.Errorf("%s is damaged: remove it to get a new key", file)
	}
	return &Local{have.SigningKey, have.Secret}, nil
}

// Key implements Keys.
func (l *Local) Key(_ context.Context, id string) (*jose.JSONWebKey, error) {
	if id != l.key.KeyID {
		return nil, fmt.Errorf("the local pool has no key %q: apigw token prints tokens that it accepts", id)
	}
	public := l.key.Public()
	return &public, nil
}

// JWKS is the key set for verifying tokens, as a pool publishes it under /.well-known/jwks.json.
func (l *Local) JWKS() ([]byte, error) {
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{l.key.Public()}})
}

// Sign makes a token with these claims.
func (l *Local) Sign(claims any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: l.key}, nil)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// APIKey is the value of the API key of a logical id: 40 letters and digits, the same each time.
func (l *Local) APIKey(id string) string {
	const alphabet, length = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40
	mac := hmac.New(sha256.New, l.secret)
	mac.Write([]byte("api key " + id))
	n, base, rest := new(big.Int).SetBytes(mac.Sum(nil)), big.NewInt(int64(len(alphabet))), new(big.Int)
	value := make([]byte, length)
	for i := range value {
		n.DivMod(n, base, rest)
		value[i] = alphabet[rest.Int64()]
	}
	return string(value)
}
