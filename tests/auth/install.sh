#!/bin/sh
# Installs the npm packages with which the tests in this folder sign tokens and requests, at the versions and hashes in
# package-lock.json. tests/sam/tools.sh installs the Python packages.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
