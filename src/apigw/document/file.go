package document

import (
	"errors"
	"io"
	"os"
)

// ErrNotRegular is the error of ReadFile for devices, pipes and the like.
var ErrNotRegular = errors.New("is not a regular file")

// ReadFile reads a regular file, at most one byte more than MaxFile.
func ReadFile(name string) ([]byte, error) { return ReadFileUpTo(name, MaxFile) }

// ReadFileUpTo reads a regular file, at most one byte more than a limit.
func ReadFileUpTo(name string, most int64) ([]byte, error) {
	info, err := os.Stat(name) // before it is opened: opening a pipe waits for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}
