"""English words that carry the grammar of a question, whatever it is about. No word of the catalogue is among them."""

from __future__ import annotations

from collections.abc import Iterator


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of a text with bars between them, longest first."""
    return tuple(sorted((tuple(each.split()) for each in text.split("|")), key=len, reverse=True))


RELATIVE = words("that which who whom")
BE = words("is are was were be been being am 's")
DO = words("do does did done")
HAVE = words("has have had having")
AUXILIARY = BE | DO | HAVE | words("can could will would may might should got get gets")
ADVERB = words(
    "also only currently already still ever actually just all mainly specifically explicitly originally "
    "previously really exactly too now there then even recently altogether together jointly themselves itself "
    "first directly initially eventually usually else"
)
NEGATION = words("not never neither")
DETERMINER = words("the a an any some these those our its their his her your this that different distinct "
                    "unique various individual existing available single other registered known "
                    "particular certain given specific stored listed")  # fmt: skip
EACH = words("each every")
ALL = words("all every each whole entire both")
POSSESSIVE = words("its their his her the")
THEIR = words("its their his her")
PRONOUN = words("it them they these those that this he she him")
ONES = words("one ones those thing things anything something items item entries stuff work works")
PREPOSITION = words(
    "by of from at in on for with to using via under about within inside into through among amongst across between "
    "belonging concerning regarding involving"
)
FREELY = words("with using of")
CONCERNING = words("about concerning regarding involving under")
WITH = words("with having has have had containing contain contains including include includes featuring features "
              "carrying possessing contained got gets")  # fmt: skip
WITHOUT = words("without lacking lacks lack missing minus sans")
EXCEPT = phrases(
    "except|except for|excluding|other than|besides|outside of|outside|apart from|but not|not counting|leaving out|"
    "aside from"
)
AND = words("and , & plus")
ALONE = words("only solely exclusively purely")
VERSUS = "versus"  # what it stands between is told apart: counted or averaged each by itself
OR = words("or nor / versus")
NAMED = words("named called titled labelled labeled name names")
CONTAINS = {
    "contains": words(
        "contains contain containing mentions mention mentioning includes include including like matching match "
        "matches having has have"
    ),
    "starts": words("starts start starting begins begin beginning"),
    "ends": words("ends end ending finishes finish"),
}
REST = words("rest others remaining remainder")
USING = words("uses use using employs employ employing got gets runs")
STATED = words("known specified given recorded stated available set listed provided filled documented disclosed")
IN_USE = phrases(
    "are used|is used|are in use|is in use|in use|used|are represented|represented|are covered|covered|occur|appear|"
    "are present|present|are supported|supported|are known|are possible|are offered|are found|are employed|"
    "are recorded|"
    "get used|are being used|being used|exist"
)
"""What may follow a column whose values are asked for: "which losses *are used*"."""
UNKNOWN = words("unknown missing null unspecified undefined empty blank unpublished undisclosed")
LIGHT = words(
    "have has had use uses used using contain contains hold holds carry comprise consist include includes work works "
    "for in on of by get got take takes employ employs support supports cover covers need needs possess having "
    "with own feature features"
)
"""Verbs, and prepositions left behind, that may end a question about a column: "which loss does it use"."""

COMPARISONS: dict[str, tuple[tuple[str, ...], ...]] = {
    ">": phrases(
        "more than|greater than|larger than|bigger than|higher than|over|above|exceeding|exceeds|exceed|in excess of|>|"
        "beyond|bigger then|more then|larger then|strictly more than|north of|longer than"
    ),
    "<": phrases(
        "less than|fewer than|smaller than|lower than|under|below|<|less then|fewer then|shorter than|short of|"
        "south of|beneath"
    ),
    ">=": phrases(
        "at least|no less than|no fewer than|not less than|not fewer than|a minimum of|minimum of|minimum|>=|"
        "upwards of|at minimum|not under|not below|starting from|starting at|greater than or equal to|"
        "more than or equal to|from at least|min"
    ),
    "<=": phrases(
        "at most|no more than|not more than|up to|a maximum of|maximum of|maximum|<=|not over|not above|"
        "less than or equal to|smaller than or equal to|no greater than|no larger than|not exceeding|at maximum|max|"
        "no bigger than|no higher than"
    ),
    "=": phrases("exactly|precisely|equal to|equals|=|equal|of exactly|set to|just|only|equalling|is"),
    "!=": phrases("!=|not equal to|other than|different from"),
}
OR_MORE = phrases(
    "or more|or above|or over|or higher|or greater|or larger|or bigger|and more|and above|and up|plus|+|upwards"
)
OR_LESS = phrases(
    "or less|or fewer|or below|or under|or lower|or smaller|at most|and below|and less|max|maximum|or shorter"
)
MOST = phrases(
    "the most|most|the largest number of|the highest number of|the greatest number of|the biggest number of|"
    "the maximum number of|largest number of|highest number of|greatest number of|the maximum|maximum|the highest|"
    "highest|the max|max|the greatest|greatest|the largest amount of|the highest count of"
)
FEWEST = phrases(
    "the fewest|fewest|the least|least|the smallest number of|the lowest number of|smallest number of|"
    "lowest number of|the minimum number of|the minimum|minimum|the lowest|lowest|the min|min"
)
MANY = phrases("multiple|several|more than one|more than a single|many different|over one|two or more")

LAST = phrases("last|latest|most recently|the latest|the most recently|the last")
FIRST = phrases("first|earliest|the earliest|the first|least recently")
BEFORE = phrases("before|from before|dating from before|prior to|earlier than|older than|until before|pre")
AFTER = phrases(
    "after|from after|dating from after|later than|newer than|more recent than|more recently than|following|past|"
    "post|younger than"
)
SINCE = phrases(
    "since|starting|starting in|starting from|beginning in|as of|not before|no earlier than|on or after|in or after"
)
UNTIL = phrases(
    "until|till|up to|by|through|no later than|not after|up until|up through|on or before|in or before|by the end of"
)
DURING = phrases(
    "in|during|on|of|from|for|within|throughout|over|dated|at|around the year of|in the year|during the year|"
    "the year|year|back in|in the|over the|within the|during the"
)

DEVIATION = phrases("standard deviation of|standard deviation|stddev of|stddev|std dev of|std of|std")
AVERAGE = phrases("average|mean|avg|the average|on average|typical")
TOTAL = phrases(
    "total|sum of|sum|combined|overall|cumulative|summed|aggregate|altogether|add up|total sum of|grand total of|"
    "total of|total amount of"
)
PERCENTAGE = phrases(
    "percentage of|the percentage of|percent of|what percentage of|what percent of|how many percent of|% of|"
    "fraction of|the fraction of|what fraction of|proportion of|the proportion of|what proportion of|what share of|"
    "the share of|share of|what part of"
)
HIGHEST = phrases("maximum|max|highest|largest|biggest|greatest|top|maximal|longest|widest|the most")
LOWEST = phrases("minimum|min|lowest|smallest|least|tiniest|minimal|shortest|narrowest|the fewest")

HOW_MANY = phrases(
    "how many|what number of|number of|the number of|count of|count|the count of|total number of|how much|"
    "total count of|quantity of|"
    "the total number of|the total count of|amount of|tally of|tally|how many different|count up|how numerous are"
)
BREAKDOWN = phrases(
    "large to small|big to small|from big to small|"
    "group|group the|split|split up|split the|"
    "breakdown of|the breakdown of|a breakdown of|distribution of|the distribution of|break down|break down of|break"
)
DISTINCT = words("different distinct unique")
PER = phrases(
    "per|for each|for every|in each|in every|by each|of each|of every|at each|grouped by|group by|broken down by|"
    "split by|"
    "for each of|across|by|from each|on each|breakdown by|for all|according to|with each|each|aggregated by|"
    "depending on|to each|under each|separated by|organised by|organized by|arranged by|, by|, per|distributed over|"
    "distributed across|distributed by|at every|from every|with every|by every"
)
SORTED = phrases(
    "sorted by|ordered by|ranked by|sort by|order by|rank by|sorted on|ordered on|sorted according to|arranged by|"
    "in order of|by order of|sort them by|order them by|rank them by|sorted from|listed by|sorted in order of|sort on|"
    "and sort by|and order by|and sort them by|and rank them by|and order them by"
)
DOWN = phrases(
    "descending|desc|in descending order|decreasing|in decreasing order|from high to low|high to low|largest first|"
    "biggest first|highest first|from largest to smallest|from biggest to smallest|from highest to lowest|"
    "from most to least|"
    "most first|descendingly|largest to smallest|in reverse order|reverse|reversed|from high to low|"
    "starting with the largest|"
    "starting with the biggest|from large to small|newest first|latest first|most recent first|from newest to oldest|"
    "newest to oldest|biggest to smallest|in reverse|downwards|starting with the highest|starting with the newest|"
    "from z to a|z to a|latest on top|newest on top|most recent on top|biggest on top|largest on top|highest on top|"
    "latest at the top|newest at the top|biggest at the top|largest at the top|highest at the top|"
    "most recent at the top|"
    "highest to lowest|most to least|most common first|most frequent first|most popular first|starting with the latest|"
    "starting with the most recent"
)
UP = phrases(
    "ascending|asc|in ascending order|increasing|in increasing order|from low to high|low to high|smallest first|"
    "lowest first|"
    "from smallest to largest|from smallest to biggest|from lowest to highest|from least to most|smallest to largest|"
    "small to large|small to big|from small to big|smallest to biggest|"
    "lowest to highest|least to most|fewest first|least first|oldest on top|smallest on top|oldest at the top|"
    "from small to large|oldest first|earliest first|from oldest to newest|oldest to newest|upwards|"
    "starting with the smallest|starting with the lowest|starting with the oldest|from a to z|a to z|a - z"
)
ALPHABETICAL = phrases(
    "alphabetically|in alphabetical order|alphabetical order|in alphabetic order|sorted alphabetically|"
    "ordered alphabetically|"
    "sorted by name|listed alphabetically|ordered by name|by name|alphabetical"
)
TOP = words("top first biggest largest highest best leading")
BOTTOM = words("bottom last smallest lowest")
POPULAR = phrases(
    "popular|common|frequent|frequently used|widely used|commonly used|often used|used|frequently|prevalent|widespread"
)
PROLIFIC = phrases("prolific|productive|active")

OPENER = words(
    "please show list give we our has had display find get tell return fetch print see view provide enumerate "
    "name retrieve search want "
    "need like know interested can could would will you i me us let what which who is are was were do does did "
    "'s am the "
    "a to out up for all hey hi hello ok okay so well now just quickly kindly pull bring look lookup wonder wondering "
    "curious there any have if whether of and also then search browse pick select identify determine report output "
    "compute calculate summarise summarize say hub got here might be want full complete list in on tell us about that "
    "those sort order rank arrange table overview summary ranking report compile rundown inventory listing roster "
    "outline produce prepare make create build write looking searching seeking hunting trying interested after pls "
    "hiya yo dear hub bot wanting needing somehow maybe perhaps basically actually simply kind"
)
COMPARING = phrases(
    "compare|comparison of|comparison between|difference between|differences between|the difference between|"
    "the differences between|a comparison of|contrast"
)
CLOSER = phrases(
    "are there|there are|is there|exist|exists|available|we have|do we have|you have|do you have|do you know|"
    "do you know of|"
    "that you know|that you know of|in total|overall|right now|currently|so far|registered|listed|stored|"
    "in the hub|on the hub|"
    "in the catalogue|in the catalog|in our catalogue|in our catalog|in the database|in this hub|on this hub|"
    "here|please|stuff|things|"
    "use the hub|use this hub|are on this hub|am i allowed to see|i am allowed to see|may i see|i have access to|"
    "somewhere|each once|so far|yet|as yet|obviously|any idea|"
    "thanks|thank you|pls|plz|ta|ty|many thanks|in it|in them|to its name|"
    "to their name|on record|at the moment|in the system|on the platform|in this catalogue|in this catalog|"
    "we have got|have we got|are available|do exist|that exist|which exist|that are available|in here|to me|"
    "for me|of all|"
    "in existence|in our hub|on our hub|out there|altogether|all together|at all|again|today please|exist here|"
    "can you find|can i see|are registered|are stored|are listed|at present|as of now|in your database|"
    "in your catalogue|"
    "in your catalog|that we have|which we have|on file|in all|that are there|we got|ever|anywhere|if any|, please|"
    "attached|attached to them|attached to it|assigned|recorded|noted|filled in|entered|on hand|"
    "would be great|respectively|, respectively|if possible|if you can|thank you|asap|thx|cheers|"
    "do i have access to|can i use|i can see|that i can see|visible to me|is available|is registered|is stored|"
    "together|jointly|do you store|do you hold|do we store|do we hold|on openmodelhub|in openmodelhub|"
    "of ours|of yours|by now|these days|nowadays|to date|"
    "we hold|do we keep|we keep|we store|you hold|you keep|you store|"
    "are in the hub|are on the hub|are in the catalogue|are in the catalog|are in the database|is in the catalogue"
)
STATES = words(
    "registered stored listed represented recorded kept present available catalogued cataloged included hosted tracked "
    "documented found contained enrolled"
)
KEEPS = words(
    "have hold contain store keep list offer host include know count track has holds contains stores keeps lists "
    "offers hosts includes knows counts tracks"
)
PLACES = words("hub catalogue catalog database system platform repository registry collection inventory store portal")
"""How and where things are that are in the catalogue at all: "registered in this system", "represented here"."""
ABOUT = phrases(
    "everything about|all about|details of|details for|details about|details on|the details of|information about|"
    "information on|info about|info on|info for|all details of|all info about|all information about|describe|"
    "more about|known about|do we know about|is known about|what is known about|what 's known about|"
    "about|everything on|everything you know about|what you know about|all you know about|what do you know about|"
    "all information on|all info on|all the details of|all the information about|all details about|full details of|"
    "the full details of|everything we know about|what is|who is|what 's|who 's|summarise|summarize|a description of|"
    "all fields of|all properties of|all the fields of|the profile of|profile of|all attributes of"
)
KIND_OF = phrases("kind of|kinds of|type of|types of|sort of|sorts of")
BEFORE_BOUND = words(
    "is are was were of : count that which has being in range the value with a to equal equals size width dimension"
)
"""Words between a column and the bound it is compared with: "a kernel *of size* 7"."""
NEARLY = words("about roughly approximately nearly almost around")
THAN = words("than then")

OTHER = words(
    "no none nobody nothing noone someone somebody anyone anybody everyone everybody where when how whose my "
    "mine i me as same they them we us you it he she him between equal "
    "by many few more less most least fewer fewest average mean highest lowest larger higher greater bigger smaller "
    "lower known based type kind per both limit order sort first along together alongside showing listing display "
    "either belong belongs belonged share percentage fraction non year years month months quarter second third fourth "
    "fifth sixth seventh eighth ninth tenth value values"
)


def _gather(value: object) -> Iterator[str]:
    """The words in a set of words, in phrases, or in a dictionary of either."""
    if isinstance(value, dict):
        value = tuple(value.values())
    for item in value if isinstance(value, tuple | frozenset) else ():
        if isinstance(item, str):
            yield item
        else:
            yield from _gather(item)


EVERY: frozenset[str] = frozenset(
    word for name, value in list(globals().items()) if name.isupper() for word in _gather(value)
)
"""All of them: a word that is here is never looked for among the names, unless it is quoted or part of a longer one."""
