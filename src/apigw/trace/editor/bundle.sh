#!/usr/bin/env bash
# Writes codemirror.js, with what editor.js exports from the pinned packages, and LICENSE.codemirror, their licences, to the folder $1.
set -euo pipefail
out=$(realpath "$1")
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
{
	echo "The editor of the trace page is CodeMirror: https://codemirror.net/"
	find node_modules -name LICENSE | LC_ALL=C sort | while read -r licence; do
		folder=$(dirname "$licence")
		printf '\n%s %s\n\n' "${folder#node_modules/}" "$(sed -n 's/^ *"version": "\(.*\)".*/\1/p' "$folder/package.json" | head -n 1)"
		cat "$licence"
	done
} >"$out/LICENSE.codemirror"
go run github.com/evanw/esbuild/cmd/esbuild editor.js --bundle --minify --format=esm --target=es2022 --charset=utf8 --legal-comments=none --log-level=warning \
	--banner:js="/*! CodeMirror (codemirror.net), Copyright (C) Marijn Haverbeke and others, MIT License: see LICENSE.codemirror */" --outfile="$out/codemirror.js"
