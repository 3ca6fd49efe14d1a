"""What a user sets: the one table of fields, the settings of a job, and those that no host may hold."""
