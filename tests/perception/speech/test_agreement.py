from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from live_emotion.core.percepts import Word
from live_emotion.perception.speech.agreement import Agreement, continuation


def said(text: str, t: float = 0.0, step: float = 0.3) -> list[Word]:
    return [Word(t + i * step, t + (i + 1) * step, w, 0.9) for i, w in enumerate(text.split())]


def read(words: list[Word]) -> str:
    return " ".join(w.word for w in words)


def test_words_are_final_when_two_passes_agree() -> None:
    agreement = Agreement(0.0)
    assert agreement.update(said("kids are walking")) == []
    assert read(agreement.tentative) == "kids are walking"
    assert read(agreement.update(said("Kids are talking by"))) == "Kids are"
    assert read(agreement.tentative) == "talking by"
    assert read(agreement.update(said("kids are talking by the door"))) == "talking by"
    assert read(agreement.finish(said("kids are talking by the door."))) == "the door."
    assert agreement.tentative == []
    assert read(agreement.committed) == "Kids are talking by the door."


def test_without_another_pass_the_tentative_words_become_final() -> None:
    agreement = Agreement(0.0)
    agreement.update(said("by the door"))
    assert read(agreement.finish()) == "by the door"


def test_times_that_wander_do_not_double_or_drop_a_word() -> None:
    committed = said("kids are talking by")
    for shift in (-0.4, -0.15, 0.15, 0.4):
        again = said("kids are talking by the door", t=shift)
        assert continuation(committed, again) == 4


def test_trimmed_sound_reads_on_from_its_middle() -> None:
    committed = said("kids are talking by")
    assert continuation(committed, said("talking by the door", t=0.6)) == 2
    assert continuation(committed, said("the door", t=1.2)) == 0


words = st.lists(
    st.builds(
        lambda t, d, w: Word(t, t + d, w, 0.5),
        st.floats(0, 10),
        st.floats(0, 1),
        st.sampled_from(["a", "b", "A.", "c"]),
    ),
    max_size=8,
)


@given(st.lists(words, max_size=12), words, st.floats(0, 5))
def test_final_words_never_change_and_their_times_never_go_back(
    passes: list[list[Word]], last: list[Word], earliest: float
) -> None:
    agreement, final = Agreement(earliest), []
    for one in passes:
        final += agreement.update(one)
        assert agreement.committed == final
    final += agreement.finish(last)
    assert agreement.committed == final
    times = [earliest] + [t for w in final for t in (w.t0, w.t1)]
    assert times == sorted(times)
