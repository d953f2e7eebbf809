"""Chapter 13: layers that stay trainable however many are stacked."""

from revgraph.checks.chapters.ch13_normalization.adamw import ADAMW
from revgraph.checks.chapters.ch13_normalization.batch_norm import BATCH_NORM, BATCH_NORM_VJP
from revgraph.checks.chapters.ch13_normalization.clip_by_norm import CLIP_BY_NORM
from revgraph.checks.chapters.ch13_normalization.he_normal import HE_NORMAL
from revgraph.checks.chapters.ch13_normalization.layer_norm import LAYER_NORM, LAYER_NORM_VJP
from revgraph.checks.chapters.ch13_normalization.warmup_cosine import WARMUP_COSINE

EXERCISES = [
    HE_NORMAL,
    LAYER_NORM,
    LAYER_NORM_VJP,
    BATCH_NORM,
    BATCH_NORM_VJP,
    CLIP_BY_NORM,
    WARMUP_COSINE,
    ADAMW,
]
