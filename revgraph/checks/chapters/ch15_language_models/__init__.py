"""Chapter 15: guessing the next token, by counting first."""

from revgraph.checks.chapters.ch15_language_models.gelu import GELU, GELU_VJP
from revgraph.checks.chapters.ch15_language_models.next_token_batches import NEXT_TOKEN_BATCHES
from revgraph.checks.chapters.ch15_language_models.ngram_loss import NGRAM_LOSS, PERPLEXITY
from revgraph.checks.chapters.ch15_language_models.pairs import BPE_ENCODE, MERGE_PAIR, MOST_FREQUENT_PAIR

EXERCISES = [
    NGRAM_LOSS,
    PERPLEXITY,
    MOST_FREQUENT_PAIR,
    MERGE_PAIR,
    BPE_ENCODE,
    NEXT_TOKEN_BATCHES,
    GELU,
    GELU_VJP,
]
