"""The worker process: one language model behind an OpenAI-compatible server on loopback."""
