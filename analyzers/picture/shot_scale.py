"""How close is a shot to a person, told from the height of the face?

Film grammar names a shot by where the picture's lower edge cuts a standing person: under the chin, the shoulders, the
chest, the waist, the knees, or not at all (Arijon, "Grammar of the Film Language", 1976; Thompson & Bowen, "Grammar of
the Shot"). A standing person is seven and a half heads tall, with these landmarks at 1, 1.5, 2.5, 4 and 5.75 heads
(Loomis, "Figure Drawing", 1943), and the box of a face, forehead to chin, is three quarters of a head. So the face's
share of the picture's height tells how many heads of the person fit in; half a head of room above is assumed.
"""

#: Share of a head that the box of a face covers.
_FACE_OF_HEAD = 0.75
#: Up to how many heads fit into the picture's height in each, from close to wide: halfway (by ratio) between the
#: frames that end at neighbouring landmarks. Chin 1.0 (no room), shoulders 1.5 + room, chest 2.5, waist 4, knees 5.75.
_SCALES = (("ECU", 1.4), ("CU", 2.4), ("MCU", 3.7), ("MS", 5.3), ("MLS", 7.1))
#: Their names for people.
NAMES = {
    "ECU": "extreme close-up",
    "CU": "close-up",
    "MCU": "medium close-up",
    "MS": "medium shot",
    "MLS": "medium long shot",
    "WS": "wide shot",
}


def shot_scale(face_height: float) -> str:
    """ "ECU", "CU", "MCU", "MS", "MLS" or "WS", for a face of this share (over 0) of the picture's height."""
    heads = _FACE_OF_HEAD / face_height
    return next((name for name, most in _SCALES if heads <= most), "WS")
