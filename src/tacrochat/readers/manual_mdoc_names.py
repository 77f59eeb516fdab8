"""The names of mdoc(7): brackets, quotes, systems and standards, each with its text."""

PAIRS = {
    "Op": "[]",
    "Dq": "“”",
    "Sq": "‘’",
    "Ql": "‘’",
    "Qq": '""',
    "Pq": "()",
    "Bq": "[]",
    "Brq": "{}",
    "Aq": "⟨⟩",
}
OPEN = {
    "Oo": "[",
    "Do": "“",
    "So": "‘",
    "Qo": '"',
    "Po": "(",
    "Bo": "[",
    "Bro": "{",
    "Ao": "⟨",
    "Eo": "",
    "Xo": "",
}
CLOSE = {
    "Oc": "]",
    "Dc": "”",
    "Sc": "’",
    "Qc": '"',
    "Pc": ")",
    "Bc": "]",
    "Brc": "}",
    "Ac": "⟩",
    "Ec": "",
    "Xc": "",
}
PLAIN = frozenset(
    "Ad An Ar Cd Cm Dv Em Er Ev Fa Fl Ft Ic Li Ms Nm No Pa St Sx Sy Tn Va Vt Lk Mt At Bx Nx Fx Ox Dx Bsx Ux"
    " Lb In Fn Xr Ap Ns Pf Bt Ud Nd Es En Sm".split()
)
SYSTEMS = {
    "Bx": "BSD", "Nx": "NetBSD", "Fx": "FreeBSD", "Ox": "OpenBSD", "Dx": "DragonFly", "Bsx": "BSD/OS",
    "Ux": "UNIX", "At": "AT&T UNIX",
}  # fmt: skip
STANDARDS = {
    "p1003.1": "IEEE Std 1003.1 (“POSIX.1”)", "p1003.1-2008": "IEEE Std 1003.1-2008 (“POSIX.1”)",
    "p1003.1-2001": "IEEE Std 1003.1-2001 (“POSIX.1”)", "p1003.1-2004": "IEEE Std 1003.1-2004 (“POSIX.1”)",
    "p1003.1-96": "ISO/IEC 9945-1:1996 (“POSIX.1”)", "p1003.1-90": "IEEE Std 1003.1-1990 (“POSIX.1”)",
    "p1003.1-88": "IEEE Std 1003.1-1988 (“POSIX.1”)", "p1003.2": "IEEE Std 1003.2 (“POSIX.2”)",
    "p1003.2-92": "IEEE Std 1003.2-1992 (“POSIX.2”)", "ansiC": "ANSI X3.159-1989 (“ANSI C89”)",
    "isoC": "ISO/IEC 9899:1990 (“ISO C90”)", "isoC-99": "ISO/IEC 9899:1999 (“ISO C99”)",
    "isoC-2011": "ISO/IEC 9899:2011 (“ISO C11”)",
    "susv2": "Version 2 of the Single UNIX Specification (“SUSv2”)",
    "susv3": "Version 3 of the Single UNIX Specification (“SUSv3”)",
    "xpg4.2": "X/Open Portability Guide Issue 4, Version 2 (“XPG4.2”)",
    "xpg4": "X/Open Portability Guide Issue 4 (“XPG4”)",
}  # fmt: skip
