"""How is what was said in a video downloaded as subtitles?"""

from flask import Blueprint, Response

from dashboard.known import known_video
from mass_processing.transcripts import SubtitleForm, cues_of, file_name, subtitles, why_none
from mass_processing.web import Problem

blueprint = Blueprint("transcripts", __name__)


@blueprint.get("/videos/<video_id>/transcript.<any(srt, vtt):ending>")
def transcript(video_id: str, ending: str) -> Response:
    """The captions as SubRip or WebVTT, as a download. Raises: Problem (404) when nothing was transcribed."""
    video = known_video(video_id)
    form = SubtitleForm(ending)
    cues = cues_of(video)
    if not cues:
        raise Problem(404, "no_transcript", why_none(video), "The page shows what became of speech_transcription")
    disposition = {"Content-Disposition": f'attachment; filename="{file_name(video["video_id"], form)}"'}
    return Response(subtitles(cues, form), content_type=f"{form.media_type}; charset=utf-8", headers=disposition)
