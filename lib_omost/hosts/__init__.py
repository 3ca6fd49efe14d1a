"""The hosts: programs or libraries that run the image model. One road through all of them; each fills in a `Host`."""
