"""Chapter 15: guessing the next token, by counting first."""

from revgraph.checks.chapters.ch15_language_models.gelu import gelu, gelu_vjp
from revgraph.checks.chapters.ch15_language_models.next_token_batches import next_token_batches
from revgraph.checks.chapters.ch15_language_models.ngram_loss import ngram_loss, perplexity
from revgraph.checks.chapters.ch15_language_models.pairs import bpe_encode, merge_pair, most_frequent_pair

EXERCISES = [
    ngram_loss,
    perplexity,
    most_frequent_pair,
    merge_pair,
    bpe_encode,
    next_token_batches,
    gelu,
    gelu_vjp,
]
