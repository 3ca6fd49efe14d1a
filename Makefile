# Every target is one command of tools/make.py, which also runs without make: `python3 tools/make.py demo`.
PYTHON ?= python3
PROMPT ?= generate an image of a red circle beside a blue square
export PROMPT

.PHONY: demo test test-hosts bench-hosts lint types install clean
demo test test-hosts bench-hosts lint types install clean:
	@$(PYTHON) tools/make.py $@
