"""Sentences that other parts of the program tell, in the language of the windows.

Those parts speak English, also into the logs. Here their sentences are known again by what does not
change in them, and what does change is put into the translation.
"""

from __future__ import annotations

import functools
import gettext
import re
from typing import Final

from live_emotion.dashboard.language import spoken, tr_later, written
from live_emotion.dashboard.told_errors import ERRORS

_REMEMBERED: Final = 200
_DECIMAL: Final = re.compile(r"[-+]?\d+\.\d+")

# The more particular come first.
SENTENCES: Final = (
    # Devices.
    tr_later("{} has been away for {} s ({}); it is taken again as soon as it is back"),
    tr_later("{} has been away for {} s; it is taken again as soon as it is back"),
    tr_later("{} has sent nothing for {} s"),
    tr_later("{} moved from “{}” to “{}”"),
    tr_later("{} is back after {} s: {}"),
    tr_later("{} is back after {} s"),
    tr_later("{} is muted in the system's sound settings"),
    tr_later("{} gives nothing but exact zeros: it may be muted"),
    tr_later("{} gives nothing but black: it may be covered or turned off"),
    tr_later("{} gives the same picture again and again: it may hang"),
    tr_later("{}; it is tried again"),
    tr_later("{} cannot be opened: another program may be using it"),
    tr_later("{} cannot be reached: the sound server hangs"),
    tr_later("{} does not answer"),
    tr_later("{} cannot be opened"),
    tr_later("{} stopped sending"),
    tr_later("{} sends nothing"),
    tr_later("{} is turned off"),
    tr_later("{} went away (the system put “{}” in its place)"),
    tr_later("{} is not there"),
    tr_later("{} is live again"),
    tr_later("{} is live: {}"),
    tr_later("{} is live"),
    tr_later("{} is “{}” ({})"),
    tr_later("default microphone"),
    tr_later("microphone “{}”"),
    tr_later("camera “{}”"),
    tr_later("camera {}"),
    # People and baselines.
    tr_later("the main face is followed"),
    tr_later("person {} is followed"),
    tr_later("person {} has been out of sight for {} s: the main face is followed again"),
    tr_later("no face is seen: there is no baseline to take"),
    tr_later("person {}: hold a neutral face for {} s"),
    tr_later("person {}: the baseline was broken off"),
    tr_later("person {}: scores are raw again"),
    tr_later("person {} left or is followed no more: no baseline was taken, start again"),
    tr_later("person {} has no neutral baseline: scores are raw"),
    tr_later(
        "person {}: the face was seen for {} s only, which is too little for a baseline: try again"
    ),
    tr_later("person {}: the face was not held neutral ({}): take it again, or clear it"),
    tr_later("it looked {}"),
    tr_later("{} went up and down"),
    tr_later("person {}: the neutral baseline is taken"),
    # Replays and recorded sessions.
    tr_later("jumped from {} s to {} s; the windows begin anew"),
    tr_later("No video was stored with this recording."),
    tr_later(
        "No video was stored with this recording: of a live session only scores, words and markers "
        "are kept, unless you turn storing on in the settings, under Storage, before you record."
    ),
    tr_later(
        "Sound was stored with this recording, but no video: turn that on in the settings, under "
        "Storage, before you record."
    ),
    tr_later("Video was to be stored with this recording, but the camera gave no picture."),
    tr_later(
        "The video that was stored with this recording is not in its folder any more: put {} back "
        "and open the recording again."
    ),
    tr_later(
        "The video that was stored with this recording cannot be played any more: restore {} and "
        "open the recording again."
    ),
    tr_later(
        "No video was stored with this recording, and {} is not there any more: put it back, or "
        "beside the recording's folder, and open the recording again."
    ),
    tr_later(
        "No video was stored with this recording, and {} cannot be played any more: restore it "
        "and open the recording again."
    ),
    tr_later("{} is not there any more: curves only"),
    tr_later("{} cannot be played any more: curves only"),
    tr_later("This recording was made of sound alone: there was no video."),
    tr_later("The session was cut off: its log has no end line."),
    tr_later("Line {} is broken and was left out."),
    tr_later("The log has {} more problems."),
    tr_later("{} is missing or broken."),
    tr_later("{}: untrained weights"),
    # Recordings and settings.
    tr_later("The recording has ended: {}"),
    tr_later("Something went wrong: {}. Details are in the program's log."),
    tr_later("The settings cannot be read ({})."),
    tr_later("The settings could not be kept in {}: {}."),
    tr_later(
        "The settings were damaged: what could not be read is as on a first run. "
        "The old file is kept as {}."
    ),
    tr_later("The settings in {} are damaged: what could not be read is as on a first run."),
)


def retold(sentence: str) -> str:
    """Return a sentence in the language of the windows; one that is not known stays as it is."""
    return _retold(sentence, spoken())


@functools.lru_cache(_REMEMBERED)
def _retold(sentence: str, catalogue: gettext.NullTranslations) -> str:
    """Return a sentence by a catalogue; remembered, for windows ask thirty times a second."""
    for pattern, template in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            parts = (_retold(part, catalogue) for part in found.groups())
            return catalogue.gettext(template).format(*parts)
    if _DECIMAL.fullmatch(sentence):
        return written(sentence)
    # A single word may be one that the windows say, too.
    return catalogue.gettext(sentence)


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile("(.+)".join(map(re.escape, text.split("{}"))), re.DOTALL), text)
        for text in (*ERRORS, *SENTENCES)
    )
