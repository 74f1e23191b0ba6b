#!/usr/bin/env bash
# Lints the templates with cfn-lint and the OpenAPI document with an OpenAPI 3.0 validator. `make lint` calls it.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=$(tests/sam/tools.sh lint)
"$bin/cfn-lint" template.yaml local.yaml
"$bin/openapi-spec-validator" --schema 3.0 openapi/api.yaml
