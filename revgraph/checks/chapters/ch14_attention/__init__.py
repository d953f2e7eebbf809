"""Chapter 14: entries of a sequence that look at each other."""

from revgraph.checks.chapters.ch14_attention.attention import attention, attention_vjp
from revgraph.checks.chapters.ch14_attention.causal_mask import causal_mask
from revgraph.checks.chapters.ch14_attention.embedding import embedding, embedding_vjp
from revgraph.checks.chapters.ch14_attention.heads import merge_heads, split_heads
from revgraph.checks.chapters.ch14_attention.multi_head_attention import multi_head_attention
from revgraph.checks.chapters.ch14_attention.positions import sinusoidal_positions

EXERCISES = [
    embedding,
    embedding_vjp,
    causal_mask,
    attention,
    attention_vjp,
    split_heads,
    merge_heads,
    sinusoidal_positions,
    multi_head_attention,
]
