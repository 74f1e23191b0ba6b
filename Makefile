# Every command, one word each. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

EVENT ?= events/game-requested.json
# All checks; none is left out.
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -checks all
# The race detector needs a C compiler, which a machine with Go may lack.
# It sleeps for a second at the end of each program, and the tests start hundreds.
RACE := export GORACE=$${GORACE-atexit_sleep_ms=0}; race=-race; command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null || { race=; echo "no C compiler ($$(go env CC)): the tests run without the race detector"; }
# The tests of pure functions on large inputs: ten times as slow under the race detector, which finds nothing there.
LARGE := files=$$(grep -rl --include=*_test.go '^//go:build !race' src tests) && folders=$$(dirname $$files | sort -u | sed 's|^|./|') && tests=$$(sed -n 's/^func \(Test[A-Za-z0-9_]*\).*/\1/p' $$files | paste -sd'|')
# The same binary as in the function's image, byte for byte: see src/function/Dockerfile.
FUNCTION_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags lambda.norpc -ldflags "-s -w"

TELL := tests/tell.sh

.PHONY: help
help: ## List the commands
	@width=$$(tput cols 2>/dev/null || echo 100); awk -v width=$$((width < 100 ? width : 100)) 'BEGIN {FS = ":.*## "} /^##  / {print "\n" substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / && !/^help/ {gsub(/\$$\$$/, "$$"); line = sprintf("  %-14s", $$1); n = split($$2, words, " "); \
		for (i = 1; i <= n; i++) {if (length(line " " words[i]) > width) {print line; line = sprintf("%16s", "")} line = line " " words[i]} print line}' $(MAKEFILE_LIST)

##  Run

.PHONY: start
start: bin/apigw ## Serve the game, and what you save: PORT=3000 TABLE=games WATCH=1 ARGS='--log-level debug'
	@$(if $(TABLE),AWS_ENDPOINT_URL_DYNAMODB=$${AWS_ENDPOINT_URL_DYNAMODB-http://127.0.0.1:8000} )TABLE_NAME=$(TABLE) bin/apigw start --function GameFunction=./src/function $(if $(TABLE),,--concurrency 1) --mask random_number $(if $(WATCH),--watch) $(if $(PORT),--port $(PORT)) $(ARGS)

.PHONY: invoke
invoke: bin/apigw ## Send an event to the function that `make start` runs: EVENT=events/guess-submitted.json PORT=3000
	@bin/apigw invoke GameFunction -e $(EVENT) --lambda-endpoint http://127.0.0.1:$$(($(or $(PORT),3000) + 1))

.PHONY: dynamodb
dynamodb: ## Run DynamoDB Local with the table games, for make start TABLE=games (fetches it; needs Java and Maven)
	@$(TELL) "building tests/dynamodb/serve" go build -o bin/dynamodb ./tests/dynamodb/serve
	bin/dynamodb -port 8000 -table games

.PHONY: build
build: bin/function bin/apigw ## Build the function and the gateway into bin/

.PHONY: bin/function
bin/function:
	@$(TELL) "building $@" env $(FUNCTION_BUILD) -o $@ ./src/function

.PHONY: bin/apigw
bin/apigw:
	@[ -e $@ ] || { LINES_EXPECTED=$$(go list -deps -f '{{if .Stale}}x{{end}}' ./src/apigw | grep -c x || true); export LINES_EXPECTED; }; \
	$(TELL) "building $@, a minute the first time" go build -v -o $@ ./src/apigw

.PHONY: install
install: ## Install apigw into $(go env GOBIN), or ~/go/bin
	@$(TELL) "building apigw, a minute the first time" go install -v -trimpath ./src/apigw
	@program=$$(go list -f '{{.Target}}' ./src/apigw); echo "installed $$program"; \
	command -v apigw >/dev/null || echo "its folder is not on your path: export PATH=\"\$$PATH:$${program%/*}\""

.PHONY: dist
dist: ## Write archives of apigw for Linux, macOS and Windows to dist/, with licences, SBOM and checksums: ONLY=linux/arm64
	go run ./src/apigw/dist $(if $(ONLY),-only $(ONLY))

.PHONY: image
image: ## Build a container image of apigw: docker run -v "$$PWD":/app -p 3000:3000 apigw
	docker build -f src/apigw/Dockerfile -t apigw --build-arg VERSION="$$(git describe --tags --always --dirty)" .

.PHONY: page
page: ## Write openapi/page/page.html into openapi/api.yaml
	@go run ./openapi/page

.PHONY: editor
editor: ## Bundle the trace page's editor from its npm packages, at the versions of package-lock.json
	src/apigw/trace/editor/bundle.sh src/apigw/trace/page
	mv src/apigw/trace/page/LICENSE.codemirror src/apigw/trace/

.PHONY: pictures
pictures: ## Take the pictures of the README
	tests/browser/install.sh
	go test -tags e2e -count=1 -timeout 20m -run TestPictures ./tests/browser -args -pictures docs/pictures

.PHONY: rename
rename: ## Make this your own service: NAME=orders MODULE=github.com/me/orders (TOOL=drop leaves apigw out; docs/own-service.md)
	@go run ./tests/own -name "$(NAME)" -module "$(MODULE)" -tool "$(or $(TOOL),keep)" $(if $(FORCE),-force)

.PHONY: clean
clean: ## Remove what was built and downloaded
	rm -rf bin dist .cache .aws-sam

##  Deploy

CONFIG ?= dev
SAM ?= sam

.PHONY: lambda-local
lambda-local: ## Run the function's image alone, as Lambda would, on port 9001 (uses the SAM CLI's emulator, or fetches one)
	@tests/sam/lambda-local.sh $(or $(PORT),9001)

.PHONY: deploy
deploy: ## Build and deploy to AWS: CONFIG=dev or CONFIG=prod
	$(SAM) build --config-env $(CONFIG)
	$(SAM) deploy --config-env $(CONFIG)

.PHONY: logs
logs: ## Follow the function's logs in AWS
	$(SAM) logs --config-env $(CONFIG) --name GameFunction --tail

.PHONY: traces
traces: ## Follow the X-Ray traces in AWS
	$(SAM) traces --config-env $(CONFIG) --tail

.PHONY: destroy
destroy: ## Delete the stack and its images; the table of games stays
	$(SAM) delete --config-env $(CONFIG)

##  Check

.PHONY: test
test: ## Run the tests that need only Go
	@$(RACE); go test $$race -vet=all ./...; go test $$race -vet=all -tags xraydirect ./src/function ./src/xray; \
	if [ -n "$$race" ] && $(LARGE); then go test -vet=all -run "^($$tests)$$" $$folders; fi

.PHONY: cover
cover: ## Measure the coverage of src by make test, including the programs that it builds and runs: by package, and in total
	rm -rf .cache/cover && mkdir -p .cache/cover/data
	@# go test sets its own GOCOVERDIR; -exec sets it again, for the programs that tests start.
	data=$$PWD/.cache/cover/data; GOFLAGS="-cover -coverpkg=$$(go list -m)/src/..." go test -count=1 -exec "env GOCOVERDIR=$$data" ./... -args -test.gocoverdir=$$data
	go tool covdata percent -i .cache/cover/data
	go tool covdata textfmt -i .cache/cover/data -o .cache/cover/profile
	go tool cover -func .cache/cover/profile | tail -n 1

.PHONY: mappings
mappings: bin/apigw ## Run the tests of the mapping templates
	bin/apigw test --complete tests/mappings

.PHONY: lint
lint: bin/apigw ## Check formatting, code, template and documents
	@test -z "$$(gofmt -l src tests openapi)" || { gofmt -l src tests openapi; echo "gofmt -w these files"; exit 1; }
	go vet -tags e2e ./...
	GOOS=windows go vet ./src/apigw/...
	GOOS=darwin go vet ./src/apigw/...
	$(STATICCHECK) -tags e2e ./...
	$(STATICCHECK) -tags xraydirect ./src/function ./src/xray
	@go run ./openapi/page -check
	bin/apigw check --strict --ignore parameter-ignored # Idempotency-Key is checked by the function
	tests/sam/lint.sh
	tests/lint/shellcheck.sh
	tests/lint/vulnerabilities.sh

.PHONY: e2e
e2e: ## Run the tests that need Docker, the SAM CLI, Java, Rust or a browser; installs what they need
	tests/velocity/install.sh
	tests/apps/install.sh
	tests/browser/install.sh
	tests/windows/install.sh
	tests/auth/install.sh
	tests/localstack/install.sh
	go test -tags e2e -count=1 -p 1 -timeout 60m ./src/store ./src/apigw/invoke ./src/apigw/runtimes ./src/apigw/upstream
	LOAD_SECONDS=$${LOAD_SECONDS:-20} go test -tags e2e -count=1 -p 1 -timeout 60m -run 'TestLoad$$' ./src/apigw
	go test -tags e2e -count=1 -timeout 20m -run TestSchemathesis ./tests/rest
	go test -tags e2e -count=1 -v -p 1 -timeout 60m ./tests/apps ./tests/apps/functionless ./tests/auth ./tests/browser ./tests/concurrency ./tests/load ./tests/localstack ./tests/moto ./tests/own ./tests/readme ./tests/sam ./tests/windows

.PHONY: conformance
conformance: ## Check the corpora against the real Velocity 1.7 and Java libraries, and our code against the corpora
	tests/velocity/install.sh
	go run ./tests/velocity/conformance
	go run ./tests/libraries/conformance

.PHONY: differential
differential: ## Compare random templates, paths, documents, models and mappings with the real Java ones (N=20000 SEED=1)
	tests/velocity/install.sh
	go run ./tests/velocity/differential -n $(or $(N),20000) -seed $(or $(SEED),1)
	go run ./tests/libraries/differential -n $(or $(N),20000) -seed $(or $(SEED),1)

.PHONY: pin
pin: ## Write the digests of the base images into the Dockerfiles (needs Docker and a registry)
	tests/lint/pin.sh

.PHONY: fuzz
fuzz: ## Fuzz every parser: FUZZTIME=10s or 20000x (executions) per target, FUZZ=src/apigw/vtl for one folder
	@mapfile -t targets < <(grep -roE '^func Fuzz\w+' --include=*_test.go $(or $(FUZZ),src openapi) | sort); n=0; out=$$(mktemp); trap 'rm -f "$$out"' EXIT; \
	for target in "$${targets[@]}"; do \
		file=$${target%%:*}; func=$${target##*func }; n=$$((n+1)); \
		echo "[$$n of $${#targets[@]}] $$(dirname "$$file") $$func"; \
		go test "./$$(dirname "$$file")" -run '^$$' -fuzz "^$$func\$$" -fuzztime $(or $(FUZZTIME),10s) -fuzzminimizetime 1x > "$$out" 2>&1 || { cat "$$out"; exit 1; }; \
		grep '^fuzz: elapsed' "$$out" | tail -n 1; \
	done

##  Measure

.PHONY: bench-vtl
bench-vtl: ## Measure templates per second, compared with Velocity 1.7 on a warmed-up JVM
	tests/velocity/install.sh
	go run ./tests/velocity/bench -markdown docs/bench-vtl.md

.PHONY: bench-gateway
bench-gateway: ## Measure requests per second, compared with serverless-offline (Node, Debian's wrk)
	tests/load/install.sh
	go run ./tests/load/bench

.PHONY: load
load: ## Run 200 clients for ten minutes, many of them misbehaving: LOAD=60s
	go test -tags e2e -count=1 -timeout 60m -v ./tests/load -args -load $(or $(LOAD),10m)

.PHONY: latency
latency: ## Compare the function with an empty one and the same game in Rust; TARGET=aws STACK=name measures the deployed one
	go run ./tests/latency $(if $(filter aws,$(TARGET)),-aws $(STACK)) $(ARGS)

.PHONY: latency-smoke
latency-smoke: ## Build everything that make latency measures, run each program once, and report what ran
	@$(TELL) "building tests/latency" go build -o bin/latency ./tests/latency
	bin/latency -smoke
