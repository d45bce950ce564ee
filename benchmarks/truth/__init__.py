"""How right are the answers on clips whose truth is known, and on the same clips, how right are others?"""
