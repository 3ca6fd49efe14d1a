"""Words that training messages are made of, by what they say; `nouns.txt` has the things."""

from __future__ import annotations

COLORS = (
    *(
        [
            "red",
            "green",
            "blue",
            "yellow",
            "pink",
            "purple",
            "violet",
            "orange",
            "black",
            "white",
            "brown",
            "gray",
            "gold",
            "silver",
            "turquoise",
        ]
    ),
    *(["red", "green", "blue", "yellow", "black", "white", "orange", "pink"]),  # said more often
    *(
        [
            "navy",
            "maroon",
            "teal",
            "olive",
            "lime",
            "indigo",
            "cyan",
            "magenta",
            "tan",
            "beige",
            "coral",
            "crimson",
            "ivory",
            "lavender",
            "salmon",
        ]
    ),
    *(
        [
            "dark green",
            "light blue",
            "dark blue",
            "light green",
            "dark red",
            "sky blue",
            "pale blue",
            "light gray",
            "hot pink",
        ]
    ),
    *(["dark brown", "light pink", "royal blue", "forest green", "golden", "bright red", "bright yellow", "deep blue"]),
)
COLOR_NAMES = {
    "golden": "gold", "bright red": "red", "bright yellow": "yellow", "deep blue": "mediumblue", "pale blue": "lightblue",
    "dark brown": "saddlebrown",
}  # fmt: skip

LARGE = ("huge", "giant", "enormous", "big", "large", "gigantic", "massive", "oversized")
SMALL = ("tiny", "small", "little", "miniature", "wee", "minuscule")
TALL = ("tall", "towering", "high", "slender", "lanky", "very tall")
WIDE = ("wide", "broad", "long", "very wide", "elongated")

MATERIALS = (
    *(
        [
            "wooden",
            "metal",
            "glass",
            "stone",
            "golden",
            "paper",
            "plastic",
            "ceramic",
            "leather",
            "brass",
            "marble",
            "crystal",
            "copper",
            "woolen",
            "knitted",
        ]
    ),
    *(
        [
            "rusty",
            "bamboo",
            "concrete",
            "clay",
            "velvet",
            "porcelain",
            "bronze",
            "iron",
            "steel",
            "straw",
            "cardboard",
            "silk",
            "rubber",
            "ice",
        ]
    ),
)
ADJECTIVES = (
    *(
        [
            "old",
            "new",
            "broken",
            "shiny",
            "dusty",
            "ancient",
            "modern",
            "antique",
            "dirty",
            "clean",
            "striped",
            "spotted",
            "round",
            "square",
            "curved",
            "heavy",
        ]
    ),
    *(
        [
            "ornate",
            "plain",
            "cute",
            "ugly",
            "beautiful",
            "strange",
            "lonely",
            "mysterious",
            "elegant",
            "fancy",
            "worn",
            "cracked",
            "colorful",
            "glowing",
        ]
    ),
    *(
        [
            "transparent",
            "magical",
            "frozen",
            "burning",
            "wet",
            "fluffy",
            "soft",
            "smooth",
            "rough",
            "fresh",
            "vintage",
            "futuristic",
            "abandoned",
            "open",
        ]
    ),
    *(
        [
            "closed",
            "empty",
            "full",
            "patterned",
            "handmade",
            "medieval",
            "tropical",
            "delicate",
            "sturdy",
            "crooked",
            "floating",
            "steaming",
            "mossy",
        ]
    ),
)
CREATURE_ADJECTIVES = (
    *(
        [
            "old",
            "young",
            "happy",
            "sad",
            "angry",
            "sleepy",
            "weary",
            "brave",
            "tired",
            "hungry",
            "curious",
            "fat",
            "thin",
            "fluffy",
            "friendly",
            "fierce",
            "shy",
        ]
    ),
    *(
        [
            "proud",
            "wounded",
            "elegant",
            "grumpy",
            "smiling",
            "laughing",
            "majestic",
            "playful",
            "lazy",
            "noble",
            "wild",
            "gentle",
            "scared",
            "dreamy",
        ]
    ),
)
ACTIONS = (
    *(
        [
            "sleeping",
            "running",
            "jumping",
            "dancing",
            "standing",
            "sitting",
            "walking",
            "looking up",
            "lying down",
            "waiting",
            "smiling",
            "resting",
        ]
    ),
    *(
        [
            "reading a book",
            "eating an apple",
            "drinking tea",
            "playing a flute",
            "holding a lantern",
            "carrying a basket",
        ]
    ),
    *(
        [
            "riding a bicycle",
            "chasing a butterfly",
            "looking at the viewer",
            "wearing a red scarf",
            "wearing a blue hat",
        ]
    ),
    *(["wearing sunglasses", "wearing a crown", "wearing a long black coat", "in a torn cloak", "in a white dress"]),
    *(
        [
            "in shining armor",
            "with big eyes",
            "with long hair",
            "with a wooden staff",
            "with a green bag",
            "with open wings",
        ]
    ),
    *(
        [
            "with a scar on its face",
            "holding a yellow balloon",
            "in a space suit",
            "with folded arms",
            "wearing a purple tie",
        ]
    ),
)
PARTS = (
    *(
        [
            "with a gold rim",
            "with blue stripes",
            "with a broken handle",
            "covered in snow",
            "covered in dust",
            "full of water",
        ]
    ),
    *(
        [
            "with white dots",
            "made of wood",
            "made of glass",
            "decorated with ribbons",
            "wrapped in paper",
            "with carved patterns",
        ]
    ),
    *(["with red letters", "lit from within", "half buried", "tied with string", "with many small windows", "on fire"]),
)
CREATURES = frozenset(("person", "animal"))
COUNTABLE = frozenset(
    (
        "person",
        "animal",
        "vehicle",
        "furniture",
        "container",
        "toy",
        "instrument",
        "tool",
        "clothing",
        "everyday",
        "food",
    )
)

# Where a picture plays, with the colour of it; the message says it with an article where there is one.
PLACES = {
    "beach": "sandybrown", "desert": "sandybrown", "forest": "forestgreen", "meadow": "lawngreen", "city": "slategray",
    "city street": "gray", "village": "tan", "kitchen": "wheat", "living room": "tan", "bedroom": "lavender",
    "garden": "green", "park": "limegreen", "mountain valley": "seagreen", "harbor": "steelblue", "lake": "steelblue",
    "jungle": "darkgreen", "cave": "dimgray", "library": "saddlebrown", "classroom": "beige", "market": "tan",
    "castle courtyard": "gray", "throne room": "darkred", "spaceship": "darkslategray", "moon surface": "lightgray",
    "swamp": "darkolivegreen", "vineyard": "olivedrab", "farm": "yellowgreen", "barn": "sienna", "cafe": "burlywood",
    "restaurant": "maroon", "office": "lightgray", "museum": "ivory", "train station": "gray", "airport": "lightsteelblue",
    "alley": "dimgray", "rooftop": "slategray", "bridge": "gray", "river bank": "olivedrab", "canyon": "chocolate",
    "snowfield": "snow", "island": "khaki", "underwater world": "teal", "coral reef": "darkcyan", "church": "lightgray",
    "temple": "tan", "graveyard": "darkslategray", "battlefield": "saddlebrown", "workshop": "peru", "attic": "sienna",
    "cellar": "dimgray", "stable": "sienna", "playground": "lightgreen", "stadium": "green", "theater stage": "darkred",
    "bathroom": "azure", "hallway": "linen", "laboratory": "lightcyan", "hospital room": "whitesmoke", "pier": "peru",
    "wheat field": "gold", "lavender field": "mediumpurple", "orchard": "olivedrab", "hillside": "yellowgreen",
    "cliff": "slategray", "waterfall": "lightblue", "glacier": "lightcyan", "savanna": "goldenrod", "oasis": "khaki",
    "ruined city": "rosybrown", "ballroom": "gold", "circus tent": "crimson", "subway": "gray", "parking lot": "gray",
    "supermarket": "whitesmoke", "greenhouse": "lightgreen", "lighthouse cliff": "steelblue", "country road": "tan",
    "japanese garden": "seagreen", "old town square": "tan", "space station": "midnightblue", "dungeon": "dimgray",
}  # fmt: skip
WEATHER = {
    "rainy": "slategray", "snowy": "snow", "foggy": "lightgray", "sunny": "skyblue", "stormy": "darkslategray", "misty": "lightgray",
    "quiet": "", "busy": "", "crowded": "", "dark": "darkslategray", "bright": "", "old": "", "calm": "", "abandoned": "",
    "cosy": "", "ruined": "", "colorful": "", "dusty": "", "moonlit": "midnightblue", "peaceful": "", "futuristic": "",
    "green": "green", "empty": "", "messy": "", "autumn": "chocolate", "winter": "snow", "summer": "lightgreen",
}  # fmt: skip
TIMES = {
    "at night": "midnightblue", "at sunset": "coral", "at dawn": "lightsalmon", "at noon": "skyblue", "at dusk": "slateblue",
    "in the rain": "slategray", "in winter": "snow", "in autumn": "chocolate", "in spring": "lightgreen",
    "in the morning": "lightyellow", "under a full moon": "midnightblue", "in heavy snow": "snow", "in the fog": "lightgray",
}  # fmt: skip
# A whole scene in words of its own, without an article.
SCENES = {
    "stormy sea": "darkslateblue", "calm sea": "steelblue", "open ocean": "royalblue", "starry sky": "midnightblue",
    "clear blue sky": "skyblue", "night sky": "midnightblue", "cloudy sky": "lightgray", "outer space": "black",
    "sunset over the sea": "coral", "sunrise over the hills": "lightsalmon", "snow-covered mountains": "snow",
    "rolling green hills": "yellowgreen", "deep woods": "darkgreen", "desert dunes": "sandybrown", "neon-lit streets": "darkviolet",
    "golden autumn leaves": "goldenrod", "dense fog": "lightgray", "northern lights": "mediumspringgreen",
}  # fmt: skip
# The scene of a picture that says none, by what it shows first.
SCENE_OF_KIND = {
    "animal": ("open field", "yellowgreen"), "person": ("quiet street", "lightgray"), "vehicle": ("open road", "gray"),
    "building": ("open landscape under a pale sky", "lightblue"), "plant": ("garden", "yellowgreen"),
    "food": ("wooden table", "burlywood"), "furniture": ("bright room", "beige"), "instrument": ("stage", "saddlebrown"),
    "clothing": ("plain wall", "whitesmoke"), "tool": ("workshop", "tan"), "container": ("wooden table", "burlywood"),
    "object": ("wide landscape", "lightblue"), "toy": ("playroom", "lightyellow"), "machine": ("workshop", "tan"),
}  # fmt: skip
PLAIN_SCENE = ("plain background", "whitesmoke")

STYLES = (
    *(
        [
            "oil painting",
            "watercolor",
            "pencil sketch",
            "photo",
            "photograph",
            "anime",
            "pixel art",
            "3d render",
            "comic book",
            "line art",
        ]
    ),
    *(
        [
            "digital painting",
            "charcoal drawing",
            "stained glass",
            "low poly",
            "claymation",
            "woodcut",
            "impressionist painting",
        ]
    ),
    *(
        [
            "art nouveau poster",
            "ukiyo-e print",
            "pop art",
            "minimalist",
            "cinematic",
            "isometric",
            "cartoon",
            "children's book illustration",
        ]
    ),
    *(
        [
            "vector art",
            "collage",
            "baroque painting",
            "fantasy art",
            "cyberpunk",
            "steampunk",
            "film noir",
            "polaroid",
            "pastel drawing",
        ]
    ),
)
MOODS = (
    *(
        [
            "moody",
            "gloomy",
            "cheerful",
            "dreamy",
            "mysterious",
            "romantic",
            "melancholic",
            "epic",
            "peaceful",
            "eerie",
            "warm light",
            "soft light",
        ]
    ),
    *(
        [
            "dramatic lighting",
            "pastel colors",
            "vivid colors",
            "high contrast",
            "muted colors",
            "golden hour",
            "backlit",
            "nostalgic",
        ]
    ),
)
QUALITIES = (
    *(
        [
            "8k",
            "4k",
            "masterpiece",
            "best quality",
            "highly detailed",
            "sharp focus",
            "ultra realistic",
            "trending on artstation",
        ]
    ),
    *(
        [
            "intricate details",
            "depth of field",
            "bokeh",
            "hdr",
            "award winning",
            "wide angle",
            "85mm",
            "volumetric light",
        ]
    ),
)
ABSENT = (
    *(
        [
            "people",
            "clouds",
            "trees",
            "cars",
            "flowers",
            "birds",
            "text",
            "shadows",
            "leaves",
            "furniture",
            "windows",
            "snow",
            "animals",
            "buildings",
        ]
    ),
    *(
        [
            "water",
            "grass",
            "boats",
            "chairs",
            "books",
            "curtains",
            "rocks",
            "stars",
            "fog",
            "signs",
            "lamps",
            "fences",
            "waves",
            "tourists",
            "fish",
            "dishes",
        ]
    ),
)

# A wish without things: what the picture then shows. Each is (thing, place, colour).
VAGUE: dict[str, tuple[str, str, tuple[tuple[str, str, str], ...]]] = {
    "cosy": ("warm living room in the evening", "burlywood", (("fireplace", "right", "orangered"), ("armchair with blanket", "left", "brown"), ("sleeping cat", "bottom", "orange"))),
    "scary": ("dark forest at night", "black", (("haunted house", "center", "darkslategray"), ("bare tree", "left", "dimgray"), ("full moon", "top right", "lightyellow"))),
    "relaxing": ("calm beach at sunset", "coral", (("hammock", "left", "tan"), ("palm tree", "right", "green"))),
    "festive": ("decorated town square at night", "midnightblue", (("christmas tree", "center", "green"), ("market stall", "left", "red"), ("snowman", "right", "white"))),
    "romantic": ("terrace under the stars", "midnightblue", (("candlelit table", "center", "wheat"), ("couple", "left", "crimson"), ("full moon", "top right", "lightyellow"))),
    "futuristic": ("neon city at night", "indigo", (("flying car", "top", "cyan"), ("glass tower", "right", "steelblue"), ("robot", "left", "silver"))),
    "peaceful": ("misty lake at dawn", "lightblue", (("wooden rowing boat", "bottom", "sienna"), ("willow tree", "left", "olivedrab"))),
    "epic": ("mountain range in a storm", "slategray", (("dragon", "top", "darkred"), ("knight with sword", "bottom left", "silver"))),
    "cute": ("flower meadow", "lightgreen", (("puppy", "left", "tan"), ("kitten", "right", "orange"))),
    "magical": ("enchanted forest", "darkgreen", (("unicorn", "center", "white"), ("glowing mushroom", "bottom left", "aqua"))),
    "rustic": ("old farmhouse kitchen", "peru", (("wooden table", "bottom", "saddlebrown"), ("bread basket", "center", "burlywood"), ("iron stove", "right", "dimgray"))),
    "lonely": ("empty street in the rain", "slategray", (("man with umbrella", "center", "black"), ("street lamp", "right", "gold"))),
    "summery": ("sunny garden", "lawngreen", (("picnic blanket", "bottom", "red"), ("apple tree", "right", "green"), ("lemonade jug", "center", "yellow"))),
    "wintry": ("snowy village at dusk", "snow", (("wooden cabin", "right", "sienna"), ("sledge", "left", "red"))),
    "underwater": ("coral reef", "teal", (("sea turtle", "center", "green"), ("shoal of fish", "left", "orange"))),
    "adventurous": ("jungle ruins", "darkgreen", (("explorer with torch", "left", "khaki"), ("stone temple", "center", "gray"))),
}  # fmt: skip

# Things that everybody knows: their kind, and the colour they mostly have.
EVERYDAY = {
    "animal": "cat:orange dog:brown horse:sienna cow:white pig:pink sheep:white rabbit:lightgray bear:saddlebrown lion:goldenrod tiger:orange elephant:gray mouse:gray owl:tan eagle:saddlebrown swan:white duck:yellow frog:green snake:olive turtle:green whale:steelblue dolphin:slategray shark:gray bee:gold butterfly:orange giraffe:goldenrod zebra:white monkey:brown wolf:gray squirrel:brown hedgehog:tan crab:red octopus:coral peacock:teal flamingo:pink goose:white rooster:red donkey:gray goat:beige hamster:tan raven:black",
    "person": "woman man girl boy knight:silver king:gold queen:purple wizard:indigo witch:black pirate:maroon astronaut:white soldier:olive farmer:tan chef:white doctor:white dancer:pink sailor:navy clown:red ninja:black princess:pink monk:orange painter:beige musician:black child baby:lightpink firefighter:red",
    "vehicle": "car:red bus:yellow truck:blue train:maroon boat:white ship:navy bicycle:black motorcycle:black airplane:white helicopter:green rocket:white tractor:green sailboat:white canoe:sienna taxi:yellow submarine:yellow balloon:red",
    "building": "house:beige castle:gray tower:gray barn:red lighthouse:white church:white windmill:white bridge:gray hut:sienna temple:gold skyscraper:steelblue fountain:lightblue tent:orange cabin:sienna",
    "furniture": "chair:brown table:saddlebrown sofa:gray bed:lavender lamp:gold shelf:sienna desk:brown bench:sienna mirror:silver rug:darkred stool:tan cupboard:sienna armchair:olive",
    "food": "apple:red banana:yellow cake:pink pizza:goldenrod bread:burlywood cheese:gold lemon:yellow pear:yellowgreen cherry:crimson strawberry:red carrot:orange tomato:red egg:white sandwich:wheat cupcake:pink donut:chocolate pumpkin:orange watermelon:green",
    "plant": "tree:green flower:pink rose:red tulip:red sunflower:gold cactus:green mushroom:tan bush:green fern:green palm:green oak:green lily:white pine:darkgreen",
    "container": "box:burlywood vase:blue bottle:green cup:white basket:tan bowl:white bucket:gray barrel:sienna jar:lightblue suitcase:brown teapot:white mug:white bag:olive chest:saddlebrown",
    "clothing": "hat:black boot:brown shoe:black dress:red coat:navy scarf:red glove:black umbrella:red crown:gold",
    "toy": "ball:red kite:red doll:pink teddy:tan cube:blue pyramid:gold sphere:silver",
    "instrument": "guitar:sienna piano:black violin:sienna drum:red trumpet:gold harp:gold flute:silver",
    "tool": "sword:silver hammer:gray clock:gold candle:ivory book:brown key:gold lantern:gold camera:black telescope:brass knife:silver ladder:tan flag:red pen:blue globe:blue bell:gold",
    "object": "sun:gold moon:lightyellow star:gold cloud:white rock:gray mountain:slategray lake:steelblue river:steelblue hill:yellowgreen rainbow:violet waterfall:lightblue island:khaki volcano:darkred cliff:slategray",
}  # fmt: skip
