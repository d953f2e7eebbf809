"""XLA compiles quickly: in these tests that takes longer than computing."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def quick_compiler() -> None:
    """XLA reads its flags when it compiles for the first time, and never again. Without its newer emitters of
    loops it has done so in half the time."""
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLA_FLAGS", f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false")
        jax.jit(lambda x: x + 1)(1.0)
