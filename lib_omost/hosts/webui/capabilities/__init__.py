"""What differs from one WebUI to the next, one file each: probed on the job and its model, never told by a name."""
