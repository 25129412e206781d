"""Names as sites give themselves that help: made of words, none of them copied from a list.

A model that meets “gay”, “sex” and “breast” in adult names alone learns that they are adult.
These names are negatives of the training. The sites by which ``bench/unseen.py`` counts false
flags are not made here: what they are flagged for stays a fair measure.
"""

from __future__ import annotations

import numpy as np

ABOUT = """
    lgbt lgbtq lgbtqia gay lesbian bisexual queer trans transgender nonbinary intersex pride
    rainbow genderidentity samesex gaystraight sexuality sexual-orientation
    sexeducation sex-ed sexed sexualhealth sexual-health sexualwellness safesex healthysex
    birthcontrol contraception puberty pregnancy teenpregnancy hiv aids hivtesting stdtesting
    sti herpes hpv reproductivehealth gynecology urology menopause vaginismus endometriosis
    breastcancer breastfeeding breasthealth breast-cancer mastectomy testicularcancer
    prostatecancer pelvichealth sexualassault sexual-assault sexualabuse sexualviolence
    domesticviolence rapecrisis childabuse survivors consent trafficking exploitation
    bodyimage eatingdisorder selfharm suicideprevention addiction sexaddiction
    essex sussex middlesex wessex unisex sextant sexton cockburn dickinson analytics analysis
    cumberland cumulative scunthorpe titan circumstance assembly classic hancock peacock
"""
HELP = """
    support center centre alliance youth teen teens health network foundation community info
    education educators students resources resource hotline helpline help family families
    parents school schools clinic project coalition equality rights news history studies
    library research institute association council services trust charity society advice
    counseling therapy matters awareness prevention action care online guide facts answers
    learning forum museum archive law legal medicine nursing university college county
"""
PLACES = """
    texas ohio michigan maine oregon utah iowa kansas boston chicago denver austin seattle
    london leeds dublin toronto sydney north south west east national american canadian global
"""
ENDS = ("org",) * 6 + ("com",) * 5 + ("net", "info", "org.uk", "edu", "gov", "ca", "org.au", "us")


def helping_names(rng: np.random.Generator, count: int) -> list[str]:
    """``count`` distinct names, in order."""
    about, help_, places = ABOUT.split(), HELP.split(), PLACES.split()
    found: set[str] = set()
    while len(found) < count:
        words = [str(rng.choice(about)), str(rng.choice(help_))]
        if rng.random() < 0.3:
            words.append(str(rng.choice(places)))
        rng.shuffle(words)
        joint = "-" if rng.random() < 0.15 else ""
        host = "www." if rng.random() < 0.1 else ""
        found.add(f"{host}{joint.join(words)}.{rng.choice(ENDS)}")
    return sorted(found)
