"""XOR, which no single layer can learn, in revgraph.core: a graph, a step, and the program it becomes."""

import numpy as np

import revgraph.core as rc

rng = np.random.default_rng(1)
x = rc.placeholder("x", (None, 2))
t = rc.placeholder("t", (None, 2))
w1, b1 = rc.variable(rng.normal(size=(2, 8)), name="w1"), rc.variable(np.zeros(8), name="b1")
w2, b2 = rc.variable(rng.normal(size=(8, 2)), name="w2"), rc.variable(np.zeros(2), name="b2")

p = rc.softmax(rc.tanh(x @ w1 + b1) @ w2 + b2)
loss = -rc.sum(t * rc.log(p))
step = rc.sgd(lr=0.1).minimize(loss)

inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
targets = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
for _ in range(300):
    step(x=inputs, t=targets)

print(rc.source(step))
print(f"loss {loss(x=inputs, t=targets):.3f}")
print("answers", p(x=inputs).argmax(axis=1))
