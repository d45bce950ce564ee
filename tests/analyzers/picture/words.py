"""How is an embedder made that answers as its pictures were made?

Each text is a direction of its own. A picture is given by how much it has of some texts' directions, as cosines: about
0.15 for a text that describes it and 0.05 for one that doesn't, with SigLIP 2.
"""

import numpy as np


class Directions:
    """Stands in for PictureWordEmbedder where its weights are not what is tested."""

    #: About what SigLIP 2 has learnt.
    scale, bias = 112.0, -16.5
    _SIZE = 600

    def __init__(self):
        self._axes = {}

    def words(self, texts):
        return np.stack([self._axis(text) for text in texts])

    def shown(self, **cosines):
        """A picture's unit vector: `shown(street=0.15)` for the caption "This is a photo of street."."""
        return self.captioned({phrase.replace("_", " "): cosine for phrase, cosine in cosines.items()})

    def captioned(self, cosines):
        vector = np.zeros(self._SIZE, np.float32)
        for phrase, cosine in cosines.items():
            vector += cosine * self._axis(f"This is a photo of {phrase}.")
        vector[-1] = np.sqrt(1 - (vector**2).sum())
        return vector

    def _axis(self, text):
        place = self._axes.setdefault(text, len(self._axes))
        return np.eye(1, self._SIZE, place, dtype=np.float32)[0]
