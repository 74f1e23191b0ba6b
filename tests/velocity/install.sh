#!/bin/sh
# Installs what the real Apache Velocity 1.7 needs to run here: the engine, Jackson and JDK 17 from Debian. The corpus holds the
# results of Java 17: how doubles print, and which methods exist, depends on the version.
# Does nothing, and needs no network, if everything is there. Needs root (or sudo) otherwise.
set -eu

velocity=1.7-6                # the judge: its version is the point, so it is pinned exactly
packages=                     # what is missing

if [ "$(dpkg-query -W -f '${Version}' velocity 2>/dev/null || true)" != "$velocity" ]; then
	packages="velocity=$velocity"
fi
for package in libjackson2-databind-java libjackson2-core-java libjackson2-annotations-java; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || packages="$packages $package"
done
set -- /usr/lib/jvm/java-17-openjdk-*/bin/javac
[ -x "$1" ] || packages="$packages openjdk-17-jdk-headless"

if [ -z "$packages" ]; then
	echo "velocity $velocity, Jackson and JDK 17 are installed"
	exit 0
fi

# shellcheck disable=SC2086 # one word per package
"$(dirname "$0")/../debian.sh" $packages
