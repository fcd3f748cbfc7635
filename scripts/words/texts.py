"""Short texts of the kind that customers write, made of frames and words: what the table learns to read as the
model does. The same on every machine."""

import random
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

VERBS = """accept access activate add adjust allow answer apply approve arrange ask assign attach avoid back block
book borrow break bring browse build buy calculate call cancel carry change charge check choose claim clean clear
close collect combine compare complete confirm connect contact contain continue control convert cook copy correct
count cover create cut deactivate decline decrease delay delete deliver deny deposit describe destroy detect
disable disconnect discover display dispute divide donate download draw drive drop dry earn eat edit eject empty
enable end enter erase estimate exchange expect expire explain export extend fail file fill filter find finish fix
fly fold follow forget forward freeze get give grant guess hang heat help hide hire hold import improve include
increase inform insert install insure invite invoice join jump keep know land last launch lead learn leave lend
limit link list listen load locate lock log lose lower mail maintain make manage mark match measure meet mention
merge miss mix modify monitor move mute name need notify observe obtain offer open operate order own pack pair park
pass paste pause pay pick place plan play plug post predict prepare present press prevent print process protect
prove publish pull purchase push put qualify question quit raise reach read rearrange receive recharge recommend
record recover recycle redeem reduce refill refresh refund refuse register reject relax release remember remind
remove rename renew rent repair repeat replace reply report request reschedule reserve reset resolve restart restore
resume retrieve return reverse review ride ring roast roll run save scan schedule search select sell send separate
serve set share ship show shut sign skip sleep slow snooze solve sort speak spell spend split spread start stay
steal step stop store stream study submit subscribe subtract suggest suspend swap switch sync take talk teach tell
terminate test text thank top track trade transfer translate travel trim trust try turn type understand undo
uninstall unlock unsubscribe update upgrade upload use vacuum validate verify view visit void wait wake walk want
warn wash watch wear weigh wipe withdraw wonder work wrap write""".split()

NOUNS = """account address agent airline airport alarm album amount answer app appliance application appointment area
arrival article artist attachment audio author baggage balance bank battery bed bike bill bird blanket boat body
book bottle box brand bridge brother browser bug building bus business button cable calendar call camera car card
career carpet cart cartridge case cash cat category chair change channel charge charger check cheque child city
class clock clothes coat code coffee color company computer condition contact contents contract conversation copy
corner cost country coupon cover credit crime currency customer data date daughter day deadline dealer debt deck
delay delivery department deposit desk destination device diet dinner direction discount dish distance doctor
document dog dollar door download driver drug ear education egg electricity email employee employer engine error
event exam exchange expense face fact family fan fax fee field file film fine fire fish flight floor flower folder
food foot form fraud friend fruit fuel function furniture future game garage garden gas gate gift girl glass goal
gold grass group guarantee guest guide hair hand hat head health heart heating holiday home hotel hour house human
husband icon idea identity income information ingredient installation instruction insurance interest internet
interview invoice island item jacket job joke journey juice key keyboard kid kitchen knife lamp language laptop law
lease lesson letter library license light limit line link list loan location lock login luggage lunch machine mail
manager manual map market meal meaning measure meat medicine meeting member memory menu message meter mileage milk
minute mirror mistake model money month mortgage mother mouse movie music name neighbor network news newspaper
night noise notebook notice notification number office oil opinion option order owner package page paper parcel
parent park part partner party passport password path patient payment payroll pen pension permission person pet
phone photo picture piece pin place plan plane plant plate platform player playlist podcast point police policy
pool port power prescription present president price printer problem product profile program project promotion
property provider purchase quality quantity question queue quote radio rain rate reason receipt recipe record refund
region reminder rent repair reply report request reservation restaurant result return reward ring river road role
room route rule salary sale sample scale schedule school score screen season seat security sender service session
shape shelf ship shipment shirt shoe shop shower sign signal signature sister site size skin sleep snow soap
software son song sound soup source space speaker speed sport stamp station statement status step stock storage
store storm story street student style subject subscription sugar summer supplier support surface survey switch
symptom system table tablet task tax taxi teacher team technician temperature term test theater thing ticket tie
time tip tire tool tooth top town toy track traffic train transaction transfer translation transmission transport
trash travel treatment tree trip trouble truck tube tv type uncle uniform university update user vacation value
vegetable vehicle version video view vision visit voice volume voucher wage wall wallet warning warranty watch water
weather website wedding week weight wheel wife wind window wine winter wire wood word work worker world yard
year""".split()

ADJECTIVES = """available bad big blue broken busy cheap clean closed cold common contactless correct current daily
damaged dark dead declined different difficult dirty double dry early easy empty exact expensive expired extra fast
fat favorite final first foreign free fresh full good green happy healthy heavy high hot hungry important instant
international invalid large last late latest legal local long lost loud low main minimum missing mobile monthly
nearest new next nice noisy old online open original overdue paid pending personal physical popular possible
previous private public quick quiet real recent red rich right safe same secure short sick slow small special
stolen strange strong stuck temporary total unknown upcoming urgent used valid virtual warm weak weekly wet white
whole wrong yearly young""".split()

FRAMES = """how do i {v} my {n}
how can i {v} the {n}
how to {v} a {a} {n}
how much is the {n} for the {n}
how long does the {n} take
how many {n} do i have in my {n}
how does the {n} {v}
what is my {n}
what is the {n} of my {n}
what is the {a} {n} in {e}
what does {w} mean
what happens if i {v} my {n}
what {n} do i need to {v} {e}
what time is the {n} in {e}
which {n} can i {v}
which {n} is {a}
when will my {n} {v}
when is the {a} {n}
where is my {n}
where can i {v} a {n}
where do i find the {n} of the {n}
why is my {n} {a}
why was my {n} not {v}
why did you {v} my {n}
who is {e}
who do i ask about the {n}
can i {v} my {n} with {e}
can you {v} the {n} for me
can you tell me the {n} of {e}
could you {v} {e} to my {n}
i want to {v} my {n}
i need to {v} a {n} for the {n}
i would like to {v} the {n}
i cannot {v} the {n}
i did not {v} my {n}
i have not received my {n}
i lost my {n}
i forgot the {n} of my {n}
i think somebody {v} my {n}
my {n} is {a}
my {n} does not {v}
my {n} has a {a} {n}
my {n} was {a} and i {v} it
the {n} is {a}
the {n} of the {n} is {a}
there is a {n} in my {n}
there is something wrong with the {n}
do you {v} {e}
do i need a {n} to {v}
do you have a {a} {n}
does the {n} {v} {e}
is the {n} {a}
is there a {n} for {e}
is it possible to {v} a {n}
is {e} {a}
are there {a} {n} in {e}
please {v} my {n}
please {v} {e}
{v} the {n}
{v} my {a} {n}
{v} {e}
{v} {w}
{v} a {n} for {e} at the {n}
{v} all {n} from my {n}
tell me about {e}
tell me the {n} of {e}
give me the {n} for my {n}
show me the {a} {n}
set a {n} for {e}
turn the {n} off
put {e} on my {n}
find {e} near my {n}
play {e}
{a} {n}
{n} {n}
{n} of {n}
{e} {n}
{w} {n}
{w} {w}
{w}
{n} {v}
{v} {n} {n}
{w} {n} {w} {v}
{a} {w} and {w}
from {e} to {e}
{n} not {v}
not {a}
no {n}
the difference between {n} and {w}
i am {a} with the {n}
it says that the {n} is {a}
whether {e} has {n}
let me know if the {n} {v}
make sure that my {n} is {a}
remind me to {v} the {n}
send {e} to my {n}
help me {v} my {n} from {e}
has my {n} been {v}
should i {v} the {a} {n}
how {a} is the {n}
explain the {n} on my {n}
why does {e} {v} the {n}
thank you for the {n}
what about the {a} {n}
are you a {n}
say {w} in {e}
convert {e} to {e}""".splitlines()


def entities():
    """Names of places, things and kinds, and words of one meaning, as the program knows them."""
    found = []
    for path in ("kb/src/kinds/en.txt", "kb/src/synonyms/en.txt"):
        for line in (ROOT / path).read_text().splitlines():
            if not line.startswith("#"):
                found += [member.strip() for member in line.split(",") if member.strip()]
    return sorted(set(found))


def make(words, count, seed=7):
    """`count` texts; `words` are the table's whole words, frequent ones first."""
    draw = random.Random(seed)
    names = entities()

    def word():
        # Frequent words more often, rare ones often enough to be learned.
        return words[int(len(words) * draw.random() ** 1.7)]

    fill = {
        "{v}": lambda: draw.choice(VERBS),
        "{n}": lambda: draw.choice(NOUNS) if draw.random() < 0.75 else word(),
        "{a}": lambda: draw.choice(ADJECTIVES),
        "{e}": lambda: draw.choice(names),
        "{w}": word,
    }
    texts = []
    for _ in range(count):
        text = draw.choice(FRAMES)
        for mark, make_one in fill.items():
            while mark in text:
                text = text.replace(mark, make_one(), 1)
        texts.append(text)
    return sorted(set(texts))
