"""A small GPT learns to write like Alice's Adventures in Wonderland, letter by letter.

python examples/gpt.py            2000 steps
python examples/gpt.py STEPS      as many as you have time for
"""

import sys

import numpy as np

from revgraph import dl
from revgraph.datasets import alice

CONTEXT, BATCH = 48, 32
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 2000

dl.seed(0)
rng = np.random.default_rng(0)
train, test = alice.load_data()
letters = sorted(set(train + test))
code = {letter: i for i, letter in enumerate(letters)}


def windows(text, starts):
    """Pieces of the text as numbers, and the same pieces one letter later."""
    tokens = np.array([code[letter] for letter in text])
    pieces = tokens[starts[:, None] + np.arange(CONTEXT + 1)]
    return pieces[:, :-1], pieces[:, 1:]


model = dl.Model(
    model=dl.sequential(dl.inputs((None,)), dl.gpt(len(letters), CONTEXT, units=64, heads=4, blocks=2)),
    loss=dl.sparse_categorical_cross_entropy(fold="mean", from_logits=True),
    optimizer=dl.clip_by_norm(dl.adamw(lr=dl.warmup_cosine(0.004, steps // 20, steps)), 1.0),
    dtype="float32",
).compile()
print(model.summary())

x, y = windows(train, rng.integers(0, len(train) - CONTEXT, steps * BATCH))
model.fit(x, y, batch_size=BATCH, callbacks=[dl.callbacks.progress()])
held_out = windows(test, np.arange(0, len(test) - CONTEXT, CONTEXT))
print(f"loss on the end of the book, which it never saw: {model.evaluate(*held_out):.3f}")

written = "Alice "
for _ in range(300):
    scores = model.predict([[code[letter] for letter in written[-CONTEXT:]]])[0, -1] / 0.8
    odds = np.exp(scores - scores.max())
    written += rng.choice(letters, p=odds / odds.sum())
print(written)
