"""The program by itself: the command line over the whole road."""
