"""Which language models there are: the catalogue, what is on this computer, and fetching the rest."""
