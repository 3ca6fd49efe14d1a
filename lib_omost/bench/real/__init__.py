"""`bench regions --real`: layouts of everyday things on people's own checkpoints, judged by a model that they name."""
