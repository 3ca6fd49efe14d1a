"""What families and the rest of the program by itself both stand on."""
