"""The words of the mini checkpoint's worlds: its colours, what its backgrounds are made of, its kinds of things."""

from __future__ import annotations

Color = tuple[int, int, int]

OBJECT_COLORS: dict[str, Color] = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (40, 70, 225),
    "yellow": (240, 220, 40),
    "purple": (130, 40, 170),
    "orange": (245, 130, 20),
    "cyan": (60, 210, 220),
    "pink": (250, 140, 190),
}
BACKGROUND_COLORS: dict[str, Color] = {"white": (245, 245, 245), "black": (15, 15, 15), "gray": (128, 128, 128)}
COLORS: dict[str, Color] = {**OBJECT_COLORS, "brown": (125, 70, 30), **BACKGROUND_COLORS}

# Each at least 70 away from every colour above in RGB, so that a nearest colour tells grass from a green thing.
SKIES: dict[str, Color] = {"day sky": (150, 205, 255), "evening sky": (250, 200, 140), "night sky": (25, 25, 85)}
GROUNDS: dict[str, Color] = {"grass": (120, 180, 70), "sand": (195, 170, 105), "sea": (35, 115, 165)}
TONES: dict[str, Color] = {**BACKGROUND_COLORS, **SKIES, **GROUNDS}

SHAPES = ("circle", "square", "triangle", "ring")
FIGURES = (
    "house",
    "tree",
    "sun",
    "moon",
    "star",
    "heart",
    "flower",
    "mushroom",
    "fish",
    "cat",
    "boat",
    "car",
)
KINDS = (*SHAPES, *FIGURES)
