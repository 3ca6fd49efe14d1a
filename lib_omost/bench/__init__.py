"""What is claimed of speed and obedience, measured: one module a benchmark, and what each is made of."""
