"""How is somebody else's program told that a video was completed or failed?

The database writes a delivery per receiver into the transaction that ends the video; the system worker posts them from
there, beside its other work.
"""

from mass_processing.webhooks.message import Message, sample_message
from mass_processing.webhooks.posting import Answer, post_once
from mass_processing.webhooks.sending import Webhooks

__all__ = ["Answer", "Message", "Webhooks", "post_once", "sample_message"]
