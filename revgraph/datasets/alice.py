"""Alice's Adventures in Wonderland, by Lewis Carroll (1865): a short book to learn a language from.

The book is in the public domain; so is this text of it, in which each paragraph is one line.
"""

from pathlib import Path

TEXT = Path(__file__).with_suffix(".txt")


def load_data(test: float = 0.1) -> tuple[str, str]:
    """``(train, test)``: the book as one text of 142,541 characters, cut in two; its end is for testing.

    test: the share of the characters in the second part, from 0 to 1.

    Raises ValueError for another share.
    """
    if not 0 <= test <= 1:
        raise ValueError(f"test is the share of the text to keep for testing, from 0 to 1; it was {test}")
    text = TEXT.read_text("utf-8")
    cut = round(len(text) * (1 - test))
    return text[:cut], text[cut:]
