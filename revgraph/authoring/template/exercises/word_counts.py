"""How often each word occurs: an exercise about text, without any array."""

from collections import Counter

from sentences import sentence

from revgraph.checks import Exercise, Misconception, Recorded, case, edge


def word_counts(text):
    words = [word.strip(".,;:!?").lower() for word in text.split()]
    return dict(Counter(word for word in words if word))


def cases(rng):
    yield case("one two one")
    yield case("The mean of the data, the whole data.")
    yield case("Is it? It is!")
    for length in (6, 12, 20):
        yield case(sentence(rng, length))
    yield edge("a text without words", "  ... ")


def counted(words):
    return dict(Counter(words))


WORD_COUNTS = Exercise(
    name="word_counts",
    points=10,
    reference=word_counts,
    cases=cases,
    recorded=[Recorded(case("A rose is a rose."), {"a": 2, "rose": 2, "is": 1}, "by hand")],
    next="write down the words of a short sentence, and how often each occurs.",
    why="What belongs to one word is made the same first; then a Counter counts.",
    misconceptions=[
        Misconception(
            "keeps capitals",
            lambda text: counted(word.strip(".,;:!?") for word in text.split()),
            "You count `The` and `the` as two words.",
            "which method of a string makes all its letters small?",
        ),
        Misconception(
            "keeps marks",
            lambda text: counted(word.lower() for word in text.split()),
            "You count `data` and `data.` as two words: the marks are still there.",
            "what does `'data.'.strip('.,')` give?",
        ),
        Misconception(
            "splits alone",
            lambda text: counted(text.split()),
            "The words are as they stand in the text, with capitals and marks.",
            "which words are the same word, written differently?",
        ),
        Misconception(
            "counts letters",
            lambda text: counted(letter for letter in text.lower() if letter.isalpha()),
            "You counted letters. Loop over the words: `text.split()`.",
        ),
        Misconception(
            "each word once",
            lambda text: dict.fromkeys(word_counts(text), 1),
            "Every word has the count 1, however often it occurs.",
            "what should happen when a word is in the dictionary already?",
        ),
        Misconception(
            "pairs",
            lambda text: list(word_counts(text).items()),
            "The pairs are right, but in a list. A dictionary is asked for.",
        ),
    ],
)

EXERCISES = [WORD_COUNTS]
