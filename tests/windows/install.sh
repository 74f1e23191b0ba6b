#!/bin/sh
# Installs what the tests of the Windows build need: Debian's Wine, and MinGW for the one library that it lacks. Run as root (or with
# sudo) on Debian or Ubuntu; it installs nothing that is already there. Wine runs only amd64 programs here.
set -eu
[ "$(uname -m)" = x86_64 ] || exit 0
if ! [ -x /usr/lib/wine/wine64 ] || ! command -v x86_64-w64-mingw32-gcc >/dev/null; then
	"$(dirname "$0")/../debian.sh" wine64 gcc-mingw-w64-x86-64-win32
fi
