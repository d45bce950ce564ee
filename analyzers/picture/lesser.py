"""How is it said why an answer is a lesser one?"""

from collections.abc import Sequence


def told_once(reasons: Sequence[str]) -> str:
    """`reasons` as one text; what another reason ends with, such as the missing weights of a step's model, stands once.

    Empty reasons don't count.
    """
    kept = dict.fromkeys(reason for reason in reasons if reason)
    return "; ".join(each for each in kept if not any(each != other and each.endswith(other) for other in kept))
