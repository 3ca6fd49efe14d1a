"""What suits which family of checkpoints where nothing is chosen: `table.json`, and the user's own rows before it."""
