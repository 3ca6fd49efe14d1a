"""The names of methods by what they ask of a model, for tests that hold for all of a kind."""

from lib_omost.methods.names import KINDS

FAMILY = tuple(name for name, kind in KINDS.items() if kind.published and kind.unet and not kind.alone)
BY_GRADIENT = tuple(name for name, kind in KINDS.items() if kind.alone)
GUIDED = tuple(name for name, kind in KINDS.items() if kind.guided)
TRAINED = tuple(name for name, kind in KINDS.items() if kind.weights)
