"""What suits which family of checkpoints, by one table: `table.json`, and the user's own rows before it."""
