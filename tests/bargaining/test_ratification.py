"""Win-sets against their definition."""

from fractions import Fraction

import pytest
from agreement_strategies import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining import AgreementSpace, Ratifier, ratification, win_set
from negotiation.errors import GameError, UnknownNameError


@st.composite
def cases(draw):
    space = draw(spaces())
    council = AgreementSpace.additive(
        dict(space.issues),
        {
            name: {
                issue: [draw(st.integers(0, 3)) for _ in options]
                for issue, options in space.issues.items()
            }
            for name in ("assembly", "senate")
        },
        red_lines={"senate": {"zone": space.issues["zone"][:1]}},
    )
    ratifiers, voices = [], {}
    for name in draw(
        st.lists(st.sampled_from(["assembly", "senate", "court"]), min_size=1, unique=True)
    ):
        of = draw(st.sampled_from(space.parties))
        own = name != "court" and draw(st.booleans())
        voices[name] = (council, name) if own else (space, of)
        reference = draw(st.integers(0, space.size - 1))
        voice, judge = voices[name]
        level = voice.utility(judge, voice.agreement(reference)) + draw(
            st.sampled_from([0, Fraction(1, 7), Fraction(-1, 7), 2])
        )
        ratifiers.append(Ratifier(name, of, level))
    return space, ratifiers, voices


@settings(max_examples=100)
@given(cases())
def test_win_sets_and_verdicts(case):
    space, ratifiers, voices = case
    result = ratification(space, ratifiers, voices)
    data = result.data()
    passes = {ratifier.name: [] for ratifier in ratifiers}
    for k in range(space.size):
        agreement = space.agreement(k)
        margins = {}
        for ratifier in ratifiers:
            voice, party = voices[ratifier.name]
            inside = not voice.crossed(party, agreement)
            margins[ratifier.name] = (
                voice.utility(party, agreement) - ratifier.at_least if inside else None
            )
            passes[ratifier.name].append(inside and margins[ratifier.name] >= 0)
        verdict = result.verdict(agreement)
        blocking = [name for name in passes if not passes[name][k]]
        assert verdict.holds == (not blocking)
        if blocking:
            assert verdict.witness.kind == "ratifier"
            assert set(verdict.witness.who) == set(blocking)
            assert verdict.margin == margins[verdict.witness.who[0]]
            crossing = [name for name in blocking if margins[name] is None]
            assert (verdict.margin is None) == bool(crossing)
            if not crossing:
                assert verdict.margin == min(margins.values())
        else:
            assert verdict.margin == min(margins.values())
    for name, own in passes.items():
        assert result.masks[name].tolist() == own
        assert data["win_set"][name] == sum(own)
        assert data["share"][name] == Fraction(sum(own), space.size)
    every = [all(flags) for flags in zip(*passes.values(), strict=True)]
    assert result.mask.tolist() == every
    assert data["all"] == sum(every)
    accepted = space.acceptable().tolist()
    assert data["acceptable"] == sum(a and b for a, b in zip(every, accepted, strict=True))
    for party in result.parties:
        own = [passes[r.name] for r in ratifiers if r.of == party]
        literal = [all(flags) for flags in zip(*own, strict=True)]
        assert result.win_set(party).tolist() == literal
        assert data["parties"][party] == sum(literal)
    assert str(result)


PIE = AgreementSpace.additive(
    {"share": tuple(str(x) for x in range(11))},
    {"us": {"share": range(11)}, "ru": {"share": range(10, -1, -1)}},
)


@pytest.mark.parametrize(("us", "ru", "count"), [(3, 4, 4), (5, 5, 1), (6, 5, 0), (0, 0, 11)])
def test_dividing_a_pie(us, ru, count):
    """Ratifiers who need shares w1 and w2 leave the zone [w1, 1 - w2], empty iff w1 + w2 > 1."""
    ratifiers = [Ratifier("senate", "us", us), Ratifier("duma", "ru", ru)]
    result = ratification(PIE, ratifiers, {"senate": (PIE, "us"), "duma": (PIE, "ru")})
    assert result.data()["all"] == count


def test_the_voice_is_the_ratifier_itself_or_its_party():
    voice = AgreementSpace.additive(dict(PIE.issues), {"senate": {"share": [1] * 5 + [0] * 6}})
    assert win_set(PIE, Ratifier("senate", "us", 1), voice).sum() == 5
    assert win_set(PIE, Ratifier("senate", "us", 1), PIE).sum() == 10
    assert win_set(PIE, Ratifier("senate", "us", 1), PIE, "ru").sum() == 10
    assert win_set(PIE, Ratifier("senate", "us", 10**30), PIE).sum() == 0


def test_the_witness_names_the_red_line():
    voice = AgreementSpace.additive(
        dict(PIE.issues), {"senate": {}}, red_lines={"senate": {"share": ("9", "10")}}
    )
    ratifiers = [Ratifier("duma", "ru", 8), Ratifier("senate", "us", 0), Ratifier("rada", "ru", 7)]
    voices = {"senate": (voice, "senate"), "duma": (PIE, "ru"), "rada": (PIE, "ru")}
    result = ratification(PIE, ratifiers, voices)
    assert result.verdict({"share": "4"}).witness.text == (
        "senate (for us) blocks it: share: 4 crosses its red line (9 or 10); "
        "also blocked by duma, rada"
    )
    assert str(result.verdict({"share": "9"})) == (
        "no (margin -7): duma (for ru) blocks it: it gets 1 and insists on 8 (7 short); "
        "also blocked by rada"
    )


SENATE = Ratifier("senate", "us", 1)
OTHER = AgreementSpace.from_utilities({"a": {"us": 1}})


@pytest.mark.parametrize(
    ("ratifiers", "voices", "error", "message"),
    [
        ([], {}, GameError, "no ratifiers"),
        ([SENATE, SENATE], {"senate": (PIE, "us")}, GameError, "two ratifiers called 'senate'"),
        ([SENATE], {}, UnknownNameError, "voices: unknown ratifier 'senate'"),
        ([SENATE], {"senate": (OTHER, "us")}, GameError, "other issues or options"),
        ([SENATE], {"senate": (PIE, "uk")}, UnknownNameError, "voice of senate: unknown party"),
        ([Ratifier("x", "uk", 0)], {"x": (PIE, "us")}, UnknownNameError, "unknown party 'uk'"),
    ],
)
def test_errors(ratifiers, voices, error, message):
    with pytest.raises(error, match=message):
        ratification(PIE, ratifiers, voices)


def test_a_threshold_that_is_no_number():
    with pytest.raises(GameError, match="threshold of senate: 'much' is no number"):
        Ratifier("senate", "us", "much")
