"""What shape of a box a thing wants, by its noun: in a tall box a model stacks cars, and shows no limousine whole.

Words by hand. WordNet's kinds were weighed: they know that a limousine is a vehicle, but neither a fence nor a
crocodile from a tower or a giraffe, and its vehicles are few enough to be named.
"""

from __future__ import annotations

import re
from typing import Literal

from lib_omost.compose.words import head_of, singular

Shape = Literal["", "compact", "long", "sky", "ground"]

# About as wide as high, however they lie, or somewhat wider.
_COMPACT = """
circle square ring disc disk ball sphere cube box dot wheel coin button clock star sun moon planet globe balloon bubble
apple orange lemon peach tomato pumpkin cherry egg pizza cookie donut heart flower rose sunflower die drum target
triangle hexagon pentagon octagon diamond snowflake snowball football basketball compass plate bowl nest shell gift
house cottage barn hut tent cabin igloo shed villa garage temple shop stall kiosk mansion pyramid
desk piano table cradle chest trunk suitcase basket cake pie cheese pan kettle teapot saucepan
car van taxi jeep tractor cart carriage wagon tank scooter stroller wheelbarrow sled snowmobile helicopter buggy
crab turtle tortoise pig cow sheep lamb piglet bull buffalo bison yak rhino hippo elephant bear walrus beaver hedgehog
frog toad snail spider beetle ladybug starfish octopus jellyfish hen hamster mouse rat guinea-pig butterfly moth bat
camera television tv radio laptop typewriter cushion pillow crown hat cap mask drone spaceship ufo
bush haystack rock boulder stone campfire bonfire volcano island cave
"""
# Much wider than high.
_LONG = """
limousine limo train tram locomotive bus truck lorry trailer coach ambulance convertible motorcade caravan camper
ship boat canoe kayak raft ferry yacht submarine gondola barge galleon steamer freighter warship battleship dinghy
airplane aeroplane plane jet glider airliner airship zeppelin
bicycle bike motorcycle motorbike moped tandem skateboard surfboard snowboard sledge toboggan
sofa couch bed bench hammock bathtub sideboard mattress rug carpet doormat
fence wall hedge bridge viaduct aqueduct pier dam banner ribbon garland pennant rainbow train-track railway railroad
crocodile alligator snake python cobra lizard gecko iguana salamander eel shark whale dolphin orca fish salmon trout
tuna pike carp dachshund otter ferret weasel caterpillar worm centipede slug seal manatee crayfish lobster shrimp
log plank rope chain saw hammer wrench screwdriver spanner sword dagger knife rifle gun pistol spear arrow
pencil pen paintbrush comb toothbrush spoon fork flute trumpet trombone harmonica xylophone keyboard ruler
banana sandwich baguette hotdog sausage cucumber eggplant
cloud river stream
"""
# What the head of a compound may be: gunboat, catfish, minibus.
_LONG_ENDS = ("boat", "ship", "fish", "bus", "train", "plane", "bike", "cycle", "truck", "bench", "bridge", "snake")
_SKY = "sky skies"
_GROUND = "ground floor lawn pavement"
_SHAPES: dict[str, Shape] = {
    **dict.fromkeys(_COMPACT.split(), "compact"),
    **dict.fromkeys(_LONG.split(), "long"),
    **dict.fromkeys(_SKY.split(), "sky"),
    **dict.fromkeys(_GROUND.split(), "ground"),
}
_TALL_WORDS = re.compile(r"\b(?:tall|upright|standing|vertical|high|towering|rearing)\b")


def shape_of(thing: str) -> Shape:
    """By the noun of a thing's words; "" where it is not known: 'a red ball with dots' → 'compact'."""
    words = head_of(thing)
    if not words or _TALL_WORDS.search(thing):
        return ""
    noun = singular(words[-1])
    if noun in _SHAPES:
        return _SHAPES[noun]
    return "long" if noun.endswith(_LONG_ENDS) else ""
