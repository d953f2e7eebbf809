"""Newton's method on Himmelblau's function: second derivatives are gradients of gradients.

A Hessian-vector product H·v is the gradient of (gradient · v), so it never needs the whole Hessian H. Two of
them, with the unit vectors for v, give the columns of H; a Newton step solves H·d = gradient and moves by -d.
"""

import numpy as np

import revgraph.core as rc

x = rc.variable([3.5, 2.5], name="x")
loss = (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2

gradient = rc.gradients(loss, x)
v = rc.placeholder("v", (2,))
hessian_times_v = rc.gradients(gradient, x, v)

for step in range(6):
    print(f"step {step}:  x = {x().round(8)}  loss = {loss():.2e}")
    hessian = np.stack([hessian_times_v(v=unit) for unit in np.eye(2)])
    x.data = x.data - np.linalg.solve(hessian, gradient())
