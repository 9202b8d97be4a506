# The commands of the project; `make` or `make help` lists them.
.DEFAULT_GOAL := help
PORT ?= 5005
WORKERS ?= 3
PYTHON_ENV := .venv/bin/python
export PORT

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## do everything and open the bot at http://localhost:PORT (default 5005)
	@$(PYTHON_ENV) -m bot.run serve --port "$(PORT)"

shell: setup ## talk to the bot in this terminal
	@$(PYTHON_ENV) -m bot.run shell

telegram: setup ## the bot on Telegram too: TELEGRAM_BOT_TOKEN=... make telegram
	@[ -n "$$TELEGRAM_BOT_TOKEN" ] || { echo "Set TELEGRAM_BOT_TOKEN to the token that @BotFather gave you, then run this again." >&2; exit 1; }
	@$(PYTHON_ENV) -m bot.run serve --port "$(PORT)"

setup: ## make the environment in .venv if it is not up to date
	@sh bot/run/setup.sh

setup-scale: ## the same, with what PostgreSQL, Redis and RabbitMQ need
	@sh bot/run/setup.sh scale

setup-dev: ## the same, with what tests and linting need
	@sh bot/run/setup.sh dev

add: ## take a file as a statement: make add FILE=speech.pdf (.txt, .md, .html, .docx)
	@[ -n "$(FILE)" ] || { echo "Say which file: make add FILE=speech.pdf" >&2; exit 1; }
	@sh bot/run/setup.sh add
	@$(PYTHON_ENV) -W ignore -m tools.add "$(FILE)"

generate: setup ## seeds and question bank -> data/generated and domain.yml
	@$(PYTHON_ENV) -m bot.generate

bank: setup ## check the question banks, count them, list near duplicates
	@$(PYTHON_ENV) -m bot.bank check

train: setup ## train the Rasa model, changed or not
	@$(PYTHON_ENV) -m bot.run train

test: setup-dev lint ## lint, types, unit tests and conversations with the running bot
	@sh tests/run.sh

test-fast: setup-dev ## the tests that need no trained model, running Rasa or browser: a minute
	@sh tests/fast.sh

lint: setup-dev ## ruff and mypy
	@$(PYTHON_ENV) -m ruff check . && $(PYTHON_ENV) -m ruff format --check . && $(PYTHON_ENV) -m mypy

audit: setup-dev ## known vulnerabilities of what is locked, but for the accepted ones
	@$(PYTHON_ENV) -m tools.audit

evaluate: setup-dev ## the scoreboard: our bot and its peers on held-out questions
	@$(PYTHON_ENV) -m tools.evaluate

cuts: setup ## fit where questions of one message part, on labelled talks
	@$(PYTHON_ENV) -m tools.cuts

decision: setup ## fit the decision about parts and their arrangement on labelled talks, after training
	@$(PYTHON_ENV) -m tools.decision

vectors: setup ## keep the vectors of bank and talks, so that a first training starts warm
	@$(PYTHON_ENV) -m tools.vectors

bench: setup-dev ## speed and memory: our bot, `rasa init` and the floor in one run
	@$(PYTHON_ENV) -m tools.bench

scale: setup-scale ## three workers on private PostgreSQL, Redis, RabbitMQ and nginx: make scale WORKERS=2
	@$(PYTHON_ENV) -m tools.scale --workers "$(WORKERS)" --port "$(PORT)"

settings: setup ## print every setting with its present value
	@$(PYTHON_ENV) -m bot.settings

fuzz: setup-dev ## 20,000 generated messages and requests over every channel (some 15 minutes)
	@$(PYTHON_ENV) -m tests.fuzz

lock: setup ## lock requirements/*.in anew
	@sh bot/run/lock.sh

clean: ## remove models, caches and what the bot stored; .venv stays
	@rm -rf models var .rasa results .mypy_cache .ruff_cache .pytest_cache

.PHONY: help run shell telegram setup setup-scale setup-dev add generate bank train test test-fast lint audit evaluate cuts decision vectors bench scale settings fuzz lock clean
