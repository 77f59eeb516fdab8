"""Words that matter little in a question: left out where the documents do not have them.

They frame a question and name nothing that it asks for ("is that stuff ok to
put on"). A word that no passage has weighs most of all by its inverse document
frequency, so one of these would count as the main thing that is lacking.
"""

LIGHT_WORDS = frozenset(
    """im ive id theyre theyve youre youve youd hes shes dont doesnt didnt cant couldnt wont wouldnt shouldnt
    isnt arent aint wasnt werent havent hasnt hadnt whats thats theres hows wheres whos lets gonna wanna
    gotta kinda sorta dunno cos cuz coz til till ok okay yeah yep nope hi hey hello pls plz thx thanks
    tbh btw lol stuff thingy bit bits lot lots quite actually basically maybe perhaps exactly honestly
    anyway anyways everybody everyone nobody somebody anybody everything wherever whenever whoever
    whichever happen happens happened happening put puts putting got gotten going went gone come comes
    came coming wants wanted need needs needed try tries trying tried tells telling told ask asks asked
    asking mean means meant think thinks thinking thought wonder wondering knows known knowing seem
    seems seemed believe guess suppose supposed heard hear fine sure possible able allowed way ways kind
    kinds sort sorts ones already still always whole pretty apparently obviously probably
    definitely""".split()
)
