"""Chapter 16: a GPT of one's own."""

from revgraph.checks.chapters.ch16_gpt.blocks import gpt, gpt_block
from revgraph.checks.chapters.ch16_gpt.cached_attention import cached_attention
from revgraph.checks.chapters.ch16_gpt.sample import sample
from revgraph.checks.chapters.ch16_gpt.train_gpt import train_gpt

EXERCISES = [gpt_block, gpt, train_gpt, sample, cached_attention]
