"""What is asked of a WebUI, one file each: what differs is probed on the job and its model, never told by a name."""
