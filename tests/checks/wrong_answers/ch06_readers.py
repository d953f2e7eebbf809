"""Wrong answers to chapter 06, as learners write them."""

from collections import deque

import numpy as np

from revgraph.checks import exercises


def piece(name):
    return exercises()[name].reference


def gradients_seed_of_2(output, variables):
    piece("evaluate")(output, {})
    pending = {output: 2 * np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *(arg.value for arg in node.args))
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] + grad if arg in pending else grad
    return [np.asarray(pending.get(v, np.zeros_like(v.value))) for v in variables]


def gradients_summed(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *(arg.value for arg in node.args))
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] + grad if arg in pending else grad
    return [np.sum(pending.get(v, np.zeros_like(v.value))) for v in variables]


def evaluate_args_reversed(node, feed):
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*[a.value for a in n.args][::-1])
    return node.value


def graph_order_post_order_list_marked_at_push(node):
    order, stack, seen = [], [node], set()
    while stack:
        n = stack[-1]
        todo = [a for a in n.args if a not in seen]
        if todo:
            seen.update(todo)
            stack.extend(todo)
        else:
            order.append(stack.pop())
    return order


def graph_order_sorted_by_depth_from_the_output(node):
    depth, queue = {node: 0}, deque([node])
    while queue:
        n = queue.popleft()
        for a in n.args:
            if a not in depth:
                depth[a] = depth[n] + 1
                queue.append(a)
    return sorted(depth, key=lambda n: -depth[n])


def graph_order_in_list_check_not_moved(node):
    order = [node]
    for n in order:
        for a in n.args:
            if a not in order:
                order.append(a)
    return list(reversed(order))


def graph_order_forgets_the_leaves_with_a_constant(node):
    order, seen = [], set()
    stack = [(node, False)]
    while stack:
        n, ready = stack.pop()
        if ready:
            order.append(n)
        elif n.name not in seen:
            seen.add(n.name)
            stack.append((n, True))
            stack += [(arg, False) for arg in n.args]
    return order


def graph_order_returns_in_loop(node):
    order, seen = [], set()
    stack = [(node, False)]
    while stack:
        n, ready = stack.pop()
        if ready:
            order.append(n)
            return order
        elif n not in seen:
            seen.add(n)
            stack.append((n, True))
            stack += [(arg, False) for arg in n.args]


def graph_order_a_set_comes_back(node):
    found, stack = set(), [node]
    while stack:
        n = stack.pop()
        found.add(n)
        stack += [a for a in n.args if a not in found]
    return found


def evaluate_feeds_all_named_nodes(node, feed):
    for n in piece("graph_order")(node):
        if n.name in feed:
            n.value = feed[n.name]
        elif n.op is not None:
            n.value = n.op(*[a.value for a in n.args])
    return node.value


def evaluate_forgets_to_return(node, feed):
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*[a.value for a in n.args])


def evaluate_reversed_order(node, feed):
    for n in reversed(piece("graph_order")(node)):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*[a.value for a in n.args])
    return node.value


def evaluate_feed_or_value_zero_is_false(node, feed):
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.get(n.name)
        else:
            n.value = n.op.forward(*[a.value for a in n.args])
    return node.value


def evaluate_default_0(node, feed):
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.get(n.name, 0.0)
        else:
            n.value = n.op.forward(*[a.value for a in n.args])
    return node.value


def evaluate_returns_inside_the_loop(node, feed):
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*[a.value for a in n.args])
        return n.value


def evaluate_list_not_array(node, feed):
    values = []
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            n.value = n.op.forward(*[a.value for a in n.args])
        values.append(n.value)
    return values


def evaluate_two_args_only(node, feed):
    for n in piece("graph_order")(node):
        if n.op is None:
            n.value = feed.get(n.name, n.value)
        else:
            a, b = n.args
            n.value = n.op.forward(a.value, b.value)
    return node.value


def gradients_forgets_to_evaluate_order_reversed(output, variables):
    piece("evaluate")(output, {})
    grads = dict.fromkeys(piece("graph_order")(output), 0.0)
    grads[output] = 1.0
    for n in reversed(piece("graph_order")(output)):
        if n.op is not None:
            for a, g in zip(n.args, n.op.vjp(grads[n], n.value, *[x.value for x in n.args])):
                grads[a] += g
    return [grads[v] for v in variables]


def gradients_in_place(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is None:
            continue
        grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
        if len(node.args) == 1:
            grads = (grads,)
        for arg, grad in zip(node.args, grads):
            if arg in pending:
                pending[arg] += grad
            else:
                pending[arg] = grad
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def gradients_vjp_on_nodes(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None:
            grads = node.op.vjp(pending[node], node.value, *node.args)
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending.get(arg, 0) + grad
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def gradients_without_ans(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None:
            grads = node.op.vjp(pending[node], *[a.value for a in node.args])
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending.get(arg, 0) + grad
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def gradients_multiplies_instead_of_adds(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] * grad if arg in pending else grad
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def gradients_g_of_the_output_to_all_rules(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(np.ones_like(node.value), node.value, *[a.value for a in node.args])
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] + grad if arg in pending else grad
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def gradients_variables_in_graph_order(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] + grad if arg in pending else grad
    return [pending[n] for n in piece("graph_order")(output) if n in variables]


def gradients_only_first_arg(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
            if len(node.args) == 1:
                pending[node.args[0]] = pending.get(node.args[0], 0) + grads
            else:
                pending[node.args[0]] = pending.get(node.args[0], 0) + grads[0]
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def gradients_return_in_loop(output, variables):
    piece("evaluate")(output, {})
    pending = {output: np.ones_like(output.value)}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] + grad if arg in pending else grad
        return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def gradients_seeds_with_1_0(output, variables):
    piece("evaluate")(output, {})
    pending = {output: 1.0}
    for node in reversed(piece("graph_order")(output)):
        if node.op is not None and node in pending:
            grads = node.op.vjp(pending[node], node.value, *[a.value for a in node.args])
            grads = grads if len(node.args) > 1 else (grads,)
            for arg, grad in zip(node.args, grads):
                pending[arg] = pending[arg] + grad if arg in pending else grad
    return [pending.get(v, np.zeros_like(v.value)) for v in variables]


def minimize_lr_twice(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        losses.append(float(piece("evaluate")(loss, {})))
        for v, g in zip(variables, piece("gradients")(loss, variables)):
            v.value = v.value - lr * lr * g
    return losses


def minimize_divides_by_lr(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        losses.append(float(piece("evaluate")(loss, {})))
        for v, g in zip(variables, piece("gradients")(loss, variables)):
            v.value = v.value - g / lr
    return losses


def minimize_moves_only_first(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        losses.append(float(piece("evaluate")(loss, {})))
        g = piece("gradients")(loss, variables)
        variables[0].value = variables[0].value - lr * g[0]
    return losses


def minimize_shrinks(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        losses.append(piece("evaluate")(loss, {}))
        grads = piece("gradients")(loss, variables)
        for v, g in zip(variables, grads):
            v.value *= 1 - lr * g
    return losses


def minimize_keeps_arrays_of_losses(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        for v, g in zip(variables, piece("gradients")(loss, variables)):
            v.value = v.value - lr * g
            losses.append(float(piece("evaluate")(loss, {})))
    return losses


def minimize_losses_not_evaluated(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        losses.append(loss.value)
        for v, g in zip(variables, piece("gradients")(loss, variables)):
            v.value = v.value - lr * g
    return losses


def minimize_one_step_too_few(loss, variables, lr, steps):
    losses = [float(piece("evaluate")(loss, {}))]
    for _ in range(steps - 1):
        for v, g in zip(variables, piece("gradients")(loss, variables)):
            v.value = v.value - lr * g
        losses.append(float(piece("evaluate")(loss, {})))
    return losses


def minimize_sign_of_gradient(loss, variables, lr, steps):
    losses = []
    for _ in range(steps):
        losses.append(float(piece("evaluate")(loss, {})))
        for v, g in zip(variables, piece("gradients")(loss, variables)):
            v.value = v.value - lr * np.sign(g)
    return losses


WRONG = {
    "gradients": [
        gradients_seed_of_2,
        gradients_summed,
        gradients_forgets_to_evaluate_order_reversed,
        gradients_in_place,
        gradients_vjp_on_nodes,
        gradients_without_ans,
        gradients_multiplies_instead_of_adds,
        gradients_g_of_the_output_to_all_rules,
        gradients_variables_in_graph_order,
        gradients_only_first_arg,
        gradients_return_in_loop,
        gradients_seeds_with_1_0,
    ],
    "evaluate": [
        evaluate_args_reversed,
        evaluate_feeds_all_named_nodes,
        evaluate_forgets_to_return,
        evaluate_reversed_order,
        evaluate_feed_or_value_zero_is_false,
        evaluate_default_0,
        evaluate_returns_inside_the_loop,
        evaluate_list_not_array,
        evaluate_two_args_only,
    ],
    "graph_order": [
        graph_order_post_order_list_marked_at_push,
        graph_order_sorted_by_depth_from_the_output,
        graph_order_in_list_check_not_moved,
        graph_order_forgets_the_leaves_with_a_constant,
        graph_order_returns_in_loop,
        graph_order_a_set_comes_back,
    ],
    "minimize": [
        minimize_lr_twice,
        minimize_divides_by_lr,
        minimize_moves_only_first,
        minimize_shrinks,
        minimize_keeps_arrays_of_losses,
        minimize_losses_not_evaluated,
        minimize_one_step_too_few,
        minimize_sign_of_gradient,
    ],
}
