"""Can what Whisper wrote be believed?

The thresholds its publisher gives (Radford et al. 2022, section 4.5, and the released code): a text that compresses too
well repeats itself, one of unlikely tokens is a guess, and a guess where nobody seems to speak is silence.
"""

import zlib

#: Tried one after the other while a text is doubtful.
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
#: Bytes per compressed byte; mean logarithm of a token's probability; probability that nobody speaks.
_REPEATS, _GUESS, _NOBODY = 2.4, -1.0, 0.6


def is_doubtful(text: str, mean_logarithm: float, no_speech: float) -> bool:
    """Whether `text` should be written again at a higher temperature."""
    if _is_silence(mean_logarithm, no_speech):
        return False
    return mean_logarithm < _GUESS or _repeats(text)


def why_dropped(text: str, mean_logarithm: float, no_speech: float) -> str:
    """Why `text` is no transcript, as the last one that was written; empty when it is one."""
    if _is_silence(mean_logarithm, no_speech):
        return "nobody seems to speak"
    if _repeats(text):
        return "its text repeats itself"
    return ""


def _is_silence(mean_logarithm: float, no_speech: float) -> bool:
    return no_speech > _NOBODY and mean_logarithm < _GUESS


def _repeats(text: str) -> bool:
    written = text.strip().encode()
    return len(written) / len(zlib.compress(written)) > _REPEATS
