"""How the mini checkpoint is trained from nothing, on a CPU, with pictures made by code."""
