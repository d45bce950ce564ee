"""Which lines name a video, and under which id?"""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mass_processing.errors import Refused
from mass_processing.records import Link, Source
from mass_processing.settings import Settings
from mass_processing.urls import canonical_link, file_link, is_media_host, tiktok_id_of

#: The id of a post of 10 November 2022 in yt-dlp's own test cases.
ID = "7170520270497680683"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"picture")
    return folder


@pytest.fixture
def settings(root: Path) -> Settings:
    return Settings.read({"MEDIA_ROOTS": str(root), "MEDIA_HOSTS": "cdn.example.com,127.0.0.1:9000,[::1]:9001"})


FORMS = [
    ID,
    f"  {ID}\n",
    f"https://www.tiktok.com/@some.user/video/{ID}",
    f"http://www.tiktok.com/@some.user/video/{ID}/",
    f"https://www.tiktok.com/@some.user/video/{ID}?is_from_webapp=1&lang=de#top",
    f"https://www.tiktok.com/@other/video/{ID}",
    f"https://www.tiktok.com/@/video/{ID}",
    f"https://www.tiktok.com/@MS4wLjABAAAA_x-1/video/{ID}",
    f"https://www.tiktok.com/%40some.user/video/{ID}",
    f"https://www.tiktok.com/@some.user/photo/{ID}",
    f"https://www.tiktok.com/en/@some.user/video/{ID}",
    f"https://www.tiktok.com/pt-BR/@some.user/video/{ID}",
    f"https://www.tiktok.com/share/video/{ID}",
    f"https://www.tiktokv.com/share/video/{ID}/",
    f"https://www.tiktok.com/embed/{ID}",
    f"https://www.tiktok.com/embed/v2/{ID}",
    f"https://www.tiktok.com/player/v1/{ID}",
    f"https://www.tiktok.com/video/{ID}",
    f"https://m.tiktok.com/v/{ID}.html",
    f"https://us.tiktok.com/@u/video/{ID}",
    f"https://lite.tiktok.com/@u/video/{ID}",
    f"https://tiktok.com/@u/video/{ID}",
    f"tiktok.com/@u/video/{ID}",
    f"www.tiktok.com/@u/video/{ID}",
    f"HTTPS://WWW.TIKTOK.COM/@u/VIDEO/{ID}",
    f"https://www.tiktok.com:443/@u/video/{ID}",
]


@pytest.mark.parametrize("text", FORMS)
def test_every_form_of_a_post_is_one_video(text: str, settings: Settings) -> None:
    link = canonical_link(text, settings)
    assert (link.video_id, link.source) == (f"tiktok:{ID}", Source.TIKTOK)


@pytest.mark.parametrize("text", FORMS)
def test_every_form_is_fetched_from_an_address_that_the_extractor_takes(text: str, settings: Settings) -> None:
    from yt_dlp.extractor.tiktok import TikTokIE

    assert TikTokIE.suitable(canonical_link(text, settings).url)


@pytest.mark.parametrize("text", FORMS)
def test_the_id_is_found_in_every_form(text: str) -> None:
    assert tiktok_id_of(text) == ID


@pytest.mark.parametrize(
    "text", ["", "hello", "https://vm.tiktok.com/ZMabc", f"https://example.com/@u/video/{ID}", "123"]
)
def test_other_texts_hold_no_id(text: str) -> None:
    assert tiktok_id_of(text) is None


def test_a_user_name_is_kept_in_the_address(settings: Settings) -> None:
    link = canonical_link(f"https://m.tiktok.com/@some.user/photo/{ID}?x=1", settings)
    assert link.url == f"https://www.tiktok.com/@some.user/video/{ID}"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://vm.tiktok.com/ZMabc1/", "https://vm.tiktok.com/ZMabc1"),
        ("vm.tiktok.com/ZMabc1?k=1", "https://vm.tiktok.com/ZMabc1"),
        ("https://vt.tiktok.com/ZSxyz", "https://vt.tiktok.com/ZSxyz"),
        ("https://www.tiktok.com/t/ZTabc/", "https://www.tiktok.com/t/ZTabc"),
        ("tiktok.com/t/ZTabc", "https://www.tiktok.com/t/ZTabc"),
        ("https://lite.tiktok.com/t/ZTabc", "https://www.tiktok.com/t/ZTabc"),
    ],
)
def test_a_short_link_is_named_by_its_address(text: str, url: str, settings: Settings) -> None:
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    assert canonical_link(text, settings) == Link(f"url:{digest}", url, Source.TIKTOK)


@pytest.mark.parametrize("url", ["https://vm.tiktok.com/ZMabc1", "https://www.tiktok.com/t/ZTabc"])
def test_a_short_link_suits_the_extractor(url: str, settings: Settings) -> None:
    from yt_dlp.extractor.tiktok import TikTokVMIE

    assert TikTokVMIE.suitable(canonical_link(url, settings).url)


def test_short_codes_differ_by_case(settings: Settings) -> None:
    one, other = (canonical_link(f"https://vm.tiktok.com/{code}", settings) for code in ("ZMabc", "ZMABC"))
    assert one.video_id != other.video_id


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://cdn.example.com/a/b.mp4?sig=1#t", "https://cdn.example.com/a/b.mp4?sig=1"),
        ("HTTPS://CDN.example.com:443/b.mp4", "https://cdn.example.com/b.mp4"),
        ("http://127.0.0.1:9000/a b.mp4", "http://127.0.0.1:9000/a%20b.mp4"),
        ("http://[::1]:9001/a.mp4", "http://[::1]:9001/a.mp4"),
    ],
)
def test_a_media_file_on_a_listed_host_is_taken(text: str, url: str, settings: Settings) -> None:
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    assert canonical_link(text, settings) == Link(f"url:{digest}", url, Source.MEDIA)


@pytest.mark.parametrize(
    ("url", "listed"),
    [
        ("http://cdn.example.com/a", True),
        ("http://cdn.example.com:8080/a", True),
        ("http://127.0.0.1:9000/a", True),
        ("http://127.0.0.1/a", False),
        ("http://evil.cdn.example.com/a", False),
    ],
)
def test_a_host_without_port_means_all_its_ports_and_one_with_a_port_that_one(
    url: str, listed: bool, settings: Settings
) -> None:
    assert is_media_host(urlsplit(url), settings) is listed


REFUSED = [
    ("", "empty"),
    ("https://example.com/a.mp4", "MEDIA_HOSTS"),
    (f"https://tiktok.com.evil.com/@u/video/{ID}", "unknown host tiktok.com.evil.com"),
    (f"https://eviltiktok.com/@u/video/{ID}", "unknown host"),
    (f"https://u:p@www.tiktok.com/@u/video/{ID}", "names a user"),
    (f"https://www.tiktok.com\\@evil.com/@u/video/{ID}", "names a user"),
    (f"https://www.tiktok.com:8443/@u/video/{ID}", "port 8443"),
    (f"ftp://www.tiktok.com/@u/video/{ID}", "scheme"),
    ("https://douyin.com/video/7170520270497680683", "Douyin"),
    ("https://www.douyin.com/video/7170520270497680683", "Douyin"),
    ("http://127.0.0.1/a.mp4", "private address"),
    ("http://127.0.0.1:9009/a.mp4", "private address"),
    ("http://10.0.0.8/a.mp4", "private address"),
    ("http://169.254.169.254/latest/meta-data", "private address"),
    ("http://[::ffff:127.0.0.1]/a.mp4", "private address"),
    ("http://[fd00::1]/a.mp4", "private address"),
    ("http://localhost:9000/a.mp4", "private address"),
    ("http://8.8.8.8/a.mp4", "MEDIA_HOSTS"),
    ("http://2130706433/a.mp4", "MEDIA_HOSTS"),
    ("https://www.tiktok.com/@some.user", "a profile page, not a video"),
    ("https://www.tiktok.com/@some.user?lang=en", "a profile page"),
    ("https://www.tiktok.com/@some.user/live", "a live broadcast"),
    ("https://m.tiktok.com/share/live/123", "a live broadcast"),
    ("https://www.tiktok.com/@some.user/collection/mine-71", "a collection"),
    ("https://www.tiktok.com/@some.user/playlist/mine-71", "a collection"),
    ("https://www.tiktok.com/tag/cats", "a hashtag page"),
    ("https://www.tiktok.com/music/song-6", "a sound page"),
    ("https://www.tiktok.com/", "the front page"),
    ("https://www.tiktok.com/about/us", "not a link to a TikTok video"),
    ("https://vm.tiktok.com/", "no short link code"),
    ("https://www.tiktok.com/@u/video/٧١٧٠٥٢٠٢٧٠٤٩٧٦٨٠٦٨٣", "digits other than 0-9"),
    ("７１７０５２０２７０４９７６８０６８３", "digits other than 0-9"),
    ("12345678901234", "14 digits"),
    ("123456789012345678901", "21 digits"),
    ("https://www.tiktok.com/@u/video/717052027049768", "before TikTok existed"),
    (str(1_388_534_399 << 32), "before TikTok existed"),
    (str(4_102_444_800 << 32), "from the future"),  # the year 2100
    (f"https://www.tiktok.com/@u/video/{ID}\x00", "control characters"),
    (f"https://www.tiktok.com/@u\n/video/{ID}", "control characters"),
    ("\x7fELF\x02\x01", "control characters"),
    (f"https://www.tiktok.com/@{'u' * 2048}/video/{ID}", "at most 2048"),
    ("http://[::1/a.mp4", "not a valid link"),
    ("https://cdn.example.com:99999/a.mp4", "not a valid link"),
    ("https://cdn.example.com/", "names no file"),
    ("https:///a.mp4", "names no host"),
    ("hello world", "neither a link"),
    ("missing.mp4", "neither a link"),
    ("/etc/passwd", "MEDIA_ROOTS"),
    ("file:///etc/passwd", "MEDIA_ROOTS"),
    ("file://server/share/a.mp4", "only this machine's files"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_no_video_is_refused_with_the_reason(text: str, words: str, settings: Settings) -> None:
    with pytest.raises(Refused, match=re.escape(words)):
        canonical_link(text, settings)


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_refusal_is_short_and_printable(text: str, words: str, settings: Settings) -> None:
    with pytest.raises(Refused) as refused:
        canonical_link(text, settings)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 320


def test_a_refused_link_does_not_show_its_password(settings: Settings) -> None:
    with pytest.raises(Refused) as refused:
        canonical_link(f"https://me:hunter2@www.tiktok.com/@u/video/{ID}", settings)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("form", ["{}", "file://{}", "file://localhost{}"])
def test_a_file_under_a_root_is_named_by_its_content(form: str, root: Path, settings: Settings) -> None:
    path = root / "a.mp4"
    digest = hashlib.sha256(b"picture").hexdigest()[:16]
    assert canonical_link(form.format(path), settings) == Link(f"file:{digest}", str(path.resolve()), Source.FILE)


def test_a_file_url_may_be_percent_encoded(root: Path, settings: Settings) -> None:
    (root / "a b.mp4").write_bytes(b"picture")
    assert canonical_link(f"file://{root}/a%20b.mp4", settings).url.endswith("/a b.mp4")


def test_a_symbolic_link_does_not_lead_out_of_a_root(root: Path, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "link.mp4").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused, match="outside"):
        canonical_link(str(root / "link.mp4"), settings)


def test_dots_do_not_lead_out_of_a_root(root: Path, settings: Settings) -> None:
    with pytest.raises(Refused, match="outside"):
        canonical_link(f"{root}/../../etc/passwd", settings)


def test_a_folder_with_the_root_s_name_as_its_beginning_is_outside(root: Path, settings: Settings) -> None:
    beside = root.with_name("clips-private")
    beside.mkdir()
    (beside / "a.mp4").write_bytes(b"x")
    with pytest.raises(Refused, match="outside"):
        canonical_link(str(beside / "a.mp4"), settings)


def test_without_roots_no_local_file_is_taken(root: Path) -> None:
    with pytest.raises(Refused, match="MEDIA_ROOTS"):
        canonical_link(str(root / "a.mp4"), Settings.read({}))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(Refused, match="0 bytes"):
        file_link(tmp_path / "empty.mp4")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="can't be read"):
        file_link(tmp_path)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(Refused, match="regular file"):
        file_link(tmp_path / "pipe.mp4")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        file_link(tmp_path / "none.mp4")


@pytest.mark.parametrize(
    "rest",
    [
        "tiktok.com/@someone/video/7301234567890123456",
        "www.tiktok.com/@some.one_-1/video/7301234567890123456/?is_from_webapp=1&x=%20#part",
        "www.tiktok.com/@/video/7301234567890123456",
        "www.tiktok.com/@someone/video/123",
        "www.tiktok.com/@someone/video/7301234567890123456?" + "x" * 2048,
        "www.tiktok.com/@someone/video/7301234567890123456?q=ü",
    ],
)
def test_the_short_cut_for_plain_posts_answers_what_the_general_way_answers(rest: str) -> None:
    def answer(text: str) -> str:
        try:
            return str(canonical_link(text, Settings()))
        except Refused as error:
            return str(error).lower()

    assert answer(f"https://{rest}") == answer(f"HTTPS://{rest}")
