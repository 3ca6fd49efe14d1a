"""AUTOMATIC1111 and the Forge family: one road through both; what differs between them is in `host.py`."""
