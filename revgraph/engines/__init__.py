"""Engines besides NumPy: a module each, named as ``rc.engine`` takes it, with a class `Program`.

Such a class is made and called as that of ``revgraph.core.compiler`` is.
"""
