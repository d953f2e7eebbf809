"""revgraph beside PyTorch, torch.compile and jax.jit: the same work, the same numbers, in the same minute.

    python -m tests.benchmarks.speed                     every row; writes docs/speed.md
    python -m tests.benchmarks.speed lenet gpt           the rows whose names begin so
    python -m tests.benchmarks.speed --list

works.py        the work of each row: its title, and the arrays that it starts from
ours.py         each work in revgraph          with_torch.py  in PyTorch, eager and compiled
with_jax.py     in jax.jit                     by_hand.py     in NumPy or plain Python
worker.py       a process for one engine: it prepares a work and takes turns
measure.py      turns, ratios, peak memory
alone.py        what needs no rival: fit, compile time, chains, memory that stays flat, the checks
page.py         the table, printed and as docs/speed.md
"""
