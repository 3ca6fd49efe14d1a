"""The hosts: programs or libraries that run the image model, each behind its own adapter."""
