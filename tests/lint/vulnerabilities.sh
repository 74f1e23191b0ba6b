#!/usr/bin/env bash
# Looks for known vulnerabilities in what the programs call, with govulncheck. `make lint` calls it. The database is https://vuln.go.dev
# or, if that is unreachable, the same reports as the module golang.org/x/vulndb, from the Go module proxy. If neither is reachable,
# nothing is scanned; it says so and succeeds: a machine without a network must be able to build.
#
# A finding in a module is a failure. One in the standard library is only reported: it concerns this machine's Go, not the repository.
set -euo pipefail
cd "$(dirname "$0")/../.."
govulncheck() { go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 "$@" ./src/... 2>&1; }
found() { grep -q '^Vulnerability #' <<<"$out"; }

if ! out=$(govulncheck) && ! found; then
	module=$(go mod download -json golang.org/x/vulndb@latest 2>/dev/null | sed -n 's/^\t"Dir": "\(.*\)".*/\1/p') || true
	if [ -z "$module" ]; then
		echo "$out" >&2
		printf '\n*** NOT SCANNED for vulnerabilities: neither https://vuln.go.dev nor golang.org/x/vulndb can be reached from here. ***\n\n' >&2
		exit 0
	fi
	echo "known vulnerabilities are those of ${module##*/}"
	out=$(govulncheck -db "file://$module/data/osv") || found || { echo "$out"; exit 1; }
fi
grep -v "^ *#[0-9]*: " <<<"$out" # the ways there, hundreds of them for net/http
! grep -q '^  Module: ' <<<"$out" || { echo "update the modules above: go get MODULE@VERSION" >&2; exit 1; }
! found || printf '\n*** %s has known vulnerabilities, those above: build what you hand on with a newer one. ***\n\n' "$(go env GOVERSION)" >&2
