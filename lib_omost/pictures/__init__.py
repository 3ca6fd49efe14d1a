"""Pictures that the program is given: read small, without what a file says beside its pixels, and kept by name."""
