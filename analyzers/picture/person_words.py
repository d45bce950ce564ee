"""Which English words name people, and which tell of their gender, age, looks, origin, health or feelings?

Lists, all in lower case; `neutral_words` says what is done with them.
"""

import re
from collections.abc import Iterable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Words for one person that tell more than that, and for several.
ONE = _words(
    """woman man lady gentleman girl boy guy gal dude lad child kid toddler infant teenager adolescent youngster
    mother father mom mum mommy dad daddy parent daughter son grandmother grandfather grandma grandpa grandparent
    granddaughter grandson wife husband girlfriend boyfriend sister brother aunt uncle niece nephew bride groom
    housewife latina latino caucasian"""
)
SEVERAL = _words(
    """women men ladies gentlemen girls boys guys gals dudes lads children kids toddlers infants teenagers teens
    adolescents youngsters youths females males adults babies seniors mothers fathers moms mums dads parents daughters
    sons grandmothers grandfathers grandparents wives husbands girlfriends boyfriends sisters brothers aunts uncles
    nieces nephews brides grooms couples asians latinas latinos caucasians africans"""
)
#: Nouns of the same kind that also stand before other nouns, as in "a female dancer".
EITHER = _words("female male adult baby teen senior youth")
#: Trades whose word tells the gender.
TRADES = {
    "actress": "actor",
    "actresses": "actors",
    "waitress": "waiter",
    "waitresses": "waiters",
    "hostess": "host",
    "stewardess": "flight attendant",
    "policeman": "police officer",
    "policewoman": "police officer",
    "policemen": "police officers",
    "policewomen": "police officers",
    "fireman": "firefighter",
    "firemen": "firefighters",
    "fisherman": "fisher",
    "fishermen": "fishers",
    "businessman": "businessperson",
    "businesswoman": "businessperson",
    "businessmen": "businesspeople",
    "salesman": "salesperson",
    "saleswoman": "salesperson",
    "cameraman": "camera operator",
    "sportsman": "athlete",
    "sportswoman": "athlete",
}
#: Neutral words for people, singular and plural: an adjective of `TELLING` before one of them tells of a person.
PEOPLE = _words(
    """person people individual individuals figure figures friend friends couple crowd group pair performer performers
    dancer dancers singer singers model models athlete athletes player players artist artists chef chefs cook doctor
    nurse teacher student students worker workers speaker presenter host reporter influencer vlogger creator actor
    actors musician musicians driver customer customers shopper shoppers character voice face hand hands hair user
    participant participants viewer audience farmer soldier businessperson businesspeople salesperson"""
)
_EMOTIONS = _words(
    """happy unhappy sad angry excited joyful joyous cheerful smiling smiley laughing grinning frowning crying nervous
    anxious scared afraid frightened surprised shocked bored tired confident proud upset worried relaxed playful serious
    amused delighted pleased emotional depressed frustrated shy embarrassed lonely pensive content ecstatic enthusiastic
    annoyed disappointed stressed furious miserable elated"""
)
_AGES = _words("young younger old older elderly aged middle-aged teenage adult senior preteen underage mature youthful")
_LOOKS = _words(
    """beautiful pretty handsome attractive gorgeous sexy cute ugly good-looking fat obese overweight skinny chubby
    pregnant disabled blind deaf sick ill injured healthy unhealthy feminine masculine transgender nonbinary
    female male"""
)
_ORIGINS = _words(
    """asian black white brown caucasian african african-american american european hispanic latino latina indian
    chinese japanese korean vietnamese thai filipino indonesian arab arabic arabian persian turkish russian ukrainian
    mexican brazilian western eastern french german italian spanish british english jewish muslim christian hindu ethnic
    dark-skinned light-skinned fair-skinned brown-skinned pale-skinned tan-skinned tanned pale"""
)
#: Adjectives that tell of a person when they stand before a word for one.
TELLING = _EMOTIONS | _AGES | _LOOKS | _ORIGINS
#: Adverbs of feeling: a sentence is whole without them.
FEELINGLY = _words(
    """happily sadly angrily excitedly joyfully joyously cheerfully nervously anxiously confidently proudly playfully
    enthusiastically warmly seriously emotionally shyly"""
)
#: Words after which no adjective of the noun can stand, looking back from it.
STOPS = _words(
    """a an the this that these those some any each every no is are was were be been being has have had of in on at by
    to from with for as into onto over under near beside behind while who which whose and or but then one two three
    four five several many few another other his her its their my your our shows showing features featuring"""
)
#: Words that follow a noun, or an object, rather than belong to it.
FOLLOWERS = STOPS | _words(
    "wearing holding standing sitting walking dancing talking looking up down off out again also can"
)
#: Young ones of these are no persons.
ANIMALS = _words(
    """cat cats dog dogs puppy kitten goat goats elephant bird birds duck ducks bear panda monkey lion tiger horse cow
    sheep pig rabbit deer chick chicks turtle fish seal animal animals"""
)


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_SEEMS = r"(?:is|are|was|were|looks?|looking|appears?|appearing|seems?|seeming|feels?|feeling|being|becomes?)"
_SOMEWHAT = r"(?: to be)?(?: very| quite| so| really| visibly| clearly| rather| a bit)?"
#: What tells of a person wherever it stands, when all that can be replaced has been replaced.
LEFT_OVER = re.compile(
    rf"""\b(?:
        smil\w*|laugh\w*|grin\w*|frown\w*|cry|cries|crying|weep\w*|sobs?|sobbing|facial|emotion\w*|feelings?
        |happiness|joy|excitement|sadness|anger|ha(?:s|ve|ving)\ themselves
        |elderly|middle-aged|teenage\w*|youth\w*|[\w-]+-year-old|ages?\ of|aged
        |(?:their|early|mid|late)[ -]+(?:teens|twenties|thirties|forties|fifties|sixties|seventies|[2-9]0s)
        |pregnan\w*|disab\w*|obese|overweight|handsome|gender\w*|masculin\w*|feminin\w*|transgender|nonbinary
        |ethnic\w*|racial\w*|descent|heritage|complexion|\w+-skinned|skin\ (?:tone|colou?r)
        |caucasian\w*|hispanic\w*|latin[oax]s?|african[ -]american\w*
        |{_SEEMS}{_SOMEWHAT}\ (?:{_any(_EMOTIONS)})
        |(?:person|people|they|who)\ {_SEEMS}{_SOMEWHAT}\ (?:an?\ )?(?:{_any(TELLING)})
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
