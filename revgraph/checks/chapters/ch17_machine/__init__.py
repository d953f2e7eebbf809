"""Chapter 17: the machine that runs it, its time and its memory."""

from revgraph.checks.chapters.ch17_machine.blocked_matmul import BLOCKED_MATMUL
from revgraph.checks.chapters.ch17_machine.count_bytes import COUNT_BYTES
from revgraph.checks.chapters.ch17_machine.count_flops import COUNT_FLOPS
from revgraph.checks.chapters.ch17_machine.fuse import FUSE
from revgraph.checks.chapters.ch17_machine.quantize import DEQUANTIZE, QUANTIZE

EXERCISES = [COUNT_FLOPS, COUNT_BYTES, BLOCKED_MATMUL, FUSE, QUANTIZE, DEQUANTIZE]
