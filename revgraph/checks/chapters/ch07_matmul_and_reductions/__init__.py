"""Chapter 07: products of matrices, sums over axes, and operations that only move numbers."""

from revgraph.checks.chapters.ch07_matmul_and_reductions.getitem_vjp import GETITEM_VJP
from revgraph.checks.chapters.ch07_matmul_and_reductions.matmul_vjp import MATMUL_VJP
from revgraph.checks.chapters.ch07_matmul_and_reductions.max_vjp import MAX_VJP
from revgraph.checks.chapters.ch07_matmul_and_reductions.mean_vjp import MEAN_VJP
from revgraph.checks.chapters.ch07_matmul_and_reductions.pad_vjp import PAD_VJP
from revgraph.checks.chapters.ch07_matmul_and_reductions.reshape_vjp import RESHAPE_VJP
from revgraph.checks.chapters.ch07_matmul_and_reductions.sum_vjp import SUM_VJP
from revgraph.checks.chapters.ch07_matmul_and_reductions.transpose_vjp import TRANSPOSE_VJP

EXERCISES = [MATMUL_VJP, SUM_VJP, MEAN_VJP, MAX_VJP, RESHAPE_VJP, TRANSPOSE_VJP, GETITEM_VJP, PAD_VJP]
