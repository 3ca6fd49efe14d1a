"""The families of image models that the program draws with by itself, one file each."""
