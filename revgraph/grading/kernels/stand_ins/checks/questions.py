"""Stands in while a submission is graded: questions are asked, and answers read, elsewhere."""


def warm_up() -> None:
    print("Asked in your own notebook.")


def good_answer(question: str) -> None:
    print("A person reads your answer.")
