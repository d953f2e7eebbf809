"""Layers: objects that are called on nodes and give nodes.

base.py           Layer, and how a graph remembers and replays its layers
basic.py          inputs dense reshape flatten transform dropout
conv.py           conv1d conv2d max_pool2d avg_pool2d
normalization.py  batch_norm layer_norm
attention.py      embedding multi_head_attention transformer_block gpt
merge.py          add concatenate
sequential.py     layers in a row
"""
