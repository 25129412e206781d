"""Letters by e-mail: an outbox, and a sender that sends each letter once.

A room *posts* letters inside its own transaction; the worker sends them. A letter has a key that
says what it is for ("remind 12 3 2026-03-02"), so that posting it twice is one letter.

What "once" means. Before the text goes out, the letter is marked *sending* and that is
committed; after the mail server's answer it is marked with the outcome. A worker that dies in
between leaves one letter whose fate nobody knows: SMTP cannot be asked. Such a letter is *in
doubt*: it is not sent again by itself (nobody gets two), it is shown to people until one of them
decides (nobody is forgotten). Everything that fails before that moment - no connection, a refused
sender, "try later" - is safe and is tried again.
"""
