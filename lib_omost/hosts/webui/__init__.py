"""The WebUIs: one road through A1111 and the Forge family, which `capabilities/` probes and `host.py` sums up."""
