"""Chapter 04: an operation and its rule, the VJP."""

from revgraph.checks.chapters.ch04_operations.check_vjp import CHECK_VJP
from revgraph.checks.chapters.ch04_operations.exp_vjp import EXP_VJP
from revgraph.checks.chapters.ch04_operations.log_vjp import LOG_VJP
from revgraph.checks.chapters.ch04_operations.maximum_vjp import MAXIMUM_VJP
from revgraph.checks.chapters.ch04_operations.mul_vjp import MUL_VJP
from revgraph.checks.chapters.ch04_operations.pow_vjp import POW_VJP
from revgraph.checks.chapters.ch04_operations.tanh_vjp import TANH_VJP
from revgraph.checks.chapters.ch04_operations.truediv_vjp import TRUEDIV_VJP

EXERCISES = [MUL_VJP, TRUEDIV_VJP, EXP_VJP, LOG_VJP, TANH_VJP, POW_VJP, MAXIMUM_VJP, CHECK_VJP]
