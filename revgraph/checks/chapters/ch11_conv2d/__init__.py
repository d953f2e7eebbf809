"""Chapter 11: convolution and pooling, forward and backward, and the patch matrix that carries both."""

from revgraph.checks.chapters.ch11_conv2d.col2im import COL2IM
from revgraph.checks.chapters.ch11_conv2d.conv2d import CONV2D
from revgraph.checks.chapters.ch11_conv2d.conv2d_naive import CONV2D_NAIVE
from revgraph.checks.chapters.ch11_conv2d.conv2d_vjp import CONV2D_VJP
from revgraph.checks.chapters.ch11_conv2d.im2col import IM2COL
from revgraph.checks.chapters.ch11_conv2d.max_pool2d import MAX_POOL2D
from revgraph.checks.chapters.ch11_conv2d.max_pool2d_vjp import MAX_POOL2D_VJP
from revgraph.checks.chapters.ch11_conv2d.output_size import OUTPUT_SIZE
from revgraph.checks.chapters.ch11_conv2d.same_padding import SAME_PADDING

EXERCISES = [
    OUTPUT_SIZE,
    SAME_PADDING,
    CONV2D_NAIVE,
    IM2COL,
    CONV2D,
    COL2IM,
    CONV2D_VJP,
    MAX_POOL2D,
    MAX_POOL2D_VJP,
]
