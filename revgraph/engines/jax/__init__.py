"""The engine "jax": the same program, traced by ``jax.jit``, on whatever device JAX has.

The program's text and the optimizers' rules are NumPy. Here they are called with arrays that stand for JAX's
(`Traced`): NumPy hands its functions over to them, and they call the one of the same name in ``jax.numpy``.
Only operations that do more than call NumPy have a form of their own, in the table FORMS.

JAX wants functions without effects. What a program changes (variables by steps, running averages) is given to
the traced function and returned by it, and stays at the device until somebody reads it (`send_away`). Masks
are drawn by NumPy before the run, from the generator they always come from. Checks of values are answers of
the program: if one says no, nothing is kept, and NumPy runs the program to say what is wrong.
"""

from revgraph.engines.jax.program import Program

__all__ = ["Program"]
