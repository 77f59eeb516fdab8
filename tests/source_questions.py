"""Questions people would put to the two pages of ../shared/sources; some they do not answer."""

QUESTIONS = """
What is the success rate of the 0.1 ointment?
Can it harm the kidneys?
What is Provillus?
How often is it applied?
Does tacrolimus help with vitiligo?
What is alopecia?
What is alopecia areata?
Is alopecia areata an autoimmune disease?
What causes hair loss?
Can medicines trigger alopecia?
How does tacrolimus work?
What does the immune system do to hair follicles?
How is the ointment used?
Where do I put the ointment?
For how long do I use it?
How many times a day?
Can I use too much of it?
Can it be combined with minoxidil?
Can it be combined with corticosteroid injections?
Is the ointment expensive?
Is it easy to use?
When will I see results?
How fast does hair grow back?
What are the common side effects?
What are the serious side effects?
What are the rare side effects?
What are the long-term side effects?
Does it burn on the scalp?
Does it itch?
Can it cause redness?
Can it cause seizures?
Can it cause tremors?
Does it raise blood pressure?
Is it bad for the heart?
Does it cause skin cancer?
Does it change skin colour?
Can it damage hair follicles?
How do I lower the risk of side effects?
Should I share my medicine?
Should I talk to my doctor?
May my doctor lower the dose?
Where can I read reviews?
Are there support groups?
What do other patients say?
What is tacrolimus normally used for?
Why do transplant patients take it?
Is it similar to cyclosporin?
Is it better on the skin or by mouth?
Do doctors recommend it?
Are there safer treatments?
What are nanosomes?
How big are nanosomes?
What is in Provillus?
What does saw palmetto do?
What is minoxidil?
What does DHT do?
Can it cause nausea?
Can it cause headache?
Can it cause back pain?
Does it cause acne?
Does it cause flu-like symptoms?
Can it make my feet swell?
When should I call my physician?
Can it cause cold sores?
Does the skin get more sensitive to heat?
Does it suppress T cells?
Does tacrolimus really work?
Is there a clinical trial?
Did most patients regrow hair?
How many people have alopecia areata?
Is more research needed?
Is it a cure?
What is the mechanism of action?
Does it reduce inflammation?
Does it stop shedding?
Is alopecia distressing?
Do genetics play a role?
Do hormones matter?
Can I drink alcohol with it?
Can I use it during pregnancy?
Is it safe for children?
Does it help with psoriasis?
Does it help with eczema?
Does it help with lupus?
Is it good for gout?
Can I use it on my eyes?
How should it be stored?
What does it cost in dollars?
Who makes tacrolimus?
When was it approved by the FDA?
Is it available as a cream?
What is the dose for a cat?
Can I buy it without a prescription?
What happens if I miss a dose?
Does it interact with grapefruit?
Who won the World Cup in 1990?
What is the capital of Mongolia?
side effects
kidney problems
success rate
ointment scalp twice
hair regrowth trial
best hair loss treatment
tacrolimus vs cyclosporin
0.1
DHT blocker
swollen glands
how long
dosage instructions
is it worth it
immunosuppressant organ rejection
quiz
""".strip().splitlines()
