#!/usr/bin/env bash
# Runs a command that may take long, and says so on standard error: what it does, for how long, and on a terminal the last line of its
# output. All of its output is shown if it fails.
#
# usage: tell.sh WHAT COMMAND…
set -u
what=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
tell() {
	local seconds=0
	while sleep 1 >/dev/null 2>&1; do
		seconds=$((seconds + 1))
		if [ -t 2 ]; then
			printf '\r\033[K%s … %d s  %s' "$what" $seconds "$(tail -n 1 "$log" | tr -d '\r\033' | cut -c 1-50)" >&2
		elif [ $((seconds % 10)) = 1 ]; then
			echo "$what … $seconds s" >&2
		fi
	done
}
tell &
teller=$!
"$@" >"$log" 2>&1
code=$?
kill $teller
[ ! -t 2 ] || printf '\r\033[K' >&2
[ $code = 0 ] || cat "$log" >&2
exit $code
