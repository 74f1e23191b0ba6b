package runtimes

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
)

// goSDK begins the import paths of version 1 of AWS's SDK for Go, which does not read
// AWS_ENDPOINT_URL.
const goSDK = "github.com/aws/aws-sdk-go/"

// leadGoSDK returns a file for go build -overlay, with which those of the packages that use version
// 1 of the SDK also import one of ours, before any of their own variables is initialized: it makes
// the SDK call the endpoints of AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…. It is empty if none uses
// it. Nothing is written next to the source.
func (f *Finder) leadGoSDK(packages []goPackage) string {
	files, overlay := map[string][]byte{}, map[string]string{}
	for _, p := range packages {
		if p.Module == nil || !p.Module.Main || !slices.ContainsFunc(p.Imports, func(path string) bool { return strings.HasPrefix(path, goSDK) }) {
			continue
		}
		files[p.Name+".go"] = []byte("package " + p.Name + "\n\nimport _ \"" + p.Module.Path + "/apigwendpoint\"\n")
		overlay[filepath.Join(p.Dir, "apigw_endpoint.go")] = p.Name + ".go"
		overlay[filepath.Join(p.Module.Dir, "apigwendpoint", "endpoint.go")] = filepath.Join(f.boot, "endpoint1.go.txt")
	}
	if len(files) == 0 {
		return ""
	}
	key, err := json.Marshal(overlay)
	if err != nil {
		return ""
	}
	dir := filepath.Join(f.cache, "go-overlay", digest(string(key)))
	for at, file := range overlay {
		if !filepath.IsAbs(file) {
			overlay[at] = filepath.Join(dir, file)
		}
	}
	if files["overlay.json"], err = json.Marshal(map[string]any{"Replace": overlay}); err != nil {
		return ""
	}
	if _, err = f.keep("go-overlay", filepath.Base(dir), files); err != nil {
		return ""
	}
	return filepath.Join(dir, "overlay.json")
}
