"""Wider networks that compute what narrow ones do: for hosts that load one width only."""
