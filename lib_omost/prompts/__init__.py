"""From a canvas to what the text encoder is given: sub-prompts, prefix-tree paths, greedy bags, tag styles.

Knows the canvas and the standard library. A tokenizer comes in as a callable.
"""

from lib_omost.prompts.bags import BAG_LIMIT, LITERAL, Bag, BagResult, Signs, Tokenize, greedy_bags
from lib_omost.prompts.json_form import parsed_to_json
from lib_omost.prompts.mixing import PromptMixing, mix_prompt
from lib_omost.prompts.negative import negative_of_region, negative_with
from lib_omost.prompts.paths import RegionPath, joined_path, region_paths, sub_prompts
from lib_omost.prompts.styles import TagStyle, count_people
from lib_omost.prompts.syntax import VariantSigns, parted, signs_of, variants_of

__all__ = [
    "BAG_LIMIT",
    "LITERAL",
    "Bag",
    "BagResult",
    "PromptMixing",
    "RegionPath",
    "Signs",
    "TagStyle",
    "Tokenize",
    "VariantSigns",
    "count_people",
    "greedy_bags",
    "joined_path",
    "mix_prompt",
    "negative_of_region",
    "negative_with",
    "parsed_to_json",
    "parted",
    "region_paths",
    "signs_of",
    "sub_prompts",
    "variants_of",
]
