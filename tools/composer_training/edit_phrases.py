"""The words of edits: {t} is what changes, {c} a colour, {g} a place, {n} a new thing, {s} a scene or style."""

from __future__ import annotations

FORMS: dict[str, tuple[str, ...]] = {
    "recolor": ("I'd like a {c} {b}", "a {c} {b} please", "{t} now {c}", "let me have a {c} {b}", "rather a {c} {b}", "recolour {t} to {c}", "{c} {b} please, not this color", "{t} gets {c}", "I see {t} as {c}", "{t} in {c} would be better", "switch the colour of {t} to {c}", "{t} turns {c}",
        "make {t} {c}", "color {t} {c}", "paint {t} {c}", "turn {t} {c}", "change {t} to {c}", "change the color of {t} to {c}",
        "{t} should be {c}", "I want {t} in {c}", "{t} in {c}", "let {t} be {c}", "recolor {t} {c}", "give {t} a {c} color",
        "set the colour of {t} to {c}", "I'd rather have {t} {c}", "dye {t} {c}", "{t} must be {c}", "{c} for {t}", "{t}: {c}",
        "switch {t} to {c}", "try {t} in {c}", "could {t} be {c}", "{t} needs to be {c}", "make the color of {t} {c}", "color of {t}: {c}",
        "use {c} for {t}", "I prefer {t} to be {c}", "repaint {t} in {c}", "have {t} {c}", "{t} would look better in {c}",
    ),
    "move": (
        "move {t} {g}", "put {t} {g}", "place {t} {g}", "shift {t} {g}", "bring {t} {g}", "{t} should be {g}", "set {t} {g}",
        "I want {t} {g}", "take {t} and put it {g}", "let {t} be {g}", "{t} belongs {g}", "position {t} {g}", "drag {t} {g}",
        "have {t} {g}", "could {t} be {g}", "{t} {g}", "relocate {t} so that it is {g}", "I'd like {t} {g}", "send {t} {g}",
        "{t} must go {g}", "{t} goes {g}", "get {t} {g}", "rather put {t} {g}",
    ),
    "nudge": (
        "move {t} {h}", "shift {t} {h}", "push {t} {h}", "nudge {t} {h}", "{t} should go {h}", "put {t} {h}", "{t} {h}",
        "bring {t} {h}", "pull {t} {h}", "slide {t} {h}", "I want {t} {h}", "let {t} sit {h}",
    ),
    "swap": (
        "swap {t} and {o}", "swap {t} with {o}", "exchange {t} and {o}", "switch {t} and {o}", "let {t} and {o} change places",
        "exchange the positions of {t} and {o}", "put {t} where {o} is and the other way round", "{t} and {o} should trade places",
        "switch the places of {t} and {o}", "interchange {t} and {o}", "swap the positions of {t} and {o}", "{t} and {o}: swap them",
        "flip {t} and {o}", "reverse {t} and {o}", "trade {t} for {o} and vice versa",
        "{t} and {o} swap places", "{t} where {o} is, {o} where {t} is", "{t} goes where {o} is and vice versa", "switch {t} with {o}", "let {t} and {o} switch",
        "change the places of {t} and {o}", "{t} and {o} the other way round", "{t} takes the place of {o}, and {o} that of {t}", "swap {t} for {o}, positions only",
        "have {t} and {o} switch sides", "put {t} in the spot of {o} and {o} in the spot of {t}",
    ),
    "larger": (
        "make {t} bigger", "enlarge {t}", "make {t} larger", "{t} should be bigger", "{t} is too small", "increase the size of {t}",
        "scale {t} up", "grow {t}", "I want a bigger {b}", "a larger {b}", "bigger {b}", "blow up {t}", "make {t} a bit bigger", "{t} bigger", "more room for {t}",
    ),
    "smaller": (
        "make {t} smaller", "shrink {t}", "{t} should be smaller", "{t} is too big", "reduce the size of {t}", "scale {t} down",
        "{t} is too large", "{t} smaller", "a smaller {b}", "less room for {t}", "make {t} a bit smaller", "decrease the size of {t}", "make {t} not so big",
    ),
    "taller": ("make {t} taller", "{t} should be taller", "stretch {t} upwards", "{t} taller", "{t} must be higher, I mean taller", "heighten {t}"),
    "shorter": ("make {t} shorter", "{t} should be shorter", "{t} is too tall", "{t} shorter", "reduce the height of {t}"),
    "wider": ("make {t} wider", "{t} should be wider", "widen {t}", "{t} wider", "{t} is too narrow", "broaden {t}", "stretch {t} sideways"),
    "narrower": ("make {t} narrower", "{t} should be narrower", "{t} is too wide", "{t} narrower", "make {t} thinner", "slim {t} down"),
    "large": ("make {t} huge", "make {t} very large", "{t} should be huge", "{t} must be giant", "make {t} fill most of the picture", "make {t} enormous"),
    "small": ("make {t} tiny", "make {t} very small", "{t} should be tiny", "{t} must be tiny", "make {t} really small"),
    "near": (
        "put {t} in the foreground", "bring {t} to the foreground", "move {t} to the front", "{t} should be in the foreground",
        "{t} in the foreground", "bring {t} to the front", "place {t} right in front of the viewer",
    ),
    "far": (
        "put {t} in the background", "move {t} to the background", "send {t} to the back", "{t} should be far away",
        "{t} in the background", "{t} should be in the distance", "put {t} far in the distance", "move {t} to the back",
    ),
    "nearer": ("bring {t} closer", "move {t} closer to the viewer", "{t} should be closer", "{t} nearer", "bring {t} nearer", "pull {t} towards us"),
    "farther": ("push {t} further back", "move {t} farther away", "{t} should be further away", "push {t} back", "{t} a bit further away", "set {t} back"),
    "remove": ("{t} out", "{t} gone", "{t} off", "away with {t}", "{t} has to leave", "{t} is not needed any more", "let {t} disappear", "{t} vanishes", "please have {t} gone", "I am tired of {t}", "{t} is superfluous",
        "remove {t}", "delete {t}", "take {t} away", "get rid of {t}", "I don't want {t}", "no {b}", "without {t}", "erase {t}", "drop {t}",
        "{t} should go", "take out {t}", "leave out {t}", "{t} must go", "kick {t} out", "lose {t}", "throw {t} out", "cut {t}", "I don't need {t}",
        "clear {t}", "wipe {t} out", "{t} can go", "the picture is better without {t}", "do away with {t}", "strike {t}",
    ),
    "add at": ("{n} {g} would be lovely", "how about {n} {g}", "what about {n} {g}", "{n} {g} would be great", "maybe {n} {g}", "{n} {g} wouldn't hurt", "it needs {n} {g}", "bring back {n} {g}", "there could be {n} {g}", "I miss {n} {g}", "let {n} appear {g}", "{n} too, {g}", "why not {n} {g}", "{n} shall come {g}",
        "add {n} {g}", "put {n} {g}", "place {n} {g}", "draw {n} {g}", "I want {n} {g}", "there should be {n} {g}", "insert {n} {g}",
        "{g} add {n}", "{g} put {n}", "{n} {g}", "also {n} {g}", "paint {n} {g}", "give me {n} {g}", "could there be {n} {g}", "add {n}, {g}",
        "set {n} {g}", "I'd like {n} {g}", "include {n} {g}", "and {n} {g}", "{g} there should be {n}", "throw in {n} {g}", "make {n} appear {g}", "have {n} {g}",
    ),
    "add": ("{n} too", "and {n} too", "besides, {n}", "what about {n}", "how about {n}", "I miss {n}", "{n} would be nice", "let {n} join", "{n} on top of that", "together with {n}", "I also want {n}", "bring in {n}", "{n} comes along",
        "add {n}", "also draw {n}", "put {n} in", "I want {n} too", "there should also be {n}", "and {n}", "include {n}", "{n} as well",
        "with {n}", "{n} is missing", "put in {n}", "throw in {n}", "give it {n}", "we also need {n}", "insert {n}", "plus {n}", "let there be {n}",
    ),
    "replace": (
        "replace {t} with {n}", "replace {t} by {n}", "change {t} into {n}", "turn {t} into {n}", "make {t} {n}", "swap {t} for {n}",
        "{n} instead of {t}", "I want {n} instead of {t}", "{t} should be {n}", "put {n} in place of {t}", "exchange {t} for {n}",
        "instead of {t} draw {n}", "substitute {n} for {t}", "{t} becomes {n}", "use {n} rather than {t}", "transform {t} into {n}", "not {t} but {n}", "I don't like {t}, give me {n}", "no {b}, {n} instead", "forget {t}, I want {n} there",
        "have {n} where {t} is", "{t} out, {n} in", "out with {t}, in with {n}", "take {t} out and put {n} in its place", "where {t} is I want {n}", "{n} for {t}",
        "remove {t} and put {n} there", "in place of {t}, {n}", "rather {n} than {t}",
    ),
    "only": ("just {t}, the rest has to leave", "{t} alone is to be seen", "nobody but {t} remains", "everything goes except {t}", "{t} stays, all else is to go", "the others leave, {t} remains", "no one else but {t}", "{t} is the only one to be kept", "{t} alone", "all gone but {t}", "only {t} shall be left", "only {t} is allowed to remain", "{t} and nothing else",
        "only {t} stays", "keep only {t}", "remove everything but {t}", "remove everything except {t}", "just {t}", "only {t}", "leave only {t}", "delete all but {t}",
        "take away everything other than {t}", "I only want {t}", "only {t} should remain", "clear everything apart from {t}", "nothing but {t}", "nothing else than {t} should be left",
        "get rid of everything except {t}", "let only {t} stay", "just keep {t}", "remove the rest, keep {t}", "all others can go, {t} stays",
    ),
    "more": (
        "another {m}", "add another {m}", "add one more {m}", "yet another {m}", "a further {m}", "I want a second {m}", "an additional {m}", "another {m} {g}", "one {m} more", "one extra {m}", "draw another {m}",
        "put another {m} {g}", "add one more {m} {g}", "there should be one {m} more", "a second {m} {g}",
    ),
    "several more": (
        "{n} more {m}", "add {n} more {m}", "{n} further {m}", "I want {n} additional {m}", "another {n} {m}", "put {n} more {m} {g}", "{n} extra {m}", "there should be {n} more {m}",
    ),
    "swap colors": (
        "exchange the colors of {t} and {o}", "swap the colors of {t} and {o}", "let {t} and {o} trade colors", "give {t} the color of {o} and the other way round", "{t} gets the color of {o} and vice versa",
        "switch the colours of {t} with {o}", "{t} and {o} swap their colours", "interchange colors between {t} and {o}",
    ),
    "describe": ("make {t} {d}", "{t} should be {d}", "I want {t} to be {d}", "{t} should look {d}", "make {t} look {d}", "{t} is {d}", "let {t} be {d}", "turn {t} {d}", "{t} looks {d}", "{t} seems {d} now", "can {t} be {d}", "{t} could look {d}", "have {t} look {d}", "a {d} {b}", "{t} must look {d}", "a more {d} look for {t}"),
    "act": ("{t} should be {d}", "make {t} {d}", "show {t} {d}", "let {t} be {d}", "I want {t} {d}", "{t} is {d}", "have {t} {d}", "{t} is now {d}", "draw {t} {d}"),
    "scene": (
        "change the scene to {s}", "set it in {s}", "make the background {s}", "put it all in {s}", "the background should be {s}", "move everything to {s}",
        "it should play in {s}", "change the background to {s}", "place the scene in {s}", "new scene: {s}", "background: {s}", "let it be in {s}",
        "I want {s} as the background", "the scene is {s}", "make it {s}", "now in {s}", "replace the background with {s}", "have it take place in {s}", "scene: {s}", "turn the background into {s}",
    ),
    "hour": (
        "make it {s}", "it should be {s}", "it is {s} now", "the same {s}", "let it be {s}", "now {s}", "can it be {s}", "it must be {s}", "change it to {s}", "time: {s}",
        "I want it {s}", "set it {s}", "show it {s}", "it takes place {s}", "the scene should be {s}",
    ),
    "weather": (
        "make it {s}", "it should be {s}", "make the scene {s}", "the scene should be {s}", "I want it {s}", "a {s} scene please", "it must be {s}", "let it look {s}",
        "make the background {s}", "the place should be {s}", "turn the scene {s}", "more {s}", "it is {s} now",
    ),
    "background": (
        "make the background {c}", "{c} background", "change the background to {c}", "the background should be {c}", "paint the background {c}", "a {c} background please",
        "use a {c} background", "set the background color to {c}", "background in {c}", "I want the background {c}", "color the background {c}", "give it a {c} background",
    ),
    "style": (
        "make it look like {s}", "in the style of {s}", "style: {s}", "change the style to {s}", "I want it as {s}", "make it {s}", "turn it into {s}",
        "as {s}", "render it as {s}", "give it the look of {s}", "the whole thing as {s}", "in {s} style", "redo it as {s}", "use this style: {s}", "it should feel {s}", "make the mood {s}",
    ),
    "forbid": ("no {x}", "there must be no {x}", "I don't want any {x} in it", "without any {x}", "make sure there are no {x}", "never show {x}", "keep {x} out", "avoid {x}", "there should be no {x}"),
    "nothing": (
        "thanks!", "thank you", "looks great", "perfect", "nice", "I like it", "ok", "good job", "wonderful", "that's it", "leave it like that", "great work, thanks",
        "keep it as it is", "don't change anything", "cool", "beautiful!", "love it", "very good", "that is exactly what I wanted", "fine", "hello", "how are you?", "what is this?", "awesome",
        "it's done", "well done!", "stay like this", "no changes please", "this is good", "hm",
    ),
}  # fmt: skip

# Of the only two things that there are.
THEIR_COLORS = (
    "swap their colors", "exchange their colours", "let them trade colors", "switch the colors around", "each gets the color of the other", "the colours the other way round", "turn the colors around", "both take the colour of the other",
)  # fmt: skip

# Where something is moved to.
PLACE_GOALS: dict[str, tuple[str, ...]] = {
    "left": (
        "to the left",
        "left",
        "to the left side",
        "over to the left",
        "to the left-hand side",
        "to the left edge",
    ),
    "right": (
        "to the right",
        "right",
        "to the right side",
        "over to the right",
        "to the right-hand side",
        "to the right edge",
    ),
    "top": ("to the top", "up to the top", "to the upper edge", "to the top edge", "all the way up", "into the sky"),
    "bottom": ("to the bottom", "down to the bottom", "to the lower edge", "to the bottom edge", "all the way down"),
    "center": ("to the center", "to the middle", "into the middle", "to the centre", "into the center"),
    "top left": ("to the top left", "to the upper left", "into the top left corner", "to the upper left corner"),
    "top right": ("to the top right", "to the upper right", "into the top right corner", "to the upper right corner"),
    "bottom left": (
        "to the bottom left",
        "to the lower left",
        "into the bottom left corner",
        "to the lower left corner",
    ),
    "bottom right": (
        "to the bottom right",
        "to the lower right",
        "into the bottom right corner",
        "to the lower right corner",
    ),
}

# A change that can be taken back: its form, what it does, and what undoes that.
OPPOSITES = (
    ("larger", "larger", "smaller"),
    ("smaller", "smaller", "larger"),
    ("taller", "taller", "shorter"),
    ("wider", "wider", "narrower"),
    ("nearer", "nearer", "farther"),
    ("farther", "farther", "nearer"),
    ("nudge", "to the left", "to the right"),
    ("nudge", "to the right", "to the left"),
    ("nudge", "higher", "lower"),
    ("nudge", "lower", "higher"),
)
