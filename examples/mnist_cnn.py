"""A convolutional network on MNIST.

python examples/mnist_cnn.py            fetches MNIST through scikit-learn, once
python examples/mnist_cnn.py FOLDER     reads the four IDX files from a folder
"""

import sys

from revgraph import dl
from revgraph.datasets import mnist

dl.seed(0)
(x, y), (x_test, y_test) = mnist.load_data(sys.argv[1] if len(sys.argv) > 1 else None)

model = dl.Model(
    model=dl.sequential(
        dl.inputs(784),
        dl.reshape((28, 28, 1)),
        dl.conv2d(
            filters=12,
            kernel_size=(3, 3),
            padding="same",
            activation="relu",
            use_bias=True,
            bias_initializer="zeros",
            kernel_regularizer=dl.l1(),
        ),
        dl.flatten(),
        dl.dense(128, activation="relu"),
        dl.dense(10, activation="softmax"),
    ),
    loss=dl.categorical_cross_entropy(),
    optimizer=dl.adam(lr=0.01, decay=0.01),
    metrics={"Accuracy": dl.categorical_accuracy()},
    dtype="float32",
)
model.compile()
print(model.summary())
model.fit(
    x,
    y,
    epochs=2,
    batch_size=500,
    train_test_validation=(0.85, 0, 0.15),
    callbacks=[dl.callbacks.progress()],
)
print(f"accuracy on the test digits: {model.evaluate_metrics(x_test, y_test)['Accuracy']:.1%}")
