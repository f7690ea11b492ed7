"""Who works at the demo company: names in four scripts, teams, managers and their dates."""

from dataclasses import dataclass

from spm.domain.access import Role

NAME = "Meridian Instruments"
TIME_ZONE = "Europe/Berlin"
CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the plan; ``mailbox`` is the part before the @."""

    name: str
    mailbox: str
    title: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Crew:
    """A team with its head, its office and its people.

    ``size`` scales the amounts of its market; ``parent`` names the group above it.
    """

    name: str
    parent: str
    office: str
    territory: str
    head: Somebody
    reps: tuple[Somebody, ...]
    size: float


def _rep(name: str, mailbox: str) -> Somebody:
    return Somebody(name, mailbox, "Account executive", (Role.REP,))


def _manager(name: str, mailbox: str, title: str) -> Somebody:
    return Somebody(name, mailbox, title, (Role.MANAGER,))


DIRECTORS = {
    "EMEA": _manager("Katarzyna Wójcik-Łoś", "katarzyna.wojcik", "Sales director EMEA"),
    "Asia Pacific": _manager("中村 直樹", "naoki.nakamura", "Sales director Asia Pacific"),
}

STAFF = (
    Somebody("Ingrid Sørensen", "ingrid.sorensen", "Chief revenue officer", (Role.EXECUTIVE,)),
    Somebody("Mateusz Żak", "mateusz.zak", "Sales operations", (Role.OPERATIONS,)),
    Somebody("Beatriz Rocha", "beatriz.rocha", "Sales operations", (Role.OPERATIONS,)),
    Somebody("Priya Raman", "priya.raman", "Sales enablement", (Role.ENABLEMENT,)),
    Somebody("Friedrich Weiß", "friedrich.weiss", "Internal audit", (Role.AUDITOR,)),
    Somebody("Noor de Vries", "noor.devries", "IT administration", (Role.ADMINISTRATOR,)),
)

CREWS = (
    Crew(
        "Western Europe",
        "EMEA",
        "Berlin",
        "Western Europe",
        _manager("Élodie Marchand", "elodie.marchand", "Sales manager"),
        (
            _rep("Lukas Brandt", "lukas.brandt"),
            _rep("Zofia Łukasiewicz", "zofia.lukasiewicz"),
            _rep("Márton Kőszegi", "marton.koszegi"),
            _rep("Inês Carvalho", "ines.carvalho"),
            _rep("Søren Holm", "soren.holm"),
            _rep("Chiara D’Angelo", "chiara.dangelo"),
            _rep("Gaëlle Lefèvre", "gaelle.lefevre"),
            _rep("Jiří Dvořák", "jiri.dvorak"),
            _rep("Ana Belén Ruiz", "ana.ruiz"),
            _rep("Tomasz Grzybowski", "tomasz.grzybowski"),
        ),
        1.0,
    ),
    Crew(
        "Ukraine",
        "EMEA",
        "Kyiv",
        "Eastern Europe",
        _manager("Оксана Ґрещук", "oksana.greshchuk", "Керівниця відділу продажів"),
        (
            _rep("Тарас Бондаренко", "taras.bondarenko"),
            _rep("Олена Шевчук", "olena.shevchuk"),
            _rep("Андрій Їжакевич", "andrii.yizhakevych"),
            _rep("Марія Коваль", "mariia.koval"),
            _rep("Богдан Є. Литвин", "bohdan.lytvyn"),
            _rep("Юлія Савченко", "yuliia.savchenko"),
            _rep("Назар Мельник", "nazar.melnyk"),
            _rep("Ірина Поліщук", "iryna.polishchuk"),
            _rep("Степан Гнатюк", "stepan.hnatiuk"),
            _rep("Софія Ткаченко", "sofiia.tkachenko"),
        ),
        0.7,
    ),
    Crew(
        "Japan",
        "Asia Pacific",
        "Tokyo",
        "Japan",
        _manager("渡辺 恵子", "keiko.watanabe", "営業部長"),
        (
            _rep("佐藤 健一", "kenichi.sato"),
            _rep("高橋 美咲", "misaki.takahashi"),
            _rep("田中 翔太", "shota.tanaka"),
            _rep("伊藤 さくら", "sakura.ito"),
            _rep("山本 大輔", "daisuke.yamamoto"),
            _rep("小林 あゆみ", "ayumi.kobayashi"),
            _rep("加藤 リョウ", "ryo.kato"),
            _rep("吉田 真由美", "mayumi.yoshida"),
            _rep("松本 拓海", "takumi.matsumoto"),
            _rep("斎藤 陽子", "yoko.saito"),
        ),
        1.15,
    ),
    Crew(
        "Korea",
        "Asia Pacific",
        "Seoul",
        "Korea",
        _manager("박지훈", "jihoon.park", "영업팀장"),
        (
            _rep("김민준", "minjun.kim"),
            _rep("이서연", "seoyeon.lee"),
            _rep("최지우", "jiwoo.choi"),
            _rep("정하늘", "haneul.jung"),
            _rep("강도윤", "doyun.kang"),
            _rep("조수아", "sua.cho"),
            _rep("윤재호", "jaeho.yoon"),
            _rep("임나래", "narae.lim"),
            _rep("한예준", "yejun.han"),
            _rep("오지민", "jimin.oh"),
        ),
        0.85,
    ),
)

OFFICES = {"Berlin": "Europe", "Kyiv": "Europe", "Tokyo": "Asia", "Seoul": "Asia"}
"""Office to region."""

DOMAIN = "meridian.example"


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody of the demo company as whom one can look around."""

    role: str
    person: str
    email: str


def logins() -> tuple[Login, ...]:
    """Return one person for each role, the rep and the manager first, and whoever undoes an import."""
    chosen = {
        "rep": CREWS[0].reps[0],
        "manager": CREWS[0].head,
        "director": DIRECTORS["EMEA"],
    }
    for somebody in STAFF:
        role = somebody.roles[0].value
        chosen["colleague" if role in chosen else role] = somebody
    return tuple(Login(role, who.name, email_of(who)) for role, who in chosen.items())


def email_of(somebody: Somebody) -> str:
    """Return a person's address; ``.example`` never reaches anybody."""
    return f"{somebody.mailbox}@{DOMAIN}"
