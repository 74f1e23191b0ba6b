#!/usr/bin/env bash
# Runs a command that may take long, and reports on standard error what it does, for how long, how far it is if its output shows that,
# and on a terminal the last line of the output. All of the output is shown if the command fails.
#
# usage: tell.sh WHAT COMMAND…
#
# The progress is read from the output of apt-get (APT::Status-Fd=1), pip (--progress-bar raw), Maven (without --batch-mode) and docker
# build (--progress plain); with LINES_EXPECTED=N it is the share of N lines of output, as for go build -v.
set -u
what=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# far prints how much of the work is done, in per cent, and the last line that is meant for people, separated by a tab.
far() {
	tail -c 4000 "$log" | tr '\r' '\n' | awk -v lines="$(wc -l <"$log")" -v expected="${LINES_EXPECTED:-0}" '
		function bytes(text, unit) { unit = text; gsub(/[0-9.]/, "", unit); return text * (unit ~ /^[gG]/ ? 1e9 : unit ~ /^[mM]/ ? 1e6 : unit ~ /^[kK]/ ? 1e3 : 1) }
		function share(done, all) { if (all > 0) percent = 100 * done / all }
		{ gsub(/[^[:print:]]/, "") }
		/^(dl|pm)status:/ { split($0, field, ":"); percent = field[3]; last = field[4]; next }
		/^Progress [0-9]+ of [0-9]+/ { share($2, $4); next }
		/^Progress \([0-9]+\): / { split($3, part, "/"); unit = $4 ? $4 : part[2]; gsub(/[0-9.]/, "", unit); share(bytes(part[1] unit), bytes(part[2] ($4 ? unit : ""))); next }
		/^#[0-9]+ sha256:[0-9a-f]+ [0-9.]+[kMG]?B \/ [0-9.]+[kMG]?B/ { done[$2] = bytes($3); all[$2] = bytes($5) }
		/[^ ]/ { last = $0 }
		END {
			for (layer in all) { d += done[layer]; a += all[layer] }
			share(d, a)
			share(lines, expected)
			printf "%s\t%.50s\n", percent == "" ? "" : int(percent > 100 ? 100 : percent), last
		}'
}

tell() {
	local seconds=0 percent last
	while sleep 1 >/dev/null 2>&1; do
		seconds=$((seconds + 1))
		if [ -t 2 ]; then
			IFS=$'\t' read -r percent last < <(far | sed 's/^\t/-\t/')
			local bar=
			if [ "$percent" != - ]; then
				bar=$(printf '%*s' $((percent / 5)) '' | tr ' ' '=')
				bar=$(printf '[%-20s] %3d %%  ' "$bar" "$percent")
			fi
			printf '\r\033[K%s' "$(printf '%s … %s%d s  %s' "$what" "$bar" $seconds "$last" | cut -c "1-$(($(tput cols 2>/dev/null || echo 80) - 1))")" >&2
		elif [ $((seconds % 10)) = 1 ]; then
			IFS=$'\t' read -r percent last < <(far | sed 's/^\t/-\t/')
			[ "$percent" = - ] && percent= || percent=", $percent %"
			echo "$what … $seconds s$percent" >&2
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
