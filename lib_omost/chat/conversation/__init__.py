"""The chat as data: rounds, what fits the budget, files, and how a reply is asked for."""
