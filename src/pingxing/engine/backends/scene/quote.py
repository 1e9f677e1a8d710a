"""Words to be written in the picture: what a prompt puts in quotation marks, exactly as it stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pingxing.engine.backends.scene.read import tokens
from pingxing.engine.backends.scene.words import Kind, lexicon

MOST = 60  # characters of one inscription

# Single quotation marks count between words only: "the dog's bone" quotes nothing.
_MARKED = (
    r'"[^"\n]{1,200}"|“[^”\n]{1,200}”|「[^」\n]{1,200}」|『[^』\n]{1,200}』'
    r"|《[^》\n]{1,200}》|〈[^〉\n]{1,200}〉|〝[^〞\n]{1,200}〞|\uff02[^\uff02\n]{1,200}\uff02|«[^»\n]{1,200}»"
    r"|„[^“”\n]{1,200}[“”]|(?<![^\W\u4e00-\u9fff])‘[^’\n]{1,200}’(?![^\W\u4e00-\u9fff])"
    r"|(?<![^\W\u4e00-\u9fff])'[^'\n]{1,200}'(?![^\W\u4e00-\u9fff])"
)
_TRADES = (
    "(?:ice cream|coffee|flower|book|barber|pet|toy|tea|candy|gift|noodle|fish|cake|pizza|burger|bread|antique|shoe"
    "|fruit|record|bike|sweet|donut|doughnut|dumpling|butcher|grocery|music|clothes)"
)
# Kinds of boards (boards.BOARDS) and what people call them. The first whose word is there is meant.
_KINDS = {
    "bubble": (r"(?:speech |thought |dialogue )(?:bubble|balloon)", "对话框|对话气泡|气泡框|对白框|台词框"),
    "neon": (r"neon(?: (?:sign(?:board)?|lights?|letters?|lettering|tubes?))?", "霓虹灯牌|霓虹灯|霓虹"),
    "couplet": (r"couplets?", "对联|春联|上联|下联|横批|楹联"),
    "strip": (r"(?:vertical|hanging) (?:banner|scroll)", "竖幅|竖式横幅|直幅|挂轴|立轴|竖排"),
    "blackboard": (r"blackboard|chalkboard", "黑板"),
    "whiteboard": (r"whiteboard", "白板"),
    "warning": (r"warning (?:sign|board)|caution sign", "警示牌|警告牌|警告标志"),
    "roadsign": (r"(?:road|street|traffic|highway) sign|signpost", "路牌|路标|交通标志|指示牌|路名牌"),
    "shopsign": (
        rf"(?:{_TRADES}\s+)?(?:shop|store|restaurant|bakery|café|cafe) sign|shopfront|storefront|fascia",
        "招牌|店招|门头|店牌",
    ),
    "billboard": (r"billboard|hoarding", "广告牌"),
    "screen": (
        r"(?:big |large |led |movie |cinema )?screen|scoreboard|display",
        "电影银幕|电影屏幕|大屏幕|大屏|屏幕|显示屏|电子屏|银幕",
    ),
    "poster": (r"(?:movie |film |cinema )?poster", "电影海报|海报|宣传画"),
    "plaque": (r"plaque", "牌匾|匾额|匾"),
    "greeting": (
        r"(?:greeting |birthday |christmas |invitation |thank-you )?card|invitation",
        "贺卡|卡片|请柬|邀请函|请帖|贺年卡",
    ),
    "cloth": (r"banner|streamer", "横幅|条幅|标语|红布"),
    "wood": (
        r"(?:wooden |big |small |little |large |protest |cardboard |picket )*(?<!stop )(?:sign(?:board)?|placard"
        r"|(?:(?:school|office|village|community) )?(?:notice|bulletin|message) board|board)",
        "(?:学校|公司|社区|小区|村口)?(?:公告栏|公告牌|布告栏|留言板)|木牌|标语牌|告示牌|牌子|木板|告示|门牌",
    ),
}  # fmt: skip
_EN = "(?:" + "|".join(english for english, _ in _KINDS.values()) + ")"
_ZH = "(?:" + "|".join(chinese for _, chinese in _KINDS.values()) + ")"
_SAYS = (
    r"(?:(?:that|which)\s+(?:says?|reads?|spells?|said)|saying|spelling|spells|says?|shows?|showing|displays?|displaying|reading|reads|(?:labell?ed|titled|captioned|inscribed"
    r"|engraved|printed|painted|marked|decorated)(?:\s+with)?"
    r"|with\s+(?:the\s+|an?\s+)?(?:words?|text|title|caption|inscription|lettering|message|writing|letters?|slogan|phrase|name|initials?|number|numeral|greeting|quote|logo|heading|headline|label)"
    r"|(?:the\s+)?(?:words?|text|title|caption|message|letters?)|called|named|addressed|with)"
)
_WRITES = (
    "(?:写着|写有|写上|写了|写|印着|印有|印了|印上|刻着|刻有|题着|题有|标着|贴着|挂着|画着|绣着|显示着?|亮着|喷着"
    "|(?:大声)?(?:说|喊)(?:着|道)?)"
)
# A board that carries the words is the banner that we hang; it is no thing beside it.
_BEFORE = (
    rf"(?:(?:(?:an?|the|one|big|large|small|wooden|red|white)\s+){{0,4}}\b{_EN}\s+)?"
    rf"(?:\b{_SAYS}\s*[:,\uff1a]?\s*)?"
    rf"(?:(?:[一这那]?[块个条张幅面副对道](?:个|一)?)?(?:大|小|红|木|红色的?|大红|木制的?|白色的?)?(?:霓虹灯?)?(?:[\u4e00-\u9fff]{{1,3}}[店馆铺厅屋]的?)?{_ZH}(?:上面|上边|上|里|是|为)?[,\uff0c:\uff1a]?\s*)?"
    rf"(?:(?:(?:上面|上边|上)?(?:用[^,。.\uff0c]{{1,6}})?{_WRITES}(?:了)?"
    r"|[配加]?(?:文字|标题|字幕|字样)[是为]?)[:,\uff1a\uff0c]?\s*)?"
)
_AFTER = (
    rf"(?:这?[一二两三四五六七八九十几]?个?[大小]?字样?)?(?:的?(?:大|小|红色|红)?(?:{_ZH}|字样|字))?(?:\s+{_EN}\b)?"
)
_ON = (
    r"(?:\s+(?:written\s+|painted\s+|printed\s+)?(?:on|across)\s+(?:an?\s+|the\s+)?(?:(?:big|large|red|yellow|blue|green|white|black|pink|orange|purple|golden|wooden)\s+){0,2}"
    rf"{_EN}\b|\s+(?:written|painted|printed|carved|engraved)\s+(?:on|across|in|along)\s+(?:it|them|(?:the|its)\s+"
    r"(?:glass|front|side|top|back|wall|chest|surface|cover|sails?|hull|roof))\b)?"
)
_QUOTE = re.compile(f"{_BEFORE}(?P<quote>{_MARKED}){_AFTER}{_ON}", re.IGNORECASE)
FAR = 48  # characters between a board and the words that say what is written on it
_HUNG = re.compile(
    rf"(?:(?:an?|the|one)\s+)?(?:(?:big|large|small|little|wooden|red|white|blue|green)\s+){{0,3}}\b{_EN}\b", re.I
)
_SAID = re.compile(rf"\b{_SAYS}|{_WRITES}", re.I)
_NAMES = re.compile(rf"\b{_EN}\b|{_ZH}", re.I)
_SPOKEN = re.compile(r"(?<!that )(?<!which )\bsays?\b|\bsaying\b|说|喊", re.IGNORECASE)
# What there must be for the long expressions to be worth asking: most prompts hold no inscription.
_MARK = re.compile("[\"\u201c\u300a\u3008\u300c\u300e\u301d\uff02\u00ab\u201e\u2018']")
_VERB = re.compile(r"\b(?:says?|reads?|spells?|number|numeral|digit)\b|写|印|数字|号码?|门牌", re.IGNORECASE)
_NAMED = [(kind, re.compile(rf"\b{en}\b|{zh}", re.IGNORECASE)) for kind, (en, zh) in _KINDS.items()]

# Words that stand in no quotation marks, where nothing else can be meant: after "that says", and in Chinese on a thing
# that is written on or before it. 写着作业 is somebody at work.
_THINGS = "蛋糕|[Tt]恤|衬衫|衣服|气球|灯笼|旗子?|信封|书|封面|箱子|盒子|杯子|红包|卷轴|墓碑"
_NO_WORDS = "作业|字|信|日记|英文|中文|文字|汉字|数字|诗|论文|小说|代码|报告|什么|东西|名字|公式|各种|许多|几"
_WROTE = f"(?:写着|写有|印着|印有)(?!{_NO_WORDS})"
_BARE = re.compile(
    rf"(?:(?:(?:\b(?:an?|the)\s+)?(?:(?:big|large|small|wooden|red)\s+){{0,2}}\b{_EN}\s+)(?:that|which)\s+(?:says?|reads?|spells?)"
    r"|\b(?:that|which)\s+says?)\s+(?P<after>[^\s,.;:\uff0c。\"“”'‘「][^,.;:\uff0c。\"“”「\n]{0,39}?)(?=\s*(?:[,.;\uff0c。\n]|$)"
    r"|\s+(?:and|with|on|in|next|near|beside|under|at|above)\s+(?:an?|the|two|three|some|his|her|to)\b)"
    rf"|(?:{_ZH}(?:上面?|里)?|(?<=[上面里])){_WROTE}(?P<on>[\u4e00-\u9fff]{{2,12}})(?=[,。.;!\uff0c\uff1b\uff01\n]|$)"
    rf"|{_WROTE}(?P<of>[\u4e00-\u9fff]{{1,12}}?)(?:字样?|[一二两三四五六七八]个大?字)?"
    rf"(?:的(?:大|小|红色?)?{_ZH}|(?=的[^,。.\uff0c写]{{0,4}}(?:{_THINGS})))"
    r"|\b(?:the\s+)?(?:number|numeral|digit)\s+(?P<digits>\d{1,4})\b(?!\s*%)"
    r"|(?:数字|号码|门牌号|编号|号码牌|门牌|球衣号码?)(?:是|为)?\s?(?P<number>\d{1,4})(?!\d|号)",
    re.IGNORECASE,
)

_LETTERS = r"(?:font|typeface|letters|lettering|text|script|type|characters|handwriting|calligraphy)"
# Typefaces by what people call them; the words around ("in a ... font", 用……字体) belong to the name.
_FACES = {
    "sans": (
        rf"sans[- ]?serif(?:\s+{_LETTERS})?|(?:bold|plain|modern|gothic)\s+{_LETTERS}",
        "黑体|无衬线体?|粗体|等线体?",
    ),
    "serif": (rf"serif(?:\s+{_LETTERS})?|(?:elegant|classic|roman|book)\s+{_LETTERS}", "宋体|明体|衬线体?|仿宋"),
    "brush": (
        rf"(?:chinese\s+|brush\s+)?calligraphy|brush\s*(?:strokes?\s+)?{_LETTERS}|brushed\s+{_LETTERS}",
        "毛笔字体?|毛笔(?=写|题|书)|书法字?体?|楷体|楷书|行书|行楷|隶书|草书|魏碑|(?<=用)毛笔",
    ),
    "script": (
        rf"(?:handwritten|cursive|handwriting|hand-?lettered)(?:\s+{_LETTERS})?|script\s+(?:font|typeface|lettering)",
        "手写体?|花体字?|手写字体|连笔字?",
    ),
    "round": (
        rf"(?:rounded?|bubble|playful|cute|funny|cartoon|childish|kids'?)\s+{_LETTERS}",
        "圆体|可爱(?:的)?(?:字体|字)|卡通(?:字体|字)|娃娃体|幼圆|圆润的?字体|胖胖的?字体",
    ),
}  # fmt: skip
_FACE = [
    (
        face,
        re.compile(
            rf"(?:\b(?:in|with|using)\s+(?:an?\s+|the\s+)?)?\b(?:{en})\b|(?:用|以)?(?:漂亮的|大)?(?:{zh})(?:字体|字)?(?:的字?)?",
            re.IGNORECASE,
        ),
    )
    for face, (en, zh) in _FACES.items()
]


@dataclass(frozen=True, slots=True)
class Quote:
    """One inscription: its words, and what part of the prompt asked for it."""

    string: str
    start: int
    end: int
    board: str = "card"  # what the words are written on (boards.BOARDS); "card" or "speech" where no word says so
    face: str = ""  # the typeface asked for (faces.FACES), if any
    how: tuple[tuple[int, int], ...] = ()  # where the prompt says so


def _board(around: str) -> str:
    """The board that the words around the quotation name."""
    for kind, name in _NAMED:
        if name.search(around):
            return "redcloth" if kind == "cloth" and re.search(r"\bred\b|红", around) else kind
    return "speech" if _SPOKEN.search(around) else "card"


def _found(prompt: str) -> list[tuple[int, int, int, int]]:
    """Start and end of each inscription with the words around it, and of the inscription alone; in order."""
    found = []
    blank = prompt
    for match in _QUOTE.finditer(prompt) if _MARK.search(prompt) else ():
        start, end = match.span("quote")
        if prompt[start + 1 : end - 1].strip():
            found.append((*match.span(), start + 1, end - 1))
            blank = _blanked(blank, *match.span())
    for match in _BARE.finditer(blank) if _VERB.search(blank) else ():
        name = match.lastgroup or "after"
        if match.group(0).startswith("印") and _is_picture(match.group(name)):
            continue
        if match.group(name).strip():
            found.append((*match.span(), *match.span(name)))
    return sorted(found)


def _is_picture(text: str) -> bool:
    """Whether what is printed is a thing that we know and no words: 印着一只白猫."""
    parts = tokens(text.removesuffix("图案").removesuffix("的"), lexicon())
    described: tuple[Kind, ...] = ("number", "measure", "colour", "size", "trait", "of")
    known = all(any(part.has(kind) for kind in ("thing", *described)) or part.text == "的" for part in parts)
    return known and bool(parts) and parts[-1].has("thing") and len(text) > 1


def quotes(prompt: str) -> tuple[list[Quote], str]:
    """Every inscription in order, and the prompt of the same length with them and the words around them blank.

    What is quoted is not read for things: a banner that says "cat food" asks for no cat. Nor is what says how it
    is to be written: brush calligraphy asks for no brush.
    """
    found = _found(prompt)
    if not found:
        return [], prompt
    blank = open_ = prompt  # without the words around, without the inscriptions only
    for start, end, first, last in found:
        blank, open_ = _blanked(blank, start, end), _blanked(open_, first, last)
    asked: list[tuple[int, int, str]] = []
    for face, name in _FACE:
        for match in name.finditer(open_):
            asked.append((*match.span(), face))
            blank, open_ = _blanked(blank, *match.span()), _blanked(open_, *match.span())  # "brush script" is no script
    said = []
    for start, end, first, last in found:
        board = _before(prompt, blank, start, first)
        if board is not None:
            blank = _blanked(blank, *board)
        nearest = min(asked, key=lambda place: abs(place[0] - first), default=None)
        face, how = (nearest[2], ((nearest[0], nearest[1]),)) if nearest is not None else ("", ())
        around = prompt[start:first] + " " + prompt[last:end] + (f" {prompt[slice(*board)]}" if board else "")
        said.append(Quote(prompt[first:last].strip(), start, end, _board(around), face, how))
    return said, blank


def _before(prompt: str, blank: str, start: int, first: int) -> tuple[int, int] | None:
    """Where the board stands of which words farther on say what is written: "a sign on the beach saying"."""
    introduced = bool(_SAID.search(prompt[start:first])) or prompt[:start].rstrip()[-1:] in tuple(":\uff1a")
    if not introduced or _NAMES.search(prompt[start:first]):
        return None
    floor = max(0, start - FAR)
    floor = max((floor, *(i + 1 for i in range(floor, start) if blank[i] in ".;!?。;!?")))
    last = None
    for match in _HUNG.finditer(blank, floor, start):
        if "placard" not in match[0].lower():  # one of our own things, which carries words itself
            last = match
    return last.span() if last is not None else None


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
