# Two commands matter: `make up` and `make test`. They need Python 3.11 or newer and a package index.

# The first of these that is new enough; PYTHON=/path/to/python3 names another.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$each; break; }; done)
LOCAL = @test -n '$(PYTHON)' || { echo 'No Python 3.11 or newer was found: install one, or name it with PYTHON=/path/to/python3.' >&2; exit 1; }; \
	PYTHONPATH='$(CURDIR)/platform' exec $(PYTHON) -m local

.PHONY: help up test check test-all 
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
