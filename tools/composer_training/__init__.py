"""What `train_composer.py` is made of."""
