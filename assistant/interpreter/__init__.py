"""Answers to questions about the catalogue in plain words, with no language model at all.

A natural-language interface in the sense of PRECISE (Popescu, Etzioni, Kautz 2003): a question is understood only when
every word that says something was used. The way of a question through the modules:

    words           tokens, stems, numbers, dates
    lexicon         what the words of the schema mean, from the metadata alone     (schema: tables and paths)
    mending         misspelt words of the schema
    lattice         what every span of the question can mean, with names and texts from the database
    closed          the English words that carry grammar
    comparisons → values → verbs → predicates → effects → befores → phrases → columns → domains → contrasts
    → questions     the grammar, each module one group of rules over those before it (reader: what they share)
    tree            what the question means
    sql             one SELECT for it
    reading         how it was read, and the sentence that goes with the rows
    followups       what "only the CNNs", "and in 2020?" and "same for datasets" change in the last question
    rewording       follow-ups in plainer words: corrections, "drop the …", "back to the …"
    courtesy        words around a question that ask nothing: "could you please …"
    sentences       whole follow-ups as the shorter ones that say the same
    ellipsis        what is left out and stands in the turn before: "and the rest", "both together"
    groups          "which has the most?", "how many of each", "list those", "in total"
    listings        "the next five", "the runner-up", "which has the most?", "drop the sizes"
    references      what "the second one" and "the biggest of those" point at
    pronouns        whom "they" can mean, and whether a question says all by itself
    pairs           two things that were spoken of together: "what do they share?"
    answering       what those rules share: reading a text alone, running an answer again
    following       the rules for a follow-up, tried in turn until one fits
    interpretation  one question, all of it in order
    turns           a conversation of them
    talk            greetings, help, and what asking cannot do
    meanings        what one phrase means by itself, for orders
"""

from assistant.interpreter.reading import Reading
from assistant.interpreter.turns import interpret

__all__ = ["Reading", "interpret"]
