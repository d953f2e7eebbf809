"""Chapter 13: layers that stay trainable however many are stacked."""

from revgraph.checks.chapters.ch13_normalization.adamw import adamw
from revgraph.checks.chapters.ch13_normalization.batch_norm import batch_norm, batch_norm_vjp
from revgraph.checks.chapters.ch13_normalization.clip_by_norm import clip_by_norm
from revgraph.checks.chapters.ch13_normalization.he_normal import he_normal
from revgraph.checks.chapters.ch13_normalization.layer_norm import layer_norm, layer_norm_vjp
from revgraph.checks.chapters.ch13_normalization.warmup_cosine import warmup_cosine

EXERCISES = [
    he_normal,
    layer_norm,
    layer_norm_vjp,
    batch_norm,
    batch_norm_vjp,
    clip_by_norm,
    warmup_cosine,
    adamw,
]
