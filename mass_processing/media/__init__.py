"""Where do videos, their previews and large results lie: in a folder, or in a bucket that many machines share?"""

from mass_processing.media.media import Media

__all__ = ["Media"]
