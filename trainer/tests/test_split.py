"""Laws of grouping and dealing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sleevetrainer.split import alike_by_features, alike_by_hash, dealt, grouped


@given(
    st.integers(1, 60).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))
    )
)
def test_what_is_linked_is_in_one_group_and_what_is_not_is_not(
    case: tuple[int, list[tuple[int, int]]],
) -> None:
    count, links = case
    groups = grouped(count, links)
    assert len(groups) == count
    assert all(groups[a] == groups[b] for a, b in links)
    assert len(set(groups)) >= count - len(links)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=120),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_groups_are_dealt_whole_and_never_too_many(
    covers: list[tuple[str, int]], part: float, seed: int
) -> None:
    labels, groups = [label for label, _ in covers], np.array([group for _, group in covers])
    taken = dealt(labels, groups, part, np.random.default_rng(seed))
    assert not set(groups[taken]) & set(groups[~taken])
    for genre in set(labels):
        of = np.array(labels) == genre
        assert taken[of].sum() <= round(part * of.sum())


def test_single_covers_are_dealt_to_the_part_exactly() -> None:
    labels = ["a"] * 50 + ["b"] * 25
    taken = dealt(labels, np.arange(75), 0.2, np.random.default_rng(1))
    assert (taken[:50].sum(), taken[50:].sum()) == (10, 5)


def test_pairs_are_found_across_blocks() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(2500, 16))
    rows[2400] = rows[3] * 2
    assert (3, 2400) in alike_by_features(rows, 0.999)
    bits = random.random((1500, 64)) < 0.5
    bits[1400] = bits[7]
    bits[1400, :4] ^= True
    assert (7, 1400) in alike_by_hash(bits, 4)
    assert (7, 1400) not in alike_by_hash(bits, 3)
