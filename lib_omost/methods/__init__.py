"""The ways of steering a picture, by name: each a frozen set of optional parts that every host knows how to use."""
