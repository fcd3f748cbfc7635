# One command for each thing. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run demo build ui test bench crash api-check release-data fuzz screenshots docs deb clean tools

# Every cargo call names the whole workspace: a package alone would select other features of the same
# dependencies and build them a second time.
CARGO := cargo
BIN := target/debug/switchboard
UI_SOURCES := $(shell find ui -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name '*.rs' -not -name '*.toml' 2>/dev/null)

help: ## lists these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: build ## builds what changed and starts Switchboard on http://127.0.0.1:8080
	@exec $(BIN) serve

demo: build ## starts a sample business with simulated customers, in a temporary folder
	@exec $(BIN) demo

build: tools ui ## builds the binary, target/debug/switchboard; FEATURES=semantics with models of sentences
	@$(CARGO) build --locked --workspace $(if $(FEATURES),--features $(FEATURES)) --bin switchboard

ui: target/ui.stamp

# npm only when a source of the browser's side changed since the last build.
target/ui.stamp: $(UI_SOURCES)
	@mkdir -p target
	@if [ -f ui/package.json ]; then scripts/check-tools node npm && cd ui && npm ci --no-audit --no-fund && npm run build; fi
	@touch $@

tools:
	@scripts/check-tools cargo cc

# Tests mostly wait for servers and browsers: half as many again as there are processors keep these busy.
test: ## installs the servers that the tests drive, then formats, lints, builds and tests everything
	@scripts/check-tools cargo cc
	@scripts/install-test-servers
	@$(MAKE) --no-print-directory ui
	@scripts/step "formatting" $(CARGO) fmt --all --check
	@scripts/step "lints" $(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@scripts/step "binary" $(CARGO) build --locked --workspace --bin switchboard
	@RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$(( $$(nproc) * 3 / 2 + 1 ))} scripts/step "tests" $(CARGO) test --locked --workspace

bench: tools ui ## prints the speed and the memory of this build; JSON=FILE keeps them, ONLY=ingest takes a part, SIZE=500000 conversations, ONLY=soak MINUTES=60 its memory over time (TIMES=8 the usual traffic)
	@scripts/install-test-servers
	@$(CARGO) bench --locked --workspace --bench bench -- $(if $(JSON),--json $(abspath $(JSON))) $(addprefix --only ,$(ONLY)) $(addprefix --size ,$(SIZE)) $(addprefix --minutes ,$(MINUTES)) $(addprefix --times ,$(TIMES)) $(if $(TABLE),--table $(abspath $(TABLE)))

crash: build ## breaks everything under traffic and balances the books: SEED=1 ROUNDS=200, or MINUTES=60; ENGINE=sqlite for one process on SQLite; REPORT=FILE keeps the report
	@scripts/install-test-servers
	@CI=true CRASH_ENGINE=$(or $(ENGINE),postgres) CRASH_SEED=$(or $(SEED),1) CRASH_ROUNDS=$(or $(ROUNDS),$(COUNT),20) CRASH_MINUTES=$(or $(MINUTES),0) $(if $(REPORT),CRASH_REPORT=$(abspath $(REPORT))) \
		$(CARGO) test --locked --workspace --test it -- --nocapture whatever_dies_the_books_balance

api-check: build ## asks a sample business all that its API's document allows and forbids; wants `pip install schemathesis`; EXAMPLES=100 SEED=1 ONLY='POST /labels'
	@scripts/check-api --binary $(BIN) --examples $(or $(EXAMPLES),100) --seed $(or $(SEED),1) $(if $(ONLY),--only '$(ONLY)')

fuzz: ## feeds every parser with bytes that lead further into it; wants a nightly compiler and cargo-fuzz; TARGET=mail SECONDS=300 REPORT=FILE
	@scripts/fuzz --seconds $(or $(SECONDS),300) $(if $(TARGET),--target $(TARGET)) $(if $(REPORT),--report $(abspath $(REPORT)))

release-data: build ## keeps a small installation as this release writes it, for the tests of all later ones
	@CI=true RELEASE_DATA=$(CURDIR)/tests/corpus/releases/$$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1) \
		$(CARGO) test --locked --workspace --test it -- releases::made

screenshots: build ## takes a picture of every page anew, for the documentation
	@scripts/install-test-servers
	@rm -rf docs/images/pages
	@CI=true SCREENSHOTS=1 $(CARGO) test --locked --workspace --test it -- --test-threads 1 accessible::nothing_is_in

docs: build ## writes the documentation as a site into target/site
	@rm -rf target/site
	@$(BIN) manual target/site

deb: tools ui ## makes a Debian package in target/deb; FEATURES=semantics with models of sentences
	@$(CARGO) build --locked --release --workspace $(if $(FEATURES),--features $(FEATURES)) --bin switchboard
	@scripts/make-deb target/release/switchboard target/deb

clean: ## removes what was built; your data in ./data stay
	@rm -rf target ui/dist ui/node_modules
