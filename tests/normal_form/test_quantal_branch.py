"""The principal branch against a second tracer, and against the index of where it ends.

The tracer shares nothing with the package: it works with log probabilities and one equation for
each sum, for many games at once. Its steps are at most 0.1, and at most half of the smallest
singular value of the derivatives over the tangent, which is about how far another curve can be.
It accepts a step if the determinant of these keeps its sign and the tangent turns by little.
"""

import itertools
import string
from fractions import Fraction

import numpy as np
import pytest

from negotiation.normal_form import NormalForm, is_equilibrium
from negotiation.normal_form.index import equilibrium_index
from negotiation.normal_form.quantal_response import quantal_response

LEVEL = 20
"""Precision times the largest range of payoffs at which the two are compared."""
LONGEST = 0.1


class Tracer:
    """Curves of logit equilibria of many games of one shape, in small steps."""

    def __init__(self, payoffs):
        """Take payoffs as an array (games, players, ...)."""
        self.payoffs = payoffs
        self.shape = payoffs.shape[2:]
        ends = list(itertools.accumulate(self.shape))
        self.parts = [slice(e - m, e) for e, m in zip(ends, self.shape, strict=True)]

    def expected(self, games, x, p, held=()):
        """Average player p's payoffs over all players but p and those held."""
        letters = string.ascii_lowercase[: len(self.shape)]
        others = [q for q in range(len(self.shape)) if q != p and q not in held]
        left = "".join(letters[q] for q in (p, *held))
        parts = ["z" + letters, *("z" + letters[q] for q in others)]
        return np.einsum(
            ",".join(parts) + "->z" + left, self.payoffs[games, p], *(x[q] for q in others)
        )

    def system(self, games, u):
        """Return the equations and their derivatives."""
        x = [np.exp(u[:, part]) for part in self.parts]
        size = u.shape[1] - 1
        values, slopes = np.zeros((len(u), size)), np.zeros((len(u), size, size + 1))
        for p, part in enumerate(self.parts):
            first = part.start
            values[:, first] = x[p].sum(axis=1) - 1
            slopes[:, first, part] = x[p]
            earned = self.expected(games, x, p)
            for s in range(1, self.shape[p]):
                row = first + s
                gain = earned[:, s] - earned[:, 0]
                values[:, row] = u[:, row] - u[:, first] - u[:, -1] * gain
                slopes[:, row, row] += 1
                slopes[:, row, first] -= 1
                slopes[:, row, -1] = -gain
            for q, its in enumerate(self.parts):
                if q != p:
                    both = self.expected(games, x, p, (q,))
                    change = (both[:, 1:] - both[:, :1]) * x[q][:, None, :]
                    slopes[:, first + 1 : part.stop, its] -= u[:, -1, None, None] * change
        return values, slopes

    def over(self, slopes, tangent):
        return np.concatenate([slopes, tangent[:, None]], axis=1)

    def direction(self, matrix):
        right = np.zeros((len(matrix), matrix.shape[1], 1))
        right[:, -1] = 1
        t = np.linalg.solve(matrix, right)[..., 0]
        return t / np.linalg.norm(t, axis=1, keepdims=True)

    def run(self, level):
        """Return per game the log probabilities where the branch first reaches a level."""
        count = len(self.payoffs)
        start = np.concatenate([np.full(m, -np.log(m)) for m in self.shape])
        u = np.tile(np.append(start, 0.0), (count, 1))
        every = np.arange(count)
        t = np.zeros_like(u)
        t[:, -1] = 1
        _, slopes = self.system(every, u)
        t = self.direction(self.over(slopes, t))
        sign = np.sign(np.linalg.det(self.over(slopes, t)))
        step = np.full(count, 0.01)
        going = every
        for _ in range(20_000):
            going = going[u[going, -1] < level]
            if not len(going):
                return u
            base, along = u[going], t[going]
            v = base + step[going, None] * along
            moved = np.zeros(len(going))
            for _ in range(4):
                values, slopes = self.system(going, v)
                shift = np.linalg.solve(
                    self.over(slopes, along), np.append(-values, 0 * values[:, :1], 1)[..., None]
                )[..., 0]
                v += shift
                length = np.linalg.norm(shift, axis=1)
                moved = np.maximum(moved, length)
            _, slopes = self.system(going, v)
            ahead = self.direction(self.over(slopes, along))
            good = (
                (length < 1e-9 * (1 + np.linalg.norm(v, axis=1)))
                & (moved < 0.05 * step[going])
                & ((ahead * along).sum(axis=1) > 0.99)
                & (np.sign(np.linalg.det(self.over(slopes, ahead))) == sign[going])
            )
            low = base[:, -1] < level
            past = good & low & (v[:, -1] > level)
            u[going[good]], t[going[good]] = v[good], ahead[good]
            reach = np.linalg.svd(self.over(slopes, ahead), compute_uv=False)[:, -1]
            step[going] = np.where(good, np.minimum(1.5 * step[going], LONGEST), step[going] / 2)
            step[going] = np.minimum(step[going], 0.5 * reach)
            # the precision itself: on the line between the last two points, then Newton
            for k in np.flatnonzero(past):
                game = going[k : k + 1]
                w = base[k] + (level - base[k, -1]) / (v[k, -1] - base[k, -1]) * (v[k] - base[k])
                w = w[None]
                for _ in range(6):
                    values, slopes = self.system(game, w)
                    w[:, :-1] -= np.linalg.solve(slopes[..., :-1], values[..., None])[..., 0]
                w[:, -1] = level
                u[game] = w
        raise AssertionError("not reached")

    def mixed(self, u):
        return [np.exp(u[part]) for part in self.parts]


def nearly(rng, base, size):
    """Disturb a game by at most `size`, in whole thousandths of it."""
    noise = rng.integers(-1000, 1001, base.shape)
    return base + noise * (Fraction(size) / 1000)


def drawn(rng, shape, count):
    """Draw games of a shape, a third of them random and the others nearly symmetric."""
    players, sizes = len(shape), ["0.01", "0.001", "0.00001"]
    found = []
    for k in range(count):
        if k % 3 == 0:
            base = rng.integers(0, 10**6, (players, *shape)).astype(object)
        elif k % 3 == 1 and players == 2 and shape[0] == 2:  # chicken
            low, fair, gain = sorted(int(v) for v in rng.choice(np.arange(1, 10), 3, replace=False))
            own = np.array([[fair, low], [gain, 0]], dtype=object)
            base = np.array([own, own.T], dtype=object)
        else:  # meeting
            base = np.zeros((players, *shape), dtype=object)
            for s in range(min(shape)):
                base[(slice(None), *[s] * players)] = 1 + (s > 0) * (k % 2)
        small = sizes[k // 3 % 3]
        found.append(nearly(rng, base, small) if k % 3 else base)
    return found


CASES = {(2, 2): 16, (3, 3): 8, (2, 2, 2): 8, (3, 2): 4}


@pytest.mark.parametrize("shape", CASES)
@pytest.mark.parametrize("factor", [1, pytest.param(9, marks=pytest.mark.heavy)])
def test_the_branch_is_that_of_small_steps(shape, factor):
    rng = np.random.default_rng(100 * len(shape) + shape[0] + shape[1] + factor)
    arrays = drawn(rng, shape, CASES[shape] * factor)
    games = [NormalForm.from_arrays(*array) for array in arrays]
    spans = [max(a.max() - a.min() for a in game.payoffs) for game in games]
    tracer = Tracer(
        np.array([(a / span).astype(float) for a, span in zip(arrays, spans, strict=True)])
    )
    ends = tracer.run(LEVEL)
    for game, span, end in zip(games, spans, ends, strict=True):
        found = quantal_response(game, LEVEL / Fraction(span))
        assert not found.knife_edge
        for own, other in zip(found.selected, tracer.mixed(end), strict=True):
            assert np.array(own, dtype=float) == pytest.approx(other, abs=1e-8)
        limit = quantal_response(game)
        assert limit.limit
        assert not limit.knife_edge
        assert limit.index == 1
        if limit.error == 0:
            assert is_equilibrium(game, limit.selected)
            assert equilibrium_index(game, limit.selected) == 1
