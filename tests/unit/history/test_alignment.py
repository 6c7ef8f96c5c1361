"""Alignment: words, equal parts and likely pairs of two sequences, within bounded work."""

from __future__ import annotations

import random
from itertools import combinations, pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.history.alignment import (
    Effort,
    Run,
    align,
    heaviest_chain,
    is_word,
    likely_pairs,
    tokens,
    without_confetti,
)

SHORT = st.text("ab ", max_size=12)


def weight(letter: str) -> int:
    return 0 if letter == " " else 1


class TestTokens:
    @pytest.mark.parametrize(
        ("text", "cut"),
        [
            ("", ""),
            ("It's 3.5  km!", "It's|3|.|5|  |km|!"),
            ("don\u2019t 'quote' rock'", "don\u2019t|'|quote|'|rock|'"),
            ("a\n\n  b", "a|\n|\n|  |b"),
            ("naïve cafe\u0301s", "naïve|cafe\u0301s"),
            ("नमस्ते दुनिया", "नमस्ते|दुनिया"),
            ("بيتٌ كبير", "بيتٌ|كبير"),
            ("東京へ行く now", "東|京|へ|行|く|now"),
            ("ภาษาไทย", "ภ|า|ษ|า|ไ|ท|ย"),
            ("한국어 글", "한국어|글"),
            ("👍🏽👩‍👩‍👧🇩🇪🇫🇷❤️", "👍🏽|👩‍👩‍👧|🇩🇪|🇫🇷|❤️"),
            ("𐍅𐌿𐌻𐍆 𠮷野", "𐍅𐌿𐌻𐍆|𠮷|野"),
            ("x\ufffcy", "x|\ufffc|y"),
        ],
    )
    def test_what_is_one(self, text: str, cut: str) -> None:
        """Words with their accents, spaces, and every other character by itself."""
        assert (
            [token for token in tokens(text) if token != " "] == cut.split("|")
            if cut
            else not tokens(text)
        )

    @settings(deadline=None)
    @given(st.text())
    def test_nothing_is_lost(self, text: str) -> None:
        """Joined, the tokens are the text."""
        assert "".join(tokens(text)) == text

    def test_which_say_something(self) -> None:
        """Letters, numbers and pictures do; spaces and punctuation do not."""
        assert all(map(is_word, ["word", "7", "猫", "👍🏽", "€"]))
        assert not any(map(is_word, [" ", "\n", ".", "\u2014", "«", "\u200b"]))


class TestAlign:
    @settings(deadline=None)
    @given(SHORT, SHORT)
    def test_runs_are_equal_and_rise(self, before: str, after: str) -> None:
        """A run is the same in both; no two overlap, and none could be joined with the next."""
        runs = align(before, after, weight)
        for i, j, length in runs:
            assert length > 0
            assert before[i : i + length] == after[j : j + length]
        for one, other in pairwise(runs):
            assert one.before + one.length <= other.before
            assert one.after + one.length <= other.after
            assert one[:2] != (other.before - one.length, other.after - one.length)

    @settings(deadline=None)
    @given(st.text("abc", max_size=9), st.text("abc", max_size=9))
    def test_nothing_longer_is_missed(self, before: str, after: str) -> None:
        """What is found is as long as the longest common subsequence."""
        longest = max(
            size
            for size in range(min(len(before), len(after)) + 1)
            if {*combinations(before, size)} & {*combinations(after, size)}
        )
        assert sum(run.length for run in align(before, after, weight)) == longest

    def test_heavy_elements_are_preferred(self) -> None:
        """Between one heavy and two light ones, the heavy one is held on to."""
        runs = align("Hxy", "xyH", lambda letter: 5 if letter == "H" else 1)
        assert runs == [Run(0, 2, 1)]

    def test_common_elements_match_next_to_others(self) -> None:
        """A space alone holds nothing together, but belongs to the word beside it."""
        assert align("p q", "r s", weight) == []
        assert align("p x", "r x", weight) == [Run(1, 1, 2)]
        assert align("- -", "+ +", weight) == []
        assert align("   ", " ", weight) == [Run(0, 0, 1)]

    @pytest.mark.parametrize("letters", ["a", "ab", "abcdefgh"])
    def test_work_is_bounded(self, letters: str) -> None:
        """However alike all elements are, the work grows with the length, not its square."""
        chance = random.Random(3)
        before, after = (["<", *chance.choices(letters, k=20_000), side] for side in "()")
        effort = Effort(4_096 + 16 * 40_000)
        allowed = effort.left
        align(before, ["x", *after], weight, effort)
        # What was allowed may be passed once, by looking at a gap that turned out too large.
        assert effort.spent <= allowed + 40_010

    def test_large_and_alike(self) -> None:
        """Few changes in a large sequence of rare and common elements are found to the letter."""
        chance = random.Random(4)
        before = [f"w{int(chance.paretovariate(0.5)) % 5_000}" for _ in range(30_000)]
        after = list(before)
        for place in range(500, 30_000, 500):
            after[place] = "new"
        assert sum(run.length for run in align(before, after, lambda _: 1)) == 30_000 - 59


class TestChain:
    @settings(deadline=None)
    @given(
        st.dictionaries(
            st.tuples(st.integers(0, 5), st.integers(0, 5)), st.integers(1, 9), max_size=9
        )
    )
    def test_is_the_heaviest(self, weights: dict[tuple[int, int], int]) -> None:
        """No other rising choice of pairs weighs more."""
        pairs = [(i, j, weights[i, j]) for i, j in sorted(weights, key=lambda p: (p[0], -p[1]))]
        chain = heaviest_chain(pairs)
        assert all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(chain))
        rising = (
            chosen
            for size in range(len(weights) + 1)
            for chosen in combinations(sorted(weights), size)
            if all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(chosen))
        )
        assert sum(weights[pair] for pair in chain) == max(
            sum(weights[pair] for pair in chosen) for chosen in rising
        )


class TestConfetti:
    def test_small_words_between_large_changes(self) -> None:
        """One word between two stretches of three replaced words each is no run worth showing."""
        before, after = list("abcodef."), list("ghiojkl.")
        runs = align(before, after, len)
        assert runs == [Run(3, 3, 1), Run(7, 7, 1)]
        assert without_confetti(runs, before, after) == [Run(7, 7, 1)]

    def test_words_between_what_only_came(self) -> None:
        """Where nothing was replaced nothing is a coincidence."""
        before, after = ["o"], list("abcodef")
        runs = [Run(0, 3, 1)]
        assert without_confetti(runs, before, after) == runs


class TestLikelyPairs:
    def test_all_of_a_few(self) -> None:
        """By rising i, and falling j."""
        assert list(likely_pairs([{1}, {2}], [{3}, {4}])) == [(0, 1), (0, 0), (1, 1), (1, 0)]

    def test_of_many_those_that_share_something_rare(self) -> None:
        """What is everywhere makes nothing likely, and nobody gets more than four partners."""
        before = [{"common", i} for i in range(100)]
        assert list(likely_pairs(before, before[::-1])) == [(i, 99 - i) for i in range(100)]
        crowd = [{"common"} | {*range(8)} for _ in range(100)]
        assert list(likely_pairs([set(range(8))], crowd)) == []
        few = [{1, 2} if n < 8 else {n} for n in range(100)]
        assert list(likely_pairs([{1, 2}], few)) == list(product([0], [3, 2, 1, 0]))
