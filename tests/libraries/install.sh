#!/bin/sh
# Fetches the Java libraries behind $input and models into .cache/libraries, at the versions in oracle/pom.xml, and prints that
# folder. Does nothing if they are there. Needs Maven and JDK 17; on Debian, as root, it installs what is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sum=$(cksum <"$here/oracle/pom.xml" | cut -d ' ' -f 1)
target=$(cd "$here/../.." && pwd)/.cache/libraries/$sum

set -- /usr/lib/jvm/java-17-openjdk-*/bin/javac
if [ ! -e "$target/complete" ] || [ ! -x "$1" ]; then
	missing=
	[ -x "$1" ] || missing="$missing openjdk-17-jdk-headless"
	command -v mvn >/dev/null || missing="$missing maven"
	if [ -n "$missing" ]; then
		if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			# shellcheck disable=SC2086 # one word per package
			"$here/../debian.sh" $missing
		else
			echo "tests/libraries/install.sh: install$missing and try again" >&2
			exit 1
		fi
	fi
fi
if [ ! -e "$target/complete" ]; then
	# Next to its final place, since another test may be fetching it too.
	partial=$target.$$
	trap 'rm -rf "$partial"' EXIT
	"$here/../tell.sh" "fetching json-path, json-smart and json-schema-validator" mvn -Dstyle.color=never -f "$here/oracle/pom.xml" \
		org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$partial"
	: >"$partial/complete"
	if [ ! -e "$target/complete" ]; then
		rm -rf "$target"
		mv "$partial" "$target"
	fi
fi
echo "$target"
