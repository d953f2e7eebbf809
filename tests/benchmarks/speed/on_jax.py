"""Each work in revgraph once more, computed by JAX in place of NumPy."""

from __future__ import annotations

import revgraph.core as rc
from tests.benchmarks.speed import with_jax  # its settings: where what is compiled is kept
from tests.benchmarks.speed.ours import STEPS

rc.engine("jax")
STEPS = {name: STEPS[name] for name in with_jax.STEPS}
