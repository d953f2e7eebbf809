"""What the exercises on the dense layer share: numbers for PyTorch."""

import numpy as np

X = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])
W = np.array([[2.0, 0.0, -1.0], [1.0, -0.5, 4.0]])
B = np.array([0.1, 0.2, 0.3])
G = np.array([[1.0, 0.0, 2.0], [-1.0, 0.5, 0.0], [3.0, -2.0, 1.0]])
