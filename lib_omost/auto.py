"""The word by which a setting leaves a choice to the checkpoint."""

AUTO = "auto"
