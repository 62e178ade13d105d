"""Mutants that compute the same as the model, by name, each with its reason (`tests.mutants`)."""

_NEEDS_ONE = "stops only where none is left to be counted, and none was: 0 in any case"
_STOPS_LATER = "asks for fewer friends, so counts on where it might stop; the decision is the same"
_ADDS_NOTHING = "a weight of 0 adds 0, whatever was counted"
_NO_HAZARD = "a hazard of 0 lets nobody pass: no uniform is below 0"
_SAME_LENGTHS = "both have an item for each entry, always"

_COUNTS_MORE = "friends are counted for more or fewer people; what is decided is the same"
_ALONE = "where nobody else is there, the part of the day is 1 by the longer way, too"

EQUIVALENT: dict[str, str] = {
    "agents/day/attention.py module: _MOST = 700.0 → _MOST = 701.0": (
        "e to the power of either is more than any weight that it stands beside"
    ),
    "agents/day/attention.py left: q != p and is_there(w, row, q, today) → "
    "q != p or is_there(w, row, q, today)": _ALONE,
    "agents/day/creating.py p_creates: kept > 0.0 → kept >= 0.0": (
        "a lot that counts for nothing may as well be drawn"
    ),
    "agents/day/creating.py one_or_more: part <= 0.0 → part < 0.0": (
        "of nothing nothing is left with a chance of 1, which no uniform reaches"
    ),
    "agents/day/choice.py adopts: w.terms[p].friend_utility > 0.0 → "
    "w.terms[p].friend_utility >= 0.0": _COUNTS_MORE,
    "agents/day/choice.py adopts: w.terms[p].friend_utility > 0.0 → "
    "w.terms[p].friend_utility > 1.0": _COUNTS_MORE,
    "agents/day/choice.py adopts: u < logistic(v) - ROUNDING → u <= logistic(v) - ROUNDING": (
        _COUNTS_MORE
    ),
    "agents/day/choice.py adopts: w.indptr[row + 1] - w.indptr[row] → "
    "w.indptr[row + 1] + w.indptr[row]": _COUNTS_MORE,
    "agents/day/choice.py adopts: u >= logistic(v + company(w, p, n_friends)) + ROUNDING → "
    "u > logistic(v + company(w, p, n_friends)) + ROUNDING": _COUNTS_MORE,
    "agents/day/choice.py log_add: a < b → a <= b": "equal numbers may as well be swapped",
    "agents/day/choice.py rivalry: coming + 1 → coming + 2": (
        "one more set is looked at, and skipped: it holds a platform that is not coming"
    ),
    "agents/day/rules.py comes_back: rate > 0.0 → rate >= 0.0": _NO_HAZARD,
    "agents/day/choice.py utility: n_friends_seen(w, row, p, Sight.PRESENT, 0.0) → "
    "n_friends_seen(w, row, p, Sight.PRESENT, 1.0)": _NEEDS_ONE,
    "agents/day/staying.py friends_push: n_friends_seen(w, row, p, Sight.PRESENT, 0.0) → "
    "n_friends_seen(w, row, p, Sight.PRESENT, 1.0)": _NEEDS_ONE,
    "agents/day/staying.py friends_push: n_friends_seen(w, row, p, Sight.LEFT, 0.0) → "
    "n_friends_seen(w, row, p, Sight.LEFT, 1.0)": _NEEDS_ONE,
    "agents/day/staying.py friends_push: n_friends_seen(w, row, p, _CAME, 0.0) → "
    "n_friends_seen(w, row, p, _CAME, 1.0)": "who counts friends that left has one that came",
    "agents/day/rules.py thinks_of_plan: n_friends_seen(w, row, p, Sight.PAYING, 0.0) → "
    "n_friends_seen(w, row, p, Sight.PAYING, 1.0)": _NEEDS_ONE,
    "agents/day/rules.py thinks_of_plan: a2 > 0.0 → a2 >= 0.0": _ADDS_NOTHING,
    "agents/day/rules.py thinks_of_plan: a2 < 0.0 → a2 <= 0.0": _ADDS_NOTHING,
    "agents/day/rules.py thinks_of_plan: a2 < 0.0 → a2 < 1.0": _ADDS_NOTHING,
    "agents/day/rules.py thinks_of_plan: math.log(u) - math.log1p(-u) → "
    "math.log(u) + math.log1p(-u)": (_STOPS_LATER),
    "agents/day/rules.py thinks_of_plan: -u → +u": _STOPS_LATER,
    "agents/day/rules.py thinks_of_plan: (math.log(u) - math.log1p(-u) - x) / a2 - 1e-06 → "
    "(math.log(u) - math.log1p(-u) - x) / a2 - 1.000001": (_STOPS_LATER),
    "agents/platforms/ledger.py module: _ROOM = 64 → _ROOM = 65": (
        "when a book gets more room moves no cent"
    ),
    "agents/platforms/ledger.py Ledger.cash_now: strict=True → strict=False": _SAME_LENGTHS,
    "agents/platforms/ledger.py Ledger.close_day: strict=True → strict=False": _SAME_LENGTHS,
    "agents/platforms/ledger.py Ledger.from_state: cls(0) → cls(1)": (
        "serves as an example of names, shapes and types; its cash is not looked at"
    ),
    "agents/platforms/ledger.py Ledger.from_state: given['cash'].size if 'cash' in given else 0 → "
    "given['cash'].size if 'cash' in given else 1": "without cash it is refused in any case",
}
