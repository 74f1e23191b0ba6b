package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// Everything that is linked has its licence among the notices.
func TestNotices(t *testing.T) {
	t.Parallel()
	for _, pkg := range []string{"example.com/guessing-game/src/apigw", "example.com/guessing-game/src/function"} {
		text, err := noticesOf(os.Environ(), pkg)
		if err != nil {
			t.Fatal(err)
		}
		wants := []string{"The Go programming language", "github.com/aws/aws-sdk-go-v2 v", ": NOTICE", "Redistribution and use in source and binary forms", "Apache License"}
		if strings.HasSuffix(pkg, "/apigw") {
			wants = append(wants, "Marijn Haverbeke") // CodeMirror, in the trace page
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: the notices lack %q", pkg, want)
			}
		}
	}
}

// An archive depends only on its files and the time of the commit.
func TestArchives(t *testing.T) {
	t.Parallel()
	at := time.Unix(1764460800, 0).UTC()
	files := []file{{"LICENSE", []byte("MIT"), false}, {"apigw", []byte("program"), true}}
	packed, err := tarred("apigw_1", files, at)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := tarred("apigw_1", files, at); !bytes.Equal(packed, again) {
		t.Error("two archives of the same files differ")
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(unzipped)
	for _, f := range files {
		h, err := archive.Next()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if h.Name != "apigw_1/"+f.name || h.FileInfo().Mode().Perm()&0o100 != 0 != f.program || !h.ModTime.Equal(at) || !bytes.Equal(content, f.content) || err != nil {
			t.Errorf("%+v, %q, %v", h, content, err)
		}
	}
	packed, err = zipped("apigw_1", files, at)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := zipped("apigw_1", files, at); !bytes.Equal(packed, again) {
		t.Error("two archives of the same files differ")
	}
	if z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed))); err != nil || len(z.File) != 2 || z.File[1].Name != "apigw_1/apigw" {
		t.Errorf("%v", err)
	}
}
