"""What is the text of a video about: subjects, keywords, sentiment, hashtags, readability, language?

Reads what is said, written on the picture (watermarks and what merely repeats the speech apart) and written beside the
video. Methods: subjects by word lists (`subjects.py`), keywords by YAKE (`keywords.py`), sentiment by VADER or lexicons
(`text_sentiment.py`), ease by Flesch's formula of the language (`readability.py`), language by the transcript or
py3langid (`text_language.py`); Chinese is cut into words by jieba. Limits: subjects and sentiment in the nine languages
that have a lexicon (subjects by English hashtags in all); subjects are coarse, and irony is taken at its word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Skipped
from analyzers.meaning.folding import folded
from analyzers.meaning.hashtags import hashtags
from analyzers.meaning.keywords import Keyword, keywords
from analyzers.meaning.lexicon import Lexicon, lexicon
from analyzers.meaning.readability import Readability, readability
from analyzers.meaning.subjects import Topic, topics
from analyzers.meaning.text_language import Language, language_of
from analyzers.meaning.text_sentiment import Sentiment, sentiment
from analyzers.meaning.text_words import clauses, sentences, without_asides, words
from analyzers.meaning.texts import Text, missing_texts, texts_of
from analyzers.picture.text_overlay import TextOverlay
from analyzers.sound.speech_transcription import SpeechTranscription
from analyzers.sound.voice_activity import VoiceActivity

#: Words of the longest keyword where it isn't three: Korean endings belong to their words, and so part them. Without
#: a list of stop words it is one.
_LONGEST = {"zh": 2, "ja": 2, "ko": 1}


@dataclass(frozen=True, slots=True)
class TranscriptTopicsResult(Result):
    """What the text is about."""

    #: Strongest first; empty when none stands out.
    topics: tuple[Topic, ...]
    #: Weightiest first; empty when nothing is said but stop words.
    keywords: tuple[Keyword, ...]
    #: Polarity of the text; None when it says too little, or in a language without a lexicon.
    sentiment: Sentiment | None
    #: Without their sign, in lower case, in order; empty without any.
    hashtags: tuple[str, ...]
    #: None for too little text and for languages without a formula.
    readability: Readability | None
    #: Of most of the text; None when that can't be told.
    language: Language | None
    #: Words in all (hashtags, mentions and addresses apart).
    word_count: int
    #: Where the text is from: "speech", "overlay", "caption".
    sources: tuple[str, ...]
    #: What text is missing, and why; empty when none is.
    limits: str

    def headline(self) -> str:
        about = ", ".join(topic.name for topic in self.topics) or "no clear subject"
        words = f": {', '.join(keyword.text for keyword in self.keywords[:3])}" if self.keywords else ""
        mood = f"; {self.sentiment.label}" if self.sentiment is not None else ""
        return f"{about}{words}{mood}"

    def timeline(self) -> Sequence[Segment]:
        return ()

    def degraded_because(self) -> str:
        return self.limits


class TranscriptTopics(Analyzer[TranscriptTopicsResult]):
    """Says what the text of a video is about."""

    name: ClassVar[str] = "transcript_topics"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = (
        "What the text is about: subjects, keywords, sentiment, hashtags, readability and language."
    )
    kind: ClassVar[str] = "meaning"
    needs: ClassVar[Needs] = Needs(may_read=(SpeechTranscription, TextOverlay, VoiceActivity))

    def analyze(self, inputs: Inputs) -> TranscriptTopicsResult:
        texts = _not_repeated(texts_of(inputs))
        missing = missing_texts(inputs)
        if not texts:
            raise Skipped("; ".join(["no text or caption", *missing]) if missing else "no speech, text or caption")
        body = [text for each in texts for text in sentences(without_asides(each.text))]
        tags = hashtags(each.text for each in texts if each.source != "speech")
        language = _language(texts, body)
        known = lexicon(language.code) if language is not None else None
        code = known.language if known is not None else language.code if language is not None else None
        cut = [words(sentence, code) for sentence in body]
        return TranscriptTopicsResult(
            topics=topics("\n".join(body), [word for each in cut for word in each], tags, known, _lexicons(known)),
            keywords=_keywords(body, code, known),
            sentiment=sentiment(body, cut, code, known),
            hashtags=tags,
            readability=_readability(texts, code),
            language=language,
            word_count=sum(map(len, cut)),
            sources=tuple(dict.fromkeys(each.source for each in texts)),
            limits="; ".join(missing),
        )


def _keywords(body: Sequence[str], code: str | None, known: Lexicon | None) -> tuple[Keyword, ...]:
    parts = [words(clause, code) for sentence in body for clause in clauses(sentence)]
    longest = 1 if known is None else _LONGEST.get(known.language, 3)
    return keywords(parts, _stop_words(known), longest=longest, spaced=code not in ("zh", "ja"))


def _not_repeated(texts: Sequence[Text]) -> tuple[Text, ...]:
    """`texts` without overlays that show what is said, or what another one already showed."""
    seen = [_letters(text.text) for text in texts if text.source == "speech"]
    kept = []
    for text in texts:
        letters = _letters(text.text)
        if text.source == "overlay":
            if any(letters in other for other in seen):
                continue
            seen.append(letters)
        kept.append(text)
    return tuple(kept)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, folded(text)))


def _language(texts: Sequence[Text], body: Sequence[str]) -> Language | None:
    """That of the transcript where it is most of the text; else as the writing tells it."""
    spoken = next((text for text in texts if text.source == "speech"), None)
    if spoken is not None and spoken.language is not None and 2 * len(spoken.text) >= sum(map(len, body)):
        return Language(spoken.language, 1.0)
    told = language_of("\n".join(body))
    if told is None and spoken is not None and spoken.language is not None:
        return Language(spoken.language, 1.0)
    return told


def _lexicons(known: Lexicon | None) -> list[Lexicon]:
    """That of the language, and English, in which hashtags are often written."""
    english = lexicon("en")
    return list({each.language: each for each in (known, english) if each is not None}.values())


def _stop_words(known: Lexicon | None) -> frozenset[str]:
    return frozenset().union(*(each.stop_words for each in _lexicons(known)))


def _readability(texts: Sequence[Text], code: str | None) -> Readability | None:
    """Of what is said, or else of what is written beside the video: writing on the picture is no running text."""
    for source in ("speech", "caption"):
        body = [text for each in texts if each.source == source for text in sentences(without_asides(each.text))]
        told = readability([words(sentence, code) for sentence in body], code)
        if told is not None:
            return told
    return None
