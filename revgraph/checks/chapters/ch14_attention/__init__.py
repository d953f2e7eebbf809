"""Chapter 14: entries of a sequence that look at each other."""

from revgraph.checks.chapters.ch14_attention.attention import ATTENTION, ATTENTION_VJP
from revgraph.checks.chapters.ch14_attention.causal_mask import CAUSAL_MASK
from revgraph.checks.chapters.ch14_attention.embedding import EMBEDDING, EMBEDDING_VJP
from revgraph.checks.chapters.ch14_attention.heads import MERGE_HEADS, SPLIT_HEADS
from revgraph.checks.chapters.ch14_attention.multi_head_attention import MULTI_HEAD_ATTENTION
from revgraph.checks.chapters.ch14_attention.positions import SINUSOIDAL_POSITIONS

EXERCISES = [
    EMBEDDING,
    EMBEDDING_VJP,
    CAUSAL_MASK,
    ATTENTION,
    ATTENTION_VJP,
    SPLIT_HEADS,
    MERGE_HEADS,
    SINUSOIDAL_POSITIONS,
    MULTI_HEAD_ATTENTION,
]
