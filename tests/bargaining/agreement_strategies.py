"""Random agreement spaces: small, tied, with terms and red lines, with huge numbers."""

from fractions import Fraction

from hypothesis import strategies as st

from negotiation.bargaining import AgreementSpace, Term

PARTIES = ("us", "ru", "ua", "eu")
ISSUES = ("zone", "quota", "fees")


@st.composite
def spaces(draw, parties=None, red_lines=True, huge=True, scale=None):
    """Draw a space of up to 4 parties and 3 issues, with few distinct numbers and many ties."""
    names = PARTIES[: parties or draw(st.integers(1, 4))]
    issues = {
        issue: tuple(f"{issue[0]}{k}" for k in range(draw(st.integers(1, 4))))
        for issue in ISSUES[: draw(st.integers(1, 3))]
    }
    scales = [Fraction(1), Fraction(1, 3)] + ([Fraction(10**25), Fraction(1, 10**25)] * huge)
    units = {name: scale or draw(st.sampled_from(scales)) for name in names}

    def number(party, low=0, high=3):
        return draw(st.integers(low, high)) * units[party]

    scores = {
        party: {
            issue: [number(party) for _ in options]
            for issue, options in issues.items()
            if draw(st.integers(0, 4))
        }
        for party in names
    }
    terms = []
    for _ in range(draw(st.integers(0, 2))):
        party = draw(st.sampled_from(names))
        when = {
            issue: tuple(draw(st.lists(st.sampled_from(options), min_size=1, unique=True)))
            for issue, options in issues.items()
            if draw(st.booleans())
        }
        terms.append(Term(party, when, number(party, -2, 2)))
    lines = {
        party: {
            issue: tuple(draw(st.lists(st.sampled_from(options), min_size=1, unique=True)))
            for issue, options in issues.items()
            if not draw(st.integers(0, 3))
        }
        for party in names
    }
    return AgreementSpace.additive(
        issues,
        scores,
        disagreement={party: number(party, -1, 4) for party in names},
        terms=terms,
        red_lines=lines if red_lines else None,
    )


@st.composite
def spaces_and_players(draw, **options):
    """Draw a space and some of its parties in any order."""
    space = draw(spaces(**options))
    players = draw(st.lists(st.sampled_from(space.parties), min_size=1, unique=True))
    return space, tuple(players)
