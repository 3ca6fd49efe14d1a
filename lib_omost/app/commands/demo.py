"""`demo`: the whole road, from a message to a picture."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lib_omost.app.commands.chat import add_chat_arguments, write_reply
from lib_omost.app.commands.draft import write_draft
from lib_omost.app.commands.render import add_render_arguments, require_place, write_pictures
from lib_omost.app.console import say
from lib_omost.app.files import require_writable, write_text
from lib_omost.canvas import canvas_to_json, parse_canvas
from lib_omost.chat.conversation.conversation import Conversation

HELP = "turn a message into a reply, a canvas, a draft and a picture"
DRAFT_SIZE = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The message, --out, and the options of `chat` and `render`."""
    parser.add_argument("message", help="what the picture should show")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="FOLDER", help="default: %(default)s")
    add_chat_arguments(parser)
    add_render_arguments(parser)
    parser.set_defaults(seed=6, denoise=0.95)


def run(arguments: argparse.Namespace) -> int:
    """Write reply.md, canvas.json, draft.png and image.png; what is finished stays if a later stage fails."""
    out: Path = arguments.out
    reply, canvas_file, draft, image = (out / name for name in ("reply.md", "canvas.json", "draft.png", "image.png"))
    for file in (reply, canvas_file, draft):
        require_writable(file)
    require_place(image, arguments.batch)
    text = write_reply(Conversation().ask(arguments.message), arguments)
    write_text(reply, text + "\n")
    say(f"reply: {reply}")
    canvas = parse_canvas(text)
    write_text(canvas_file, json.dumps(canvas_to_json(canvas), ensure_ascii=False, indent=2) + "\n")
    say(f"canvas: {canvas_file} ({len(canvas.regions)} regions)")
    width, height = arguments.size or (DRAFT_SIZE, DRAFT_SIZE)
    write_draft(canvas, width, height, draft)
    say(f"draft: {draft}")
    for file in write_pictures(canvas, arguments, image):
        say(f"image: {file}")
    return 0
