"""AUTOMATIC1111 and the Forge family: one road through all of them.

`host.py` says what is asked of a host, `detect.py` finds it in the model of a job.
"""
