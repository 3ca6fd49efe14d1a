"""From a conversation to a reply: prompts, grammar, and language models here, in a worker process and on servers."""
