# Every target is one command of tools/make.py, which also runs without make: `python3 tools/make.py demo`.
PYTHON ?= python3

# The message goes on as it was typed. On Windows the environment's PROMPT is the look of cmd.exe, not a message.
ifneq ($(filter command $(if $(filter Windows_NT,$(OS)),,environment),$(firstword $(origin PROMPT))),)
export OMOST_PROMPT := $(value PROMPT)
endif

.PHONY: demo run test test-hosts test-environments test-servers bench-hosts lint types install clean
demo run test test-hosts test-environments test-servers bench-hosts lint types install clean:
	@$(PYTHON) tools/make.py $@
