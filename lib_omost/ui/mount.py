"""Where the page's own part of the accordion goes: `javascript/omost.mjs` fills it when it is opened."""

from __future__ import annotations

from html import escape


def mount_html(tab: str) -> str:
    """The place in the accordion of `tab`, with what stands there while nothing has filled it."""
    return f'<div class="omost-mount" data-tab="{escape(tab)}">Omost is loading…</div>'
