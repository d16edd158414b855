"""Plain text: no markup, no control characters, NFC."""

import html
import unicodedata
from typing import Annotated

import nh3
from pydantic import AfterValidator


def plain(text: str) -> str:
    text = html.unescape(nh3.clean(text, tags=set()))
    text = unicodedata.normalize("NFC", "".join(c for c in text if c in "\n\t" or c.isprintable())).strip()
    if not text:
        raise ValueError("nothing is left of it")
    return text


PlainText = Annotated[str, AfterValidator(plain)]
