# Every target is one line that calls npm or hack/; `make` alone explains them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:

# Node 24 comes from npm; what is preinstalled only has to run npm.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help up adopt down test test-unit test-sim test-integration test-e2e verify generate build image bench modules

help: ## Show what there is to type
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

up: modules ## Bring up the management cluster, the operator and the sample cluster `dev`
	@node hack/up/main.ts

adopt: modules ## Declare clusters again whose containers are there and whose objects were lost
	@node hack/adopt/main.ts

down: modules ## Remove everything that `make up` and the operator made
	@node hack/down/main.ts

test: modules ## Run all tests; TESTS='path ...' narrows them
	@node hack/test/main.ts -- $(TESTS)

test-unit: modules ## Run the unit tests
	@node hack/test/main.ts unit -- $(TESTS)

test-sim: modules ## Run the operator through thousands of histories in memory
	@node hack/test/main.ts sim -- $(TESTS)

test-integration: modules ## Run the tests against a real Kubernetes API server
	@node hack/test/main.ts integration -- $(TESTS)

test-e2e: modules ## Run the tests on real clusters in Docker
	@node hack/test/main.ts e2e -- $(TESTS)

verify: modules ## Check types, style, generated files and documents
	@node hack/verify/main.ts

generate: modules ## Write the files that are made from code
	@node hack/generate/main.ts

build: modules ## Bundle the operator into build/operator
	@node hack/build/main.ts

image: modules ## Build the operator's image
	@node hack/operator-image/main.ts

bench: modules ## Measure, beside the kind CLI, controller-runtime and our targets; QBO_BENCH=repair,idle narrows it
	@node hack/bench/main.ts

# Compares content, not times: a checkout or a clone sets times as it likes.
modules:
	@sh hack/build/install-modules.sh
