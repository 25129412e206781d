"""How people come in, and when they are put out again.

Passwords, authenticator apps and passkeys are allauth's. Here stand the district's own rules:
who needs a second step, after how long a machine that nobody touches is signed out, and which
directories (OpenID Connect) may say who somebody is.
"""
