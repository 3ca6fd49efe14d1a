"""llama.cpp's own server from the wheels of `xllamacpp`: MODEL PORT KEY LOOKUP, until stdin ends.

LOOKUP is how many tokens its n-gram speculation looks up, 0 for none. It runs in an interpreter that has that package.
"""

from __future__ import annotations

import sys

import xllamacpp

model, port, key, lookup = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
params = xllamacpp.CommonParams()
params.model.path = model
params.hostnames = ["127.0.0.1"]
params.port = port
params.n_ctx = 8192
params.n_parallel = 1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # two would wait for each other on a busy computer
params.api_keys = [key] if key else []
if lookup:
    params.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
    params.speculative.ngram_simple.size_n = lookup
server = xllamacpp.Server(params)
sys.stdin.read()
