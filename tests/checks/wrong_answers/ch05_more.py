"""Wrong answers to chapter 05, as learners write them."""


def added_axes_a(shape, result):
    n = len(result) - len(shape)
    return (0) if n == 1 else tuple(range(n))


def stretched_axes_of_shape(shape, broadcast):
    found = []
    for i in range(len(shape)):
        if shape[i] == 1:
            found.append(i)
    return tuple(found)


WRONG = {
    "stretched_axes": [stretched_axes_of_shape],
    "added_axes": [added_axes_a],
}
