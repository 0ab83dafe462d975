# Part of Integration Hub. License LGPL-3.0 or later.
# Every target does its own set-up first, and nothing that is done already. Honoured by all: HTTP_PORT (8069), SANDBOX_PORT
# (8070), ODOO_SRC=/path/to/odoo, PGHOST, PGPORT, PGUSER, PGPASSWORD,
# from the environment or after the target: make run HTTP_PORT=8169

.PHONY: help setup run test lint bench chaos histories mutation cassettes pot wheels wheel-connectors clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf 'make %-18s %s\n' "$$name" "$$what"; done

setup: ## get Odoo 19, PostgreSQL, the Python environments and the template databases, without starting anything
	@scripts/setup app library

run: ## serve Odoo with demo data and a sandbox of SaaS systems, until Ctrl-C
	@scripts/run

test: ## run every test: library, its coverage, packaging, simulation, inside Odoo, end to end (PHASE=odoo ARGS="-k lane" for a part)
	@scripts/test $(PHASE)

lint: ## run every check of the code
	@scripts/lint

bench: ## run the benchmarks, or one of them: ONLY=webhook_intake
	@scripts/bench $(ONLY)

chaos: ## kill workers, servers and the database under load, and check that nothing was lost, doubled or reordered (KILLS=200)
	@scripts/chaos

histories: ## play seeded histories of a vendor's records and compare both sides at the end (VENDOR=hubspot MODE=mixed COUNT=1000 SEED=1)
	@scripts/histories

mutation: ## put small faults into signatures and address guard, and count those that no test notices (PART=address-guard)
	@scripts/mutation $(PART)

cassettes: ## record the connectors' cassettes anew, against the sandbox
	@scripts/cassettes

pot: ## write i18n/integration_hub.pot anew, from what is committed
	@scripts/pot

wheels: ## build the addon and the connector library as wheels into dist/
	@scripts/wheels addon connectors

wheel-connectors: ## build the connector library alone
	@scripts/wheels connectors

clean: ## remove all that these targets made; a database server that they did not start keeps all but their own databases
	@scripts/clean
