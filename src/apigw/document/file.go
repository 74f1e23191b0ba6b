package document

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// maxGiven bounds files that the user has named: a test holds several bodies of 10 MB.
const maxGiven = 64 << 20

// ReadGiven reads a file that the user has named, which may be a pipe, as a shell's <(…) is. One of
// more than 64 MB is an error.
func ReadGiven(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxGiven+1))
	if err == nil && len(data) > maxGiven {
		err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("it has more than %d MB", maxGiven>>20)}
	}
	return data, err
}
