"""Chapter 16: a GPT of one's own."""

from revgraph.checks.chapters.ch16_gpt.blocks import GPT, GPT_BLOCK
from revgraph.checks.chapters.ch16_gpt.cached_attention import CACHED_ATTENTION
from revgraph.checks.chapters.ch16_gpt.sample import SAMPLE
from revgraph.checks.chapters.ch16_gpt.train_gpt import TRAIN_GPT

EXERCISES = [GPT_BLOCK, GPT, TRAIN_GPT, SAMPLE, CACHED_ATTENTION]
