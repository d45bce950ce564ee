"""How does TikTok write a post's page? As yt-dlp 2026.10's extractor reads it."""

import base64
import hashlib
import json
from typing import Any

from tests.standin.behaviours import Behaviour

#: The web page's own media host; under tiktok.com, so that the page's cookies reach it.
CDN = "https://v16-webapp-prime.tiktok.com"
DESCRIPTION = "Wet floor 😅 #fyp #Comedy #fyp say hi"

_STATUS_CODES = {
    Behaviour.PRIVATE: 10216,
    Behaviour.PRIVATE_ACCOUNT: 10222,
    Behaviour.GONE: 10204,
    Behaviour.UNDER_REVIEW: 10217,
    Behaviour.REGION_LOCKED: 10231,
    Behaviour.UNKNOWN_CODE: 100004,
}
_SLIDESHOWS = (Behaviour.SLIDESHOW, Behaviour.SLIDESHOW_SILENT)


def post_page(post: str, behaviour: Behaviour | None, media_size: int) -> str:
    """The page of a post, with its data or with the number that says why there is none."""
    status = _STATUS_CODES.get(behaviour, 0 if behaviour else 10204) if behaviour else 10204
    detail: dict[str, Any] = {"statusCode": status}
    if status == 0 and behaviour:
        detail["itemInfo"] = {"itemStruct": _item(post, behaviour, media_size)}
    return _html({"__DEFAULT_SCOPE__": {"webapp.video-detail": detail}})


def challenge_page() -> str:
    """The page of the firewall: find the number whose digest after a given start is the given one."""
    start, number = b"stand-in", b"4711"
    digest = hashlib.sha256(start + number).digest()
    data = {"v": {"a": base64.b64encode(start).decode(), "c": base64.b64encode(digest).decode()}}
    packed = base64.b64encode(json.dumps(data).encode()).decode().rstrip("=")
    return (
        "<html><body>Please wait..."
        f'<p id="cs" class="{packed}"></p><p id="wci" class="_wafchallengeid"></p></body></html>'
    )


def captcha_page() -> str:
    """A page without data."""
    return "<html><body><div id='captcha'>Verify to continue</div></body></html>"


def _html(data: dict[str, Any]) -> str:
    packed = json.dumps(data).replace("<", "\\u003c")
    return (
        "<!DOCTYPE html><html><head><title>TikTok</title></head><body>"
        f'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{packed}</script></body></html>'
    )


def _item(post: str, behaviour: Behaviour, media_size: int) -> dict[str, Any]:
    if behaviour is Behaviour.MINIMAL:
        return {"id": post, "video": {"playAddr": _media(post, "play")}}
    item: dict[str, Any] = {
        "id": post,
        "desc": DESCRIPTION,
        "createTime": str(int(post) >> 32),
        "author": {
            "id": "6812345678901234567",
            "uniqueId": "tester",
            "nickname": "Tess Ter",
            "secUid": "MS4wLjABAAAAtest",
        },
        "music": {"title": "original sound", "authorName": "Tess Ter", "album": "", "duration": 12},
        "stats": {"playCount": 1200, "diggCount": 34, "shareCount": 5, "commentCount": 6, "collectCount": 7},
        "isContentClassified": behaviour is Behaviour.SENSITIVE,
    }
    if behaviour is Behaviour.SENSITIVE:
        return item
    if behaviour in _SLIDESHOWS:
        item["imagePost"] = {"images": [{"imageURL": {"urlList": [f"{CDN}/photo/{post}.jpeg"]}}]}
        item["video"] = {"id": post, "duration": 0}
        if behaviour is Behaviour.SLIDESHOW:
            item["music"]["playUrl"] = f"{CDN}/music/{post}.mp3?mime_type=audio_mpeg"
        return item
    item["video"] = _video(post, behaviour, media_size)
    return item


def _video(post: str, behaviour: Behaviour, media_size: int) -> dict[str, Any]:
    hevc = _bitrate(post, "bytevc1", "720p", 900_000, media_size)
    h264 = _bitrate(post, "h264", "540p", 700_000, media_size)
    only_hevc = behaviour is Behaviour.HEVC_ONLY
    video: dict[str, Any] = {
        "id": post,
        "width": 576,
        "height": 1024,
        "duration": 7200 if behaviour is Behaviour.LONG else 2,
        "cover": f"{CDN}/cover/{post}.jpeg",
        "bitrateInfo": [hevc] if only_hevc else [hevc, h264],
        "subtitleInfos": [],
    }
    if not only_hevc:
        video["downloadAddr"] = _media(post, "watermarked")
    return video


def _bitrate(post: str, codec: str, size: str, bits: int, media_size: int) -> dict[str, Any]:
    return {
        "Bitrate": bits,
        "PlayAddr": {
            "UrlKey": f"v12044gd_{codec}_{size}_{bits}",
            "UrlList": [_media(post, f"{codec}_{size}")],
            "DataSize": str(media_size),
        },
    }


def _media(post: str, kind: str) -> str:
    return f"{CDN}/video/{post}/{kind}/?a=1988&signature=secret-signature"
