"""Wrong answers that learners gave to chapter 10."""


def bias_of_the_batch(g, ans, x, w, b):
    return g @ w.T, x.T @ g, g


def bias_as_a_row(g, ans, x, w, b):
    return g @ w.T, x.T @ g, g.sum(axis=0, keepdims=True)


def keeps_what_it_should_drop(x, rate, rng, training):
    return x * (rng.random(x.shape) < rate) / rate if training and rate else x


def by_a_normal(x, rate, rng, training):
    return x * (rng.normal(size=x.shape) > rate) / (1 - rate) if training else x


def scaled_when_used(x, rate, rng, training):
    return x * (rng.random(x.shape) >= rate) if training else x * (1 - rate)


def scaled_twice(x, rate, rng, training):
    return x * (rng.random(x.shape) >= rate) / (1 - rate) ** 2 if training else x


def one_mask_for_all_rows(x, rate, rng, training):
    return x * (rng.random(x.shape[1:]) >= rate) / (1 - rate) if training else x


WRONG = {
    "dense_vjp": [bias_of_the_batch, bias_as_a_row],
    "dropout": [
        keeps_what_it_should_drop,
        by_a_normal,
        scaled_when_used,
        scaled_twice,
        one_mask_for_all_rows,
    ],
}
