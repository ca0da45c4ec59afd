# Two commands matter: `make up` and `make test`. They need Python 3.11 or newer and a package index.

# The first of these that is new enough; PYTHON=/path/to/python3 names another.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$each; break; }; done)
LOCAL = @test -n '$(PYTHON)' || { echo 'No Python 3.11 or newer was found: install one, or name it with PYTHON=/path/to/python3.' >&2; exit 1; }; \
	PYTHONPATH='$(CURDIR)/platform' exec $(PYTHON) -m local

RUFF = .venv/bin/python -m ruff

.PHONY: help up test check test-all lint format doctor words backup restore
.DEFAULT_GOAL := help

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

up:  ## everything: database, web, worker; prints the address and how to sign in
	$(LOCAL) up

test:  ## format, lint, types, checks and every test but the slow ones
	$(LOCAL) test $(ARGS)

check:  ## the same without the browser
	$(LOCAL) check $(ARGS)

test-all:  ## the same with what takes long
	$(LOCAL) test-all $(ARGS)

lint:  ## format, lint and types, without the tests
	$(LOCAL) install --development
	@$(RUFF) format --check --quiet . && $(RUFF) check --quiet . && .venv/bin/python -m mypy --no-error-summary .

format:  ## mend what a program can mend
	$(LOCAL) install --development
	@$(RUFF) check --quiet --fix . ; $(RUFF) format .

doctor:  ## what is wrong, in plain words
	$(LOCAL) doctor

words:  ## what the product says, into the catalogues of the other languages
	$(LOCAL) manage words

backup:  ## database and files into one archive: make backup FILE=touchstone.tar
	@test -n '$(FILE)' || { echo 'Say where to: make backup FILE=touchstone.tar' >&2; exit 2; }
	$(LOCAL) manage backup '$(FILE)'

restore:  ## an archive back in place: make restore FILE=touchstone.tar; ARGS=--replace throws away what is there
	@test -n '$(FILE)' || { echo 'Say what from: make restore FILE=touchstone.tar' >&2; exit 2; }
	$(LOCAL) manage restore '$(FILE)' $(ARGS)
