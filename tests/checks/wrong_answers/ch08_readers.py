"""Wrong answers to chapter 08, as learners write them."""

import math

import numpy as np

from revgraph.checks import exercises


def piece(name):
    return exercises()[name].reference


def softmax_x_max(x, axis=-1):
    e = np.exp(x / np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax_vjp_without_g(g, ans, x, axis=-1):
    return ans * (1 - np.sum(ans, axis=axis, keepdims=True))


def softmax_vjp_without_g_in_the_sum(g, ans, x, axis=-1):
    return ans * (g - np.sum(ans, axis=axis, keepdims=True))


def softmax_vjp_without_g_outside(g, ans, x, axis=-1):
    return ans * (1 - np.sum(g * ans, axis=axis, keepdims=True))


def softmax_vjp_ans_1_ans(g, ans, x, axis=-1):
    return ans * (1 - ans)


def log_softmax_log_of_softmax_1e_12(x, axis=-1):
    return np.log(piece("softmax")(x, axis) + 1e-12)


def sigmoid_cut_at_20(x):
    x = np.clip(x, -20, 20)
    return 1 / (1 + np.exp(-x))


def cross_entropy_of_sigmoid(logits, labels):
    p = piece("softmax")(logits)
    return -np.mean(np.log(p[range(len(labels)), labels]) + np.log(1 - p[range(len(labels)), labels]))


def cross_entropy_binary(logits, labels):
    y = np.eye(logits.shape[1])[labels]
    p = piece("softmax")(logits)
    return -np.mean(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1))


def cross_entropy_log_softmax_axis_0(logits, labels):
    return -np.mean(piece("log_softmax")(logits, axis=0)[np.arange(len(labels)), labels])


def cross_entropy_labels_as_row(logits, labels):
    return -np.mean(piece("log_softmax")(logits)[labels])


def cross_entropy_log2(logits, labels):
    return -np.mean(piece("log_softmax")(logits)[np.arange(len(labels)), labels]) / np.log(2)


def cross_entropy_softmax_of_log_softmax(logits, labels):
    return -np.log(np.mean(piece("softmax")(logits)[np.arange(len(labels)), labels]))


def sigmoid_e_x_1_e_x(x):
    return np.exp(x) / (1 + np.exp(-x))


def sigmoid_loop_over_rows_scalars_only(x):
    out = np.zeros(x.shape)
    for i in range(len(x)):
        out[i] = 1 / (1 + np.exp(-abs(x[i])))
    return out


def sigmoid_where_0_with_abs_missing_in_numerator(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), 1 / (1 + e))


def sigmoid_branches_swapped(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, 1 / (1 + e), e / (1 + e))


def sigmoid_e_x_2(x):
    return 1 / (1 + np.e**-x)


def sigmoid_math_exp(x):
    return 1 / (1 + math.exp(-x))


def sigmoid_where_x_0_0(x):
    return np.where(x > 0, 1 / (1 + np.exp(-np.abs(x))), 0)


def logsumexp_forgets_to_add_the_max_back(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - m), axis=axis))


def logsumexp_axis_ignored(x, axis=-1):
    m = np.max(x, axis=-1, keepdims=True)
    return np.squeeze(m, -1) + np.log(np.sum(np.exp(x - m), axis=-1))


def logsumexp_squeeze_without_axis(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True)))


def logsumexp_sum_of_log(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(m, axis) + np.sum(np.log(np.exp(x - m)), axis=axis)


def logsumexp_max_twice(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(m, axis) + np.log(np.sum(np.exp(x), axis=axis))


def logsumexp_just_max(x, axis=-1):
    return np.max(x, axis=axis)


def logsumexp_mean(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(m, axis) + np.log(np.mean(np.exp(x - m), axis=axis))


def logsumexp_keepdims_m_drops(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return m + np.log(np.sum(np.exp(x - m), axis=axis))


def logsumexp_clipped_at_700(x, axis=-1):
    return np.log(np.sum(np.exp(np.minimum(x, 700)), axis=axis))


def softmax_max_without_keepdims_but_sum_with(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax_exp_logsumexp_no_expand(x, axis=-1):
    return np.exp(x - piece("logsumexp")(x, axis))


def softmax_minus_min(x, axis=-1):
    e = np.exp(x - np.min(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax_minus_mean(x, axis=-1):
    e = np.exp(x - np.mean(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax_denominators_unshifted(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return np.exp(x - m) / np.sum(np.exp(x), axis=axis, keepdims=True)


def softmax_divides_by_max(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.max(e, axis=axis, keepdims=True)


def softmax_argmax(x, axis=-1):
    return (x == np.max(x, axis=axis, keepdims=True)) * 1.0


def softmax_epsilon(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / (np.sum(e, axis=axis, keepdims=True) + 1e-3)


def softmax_vjp_jacobian_wrong_sign(g, ans, x, axis=-1):
    return ans * (np.sum(g * ans, axis=axis, keepdims=True) - g)


def softmax_vjp_uses_x_for_ans_in_sum(g, ans, x, axis=-1):
    return ans * (g - np.sum(g * x, axis=axis, keepdims=True))


def softmax_vjp_g_ans_ans_ans_g(g, ans, x, axis=-1):
    return g * ans - ans * ans


def softmax_vjp_axis_fixed_1(g, ans, x, axis=-1):
    return ans * (g - np.sum(g * ans, axis=1, keepdims=True))


def softmax_vjp_recompute_w_softmax_no_axis(g, ans, x, axis=-1):
    p = piece("softmax")(x)
    return p * (g - np.sum(g * p, axis=axis, keepdims=True))


def softmax_vjp_sum_of_ans_squared(g, ans, x, axis=-1):
    return g * (ans - np.sum(ans * ans, axis=axis, keepdims=True))


def softmax_vjp_g_inside_g_ans_sum_g_ans(g, ans, x, axis=-1):
    return g * (ans - np.sum(g * ans, axis=axis, keepdims=True))


def log_softmax_x_log_softmax(x, axis=-1):
    return x - np.log(np.sum(x, axis=axis, keepdims=True))


def log_softmax_plus(x, axis=-1):
    return x + np.expand_dims(piece("logsumexp")(x, axis), axis)


def log_softmax_logsumexp_default_axis(x, axis=-1):
    return x - np.expand_dims(piece("logsumexp")(x), axis)


def log_softmax_expand_at_1(x, axis=-1):
    return x - np.expand_dims(piece("logsumexp")(x, axis), -1)


def log_softmax_expand_at_0(x, axis=-1):
    return x - piece("logsumexp")(x, axis)[:, None]


def log_softmax_shifted_but_not(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))


def log_softmax_logsumexp_itself(x, axis=-1):
    return np.expand_dims(piece("logsumexp")(x, axis), axis) - x


def log_softmax_clip(x, axis=-1):
    return np.log(np.clip(piece("softmax")(x, axis), 1e-12, 1))


def cross_entropy_clip(logits, labels):
    p = np.clip(piece("softmax")(logits), 1e-12, 1)
    return -np.mean(np.log(p[np.arange(len(labels)), labels]))


def cross_entropy_forgets_log_softmax_minus_logsumexp(logits, labels):
    return np.mean(piece("logsumexp")(logits))


def cross_entropy_mse(logits, labels):
    y = np.eye(logits.shape[1])[labels]
    return np.mean((piece("softmax")(logits) - y) ** 2)


def cross_entropy_p_log_p(logits, labels):
    p = piece("softmax")(logits)
    return -np.mean(np.sum(p * piece("log_softmax")(logits), axis=1))


def cross_entropy_first_row_only(logits, labels):
    for i in range(len(labels)):
        return -piece("log_softmax")(logits)[i, labels[i]]


def cross_entropy_rows_and_columns_swapped(logits, labels):
    return -np.mean(piece("log_softmax")(logits)[labels, np.arange(len(labels))])


def cross_entropy_divides_by_n_twice(logits, labels):
    return -np.mean(piece("log_softmax")(logits)[np.arange(len(labels)), labels]) / len(labels)


def cross_entropy_vjp_sign(g, ans, logits, labels):
    return g * (np.eye(logits.shape[1])[labels] - piece("softmax")(logits)) / len(labels)


def cross_entropy_vjp_divides_by_classes(g, ans, logits, labels):
    return g * (piece("softmax")(logits) - np.eye(logits.shape[1])[labels]) / logits.shape[1]


def cross_entropy_vjp_divides_by_size(g, ans, logits, labels):
    return g * (piece("softmax")(logits) - np.eye(logits.shape[1])[labels]) / logits.size


def cross_entropy_vjp_logits_y(g, ans, logits, labels):
    return g * (logits - np.eye(logits.shape[1])[labels]) / len(labels)


def cross_entropy_vjp_only_softmax(g, ans, logits, labels):
    return g * piece("softmax")(logits) / len(labels)


def cross_entropy_vjp_softmax_vjp_of_one_hot(g, ans, logits, labels):
    return piece("softmax_vjp")(g * np.eye(logits.shape[1])[labels], piece("softmax")(logits), logits) / len(
        labels
    )


def cross_entropy_vjp_axis_0(g, ans, logits, labels):
    return g * (piece("softmax")(logits, axis=0) - np.eye(logits.shape[1])[labels]) / len(labels)


def cross_entropy_vjp_times_ans(g, ans, logits, labels):
    return g * ans * (piece("softmax")(logits) - np.eye(logits.shape[1])[labels]) / len(labels)


def hinge_vjp_times_margin(g, ans, scores, labels):
    return g * np.maximum(0, 1 - labels * scores) * -labels / len(labels)


def hinge_vjp_no_g(g, ans, scores, labels):
    return np.where(labels * scores < 1, -labels, 0) / len(labels)


def hinge_vjp_abs(g, ans, scores, labels):
    return g * np.where(np.abs(scores) < 1, -labels, 0) / len(labels)


def hinge_vjp_scores(g, ans, scores, labels):
    return g * np.where(labels * scores < 1, -scores, 0) / len(labels)


def hinge_vjp_ans_0(g, ans, scores, labels):
    return g * np.where(ans > 0, -labels, 0) / len(labels)


def hinge_vjp_1(g, ans, scores, labels):
    return g * np.where(labels * scores < 1, -1.0, 0) / len(labels)


def hinge_vjp_divides_by_count(g, ans, scores, labels):
    hit = labels * scores < 1
    return g * np.where(hit, -labels, 0) / max(hit.sum(), 1)


WRONG = {
    "softmax": [
        softmax_x_max,
        softmax_max_without_keepdims_but_sum_with,
        softmax_exp_logsumexp_no_expand,
        softmax_minus_min,
        softmax_minus_mean,
        softmax_denominators_unshifted,
        softmax_divides_by_max,
        softmax_argmax,
        softmax_epsilon,
    ],
    "softmax_vjp": [
        softmax_vjp_without_g,
        softmax_vjp_without_g_in_the_sum,
        softmax_vjp_without_g_outside,
        softmax_vjp_ans_1_ans,
        softmax_vjp_jacobian_wrong_sign,
        softmax_vjp_uses_x_for_ans_in_sum,
        softmax_vjp_g_ans_ans_ans_g,
        softmax_vjp_axis_fixed_1,
        softmax_vjp_recompute_w_softmax_no_axis,
        softmax_vjp_sum_of_ans_squared,
        softmax_vjp_g_inside_g_ans_sum_g_ans,
    ],
    "log_softmax": [
        log_softmax_log_of_softmax_1e_12,
        log_softmax_x_log_softmax,
        log_softmax_plus,
        log_softmax_logsumexp_default_axis,
        log_softmax_expand_at_1,
        log_softmax_expand_at_0,
        log_softmax_shifted_but_not,
        log_softmax_logsumexp_itself,
        log_softmax_clip,
    ],
    "sigmoid": [
        sigmoid_cut_at_20,
        sigmoid_e_x_1_e_x,
        sigmoid_loop_over_rows_scalars_only,
        sigmoid_where_0_with_abs_missing_in_numerator,
        sigmoid_branches_swapped,
        sigmoid_e_x_2,
        sigmoid_math_exp,
        sigmoid_where_x_0_0,
    ],
    "cross_entropy": [
        cross_entropy_of_sigmoid,
        cross_entropy_binary,
        cross_entropy_log_softmax_axis_0,
        cross_entropy_labels_as_row,
        cross_entropy_log2,
        cross_entropy_softmax_of_log_softmax,
        cross_entropy_clip,
        cross_entropy_forgets_log_softmax_minus_logsumexp,
        cross_entropy_mse,
        cross_entropy_p_log_p,
        cross_entropy_first_row_only,
        cross_entropy_rows_and_columns_swapped,
        cross_entropy_divides_by_n_twice,
    ],
    "logsumexp": [
        logsumexp_forgets_to_add_the_max_back,
        logsumexp_axis_ignored,
        logsumexp_squeeze_without_axis,
        logsumexp_sum_of_log,
        logsumexp_max_twice,
        logsumexp_just_max,
        logsumexp_mean,
        logsumexp_keepdims_m_drops,
        logsumexp_clipped_at_700,
    ],
    "cross_entropy_vjp": [
        cross_entropy_vjp_sign,
        cross_entropy_vjp_divides_by_classes,
        cross_entropy_vjp_divides_by_size,
        cross_entropy_vjp_logits_y,
        cross_entropy_vjp_only_softmax,
        cross_entropy_vjp_softmax_vjp_of_one_hot,
        cross_entropy_vjp_axis_0,
        cross_entropy_vjp_times_ans,
    ],
    "hinge_vjp": [
        hinge_vjp_times_margin,
        hinge_vjp_no_g,
        hinge_vjp_abs,
        hinge_vjp_scores,
        hinge_vjp_ans_0,
        hinge_vjp_1,
        hinge_vjp_divides_by_count,
    ],
}
