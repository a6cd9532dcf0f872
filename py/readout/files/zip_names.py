"""In which old encoding the names in a zip are: where most of their letters are common ones in the language it is for.

A detector of texts needs more than names have: of a dozen of few letters charset-normalizer took eight for others.
`site/workers/images/zip_names.js` does the same by the constants here; one table tests both.
"""

from functools import cache

UPPER_HALF = (
    b"".fromhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
    + b"".fromhex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf")
    + b"".fromhex("e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
)
"""All bytes beyond ASCII."""
CODE_PAGES = {
    "cp437": UPPER_HALF.decode("cp437"),
    "cp850": UPPER_HALF.decode("cp850"),
    "cp737": UPPER_HALF.decode("cp737"),
    "cp862": UPPER_HALF.decode("cp862"),
}
"""What stands at 0x80 and above in those of DOS that no browser decodes."""
UNKNOWN = "cp437"
"""Any bytes are a name in this one, which is what a zip says where it says nothing (APPNOTE.TXT 6.3.10, appendix D)."""
LATIN, CYRILLIC, GREEK, HEBREW, THAI = (
    [("äöüéèàçñßáíóúåøæêâôãõ", 9), ("ÄÖÜÉÈÀÇÑÁÍÓÚÅØÆÊÂÔÃÕìòùëïîûÿìòùœ", 13)],
    [("оеаинтсрвл", 8), ("кмдпуяыьгзбчі", 11), ("йхжшюцщэфъёїє", 16)],
    [("αειοντσρηπκς", 8), ("μλυωόίέάήθδγ", 11), ("χφβξζψύώϊϋΐΰ", 16)],
    [("יוהלארתמשב", 8), ("נדכעםפקח", 11), ("טגסזצןךץף", 14)],
    [("านรกอเงมยล", 9), ("วทดสตะปบคหัี่้ิแ์", 11), ("ไใโุูึืำจพผถภขชซธศษณญฐฎฏฑฒฉฟฝฬฮฆฌฤๆ็๊๋", 14)],
)
"""Letters of alphabets by how many half bits each says: those that are common say least."""
KANA = (
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんがぎぐげ"
    "ござじずぜぞだでどばびぶべぼぱぴぷぺぽっゃゅょ"
)
KATAKANA = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンガギグゲ"
    "ゴザジズゼゾダデドバビブベボパピプペポヴッャュョァィゥェォー"
)
HALFWIDTH = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝｯｬｭｮｰﾞﾟ"
WIDE = "０１２３４５６７８９　（）＿－"
KANJI = (
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問高"
    "代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山"
    "思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考"
    "判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減"
    "台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説"
    "転食比難防補車優夫研収断井何南石足違消境神番規術護展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農州武声質念待"
    "試写像器温湿圧量測値録撮影画面秤体重血糖室炉槽管針盤字読取例図版号館駅駐白黒赤青春夏秋冬夜昼朝夕花犬猫友達卒旅氷風雨雪"
)
SIMPLIFIED = (
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发"
    "成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话"
    "儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水"
    "万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制"
    "解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快"
    "条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱"
    "党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽"
    "照相片表读计仪器压流温湿测试验室图盘屏显示录频摄截拍样本号码编结果汇总报告文件夹新建副本备份压缩昨屏幕电池灯油气煤瓦度秤血糖体重锅炉"
)
HANGUL = (
    "이다는에의을가고하은지로를한기사도어인리자그아나시서있대정일들해것수전부라보여만게주으제스구성면과적상러동었공국원장야마생우화내오경비연"
    "시사진위관무소신선안되조트유문계방강모개말치세물미학때중없와분할용니않등습데당음년더및요실간추회미호최단명현불영체교민통행발거결남반설입"
    "드레프크램터타테카파포페토코티피플메네루르료류디더저재외예양약술식심속산복본법번받밀목먼력란금급근그극권군굴규까께꺼끼노녹높누늘능달담"
    "답덕독돌두뒤든락래려렇례론름림릭망매맥머먹명몇모묘및박백변별병봉북빛뿐새색석섬센셀손송숙순승싱써쓰씨압액업역열온왕욕월율은응의임잡적절점"
    "접젝종좋준증직질집차착찰참창채책처천철청초총축출충취측층친침칭캡쳐컴콜클키탄탐태택텐통퇴투특판팔패편평폐폭표품풍필합항향험혈형홍환황효후휴흐힘값량온습"
)
_JIS = [(KANA, 13), (KATAKANA, 13), (HALFWIDTH, 20), (WIDE, 16), (KANJI, 18)]
ENCODINGS = [
    # its name for Python, for browsers, common letters, (lead bytes from, to, second bytes from, to, half bits)
    ("cp437", "", LATIN, []),
    ("cp850", "", LATIN, []),
    ("cp1252", "windows-1252", LATIN, []),
    ("cp866", "ibm866", CYRILLIC, []),
    ("cp1251", "windows-1251", CYRILLIC, []),
    ("koi8_r", "koi8-r", CYRILLIC, []),
    ("cp737", "", GREEK, []),
    ("cp1253", "windows-1253", GREEK, []),
    ("cp862", "", HEBREW, []),
    ("cp1255", "windows-1255", HEBREW, []),
    ("cp874", "windows-874", THAI, []),
    (
        "cp932",
        "shift_jis",
        _JIS,
        [(0x88, 0x97, 0x40, 0xFC, 26), (0x98, 0x9F, 0x40, 0xFC, 34), (0xE0, 0xEA, 0x40, 0xFC, 34)],
    ),
    ("euc_jp", "euc-jp", _JIS, [(0xB0, 0xCF, 0xA1, 0xFE, 26), (0xD0, 0xF4, 0xA1, 0xFE, 34)]),
    (
        "gb18030",
        "gb18030",
        [(WIDE, 18), (SIMPLIFIED, 18)],
        [(0xB0, 0xD7, 0xA1, 0xFE, 26), (0xD8, 0xF7, 0xA1, 0xFE, 34)],
    ),
    (
        "big5hkscs",
        "big5",
        [(WIDE, 18)],
        [(0xA4, 0xC6, 0x40, 0xFE, 26), (0xC9, 0xF9, 0x40, 0xFE, 34)],
    ),
    ("cp949", "euc-kr", [(WIDE, 18), (HANGUL, 16)], [(0xB0, 0xC8, 0xA1, 0xFE, 26)]),
]
"""Encodings of old programs; of two that give the same text the first one counts. The lead bytes are those of the first
level, with the common characters, and the second one, of JIS X 0208, GB 2312, Big5 and KS X 1001."""
RARE = 28, 44
"""Half bits of a character that is not common, of one byte and of two."""
STRANGERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ[]^`{|}~@"
BESIDE = 12, 4
"""Half bits more for each neighbour that is a letter of ASCII or a sign that names do not have, for letters of one byte
and of two."""
UNUSUAL = {"cp850": 8, "cp862": 6, "cp1255": 6, "cp874": 6, "cp737": 4, "cp1253": 4}
"""Half bits more for an encoding that fewer files are named in."""
IN_A_ROW = 10
"""Half bits more for a letter with an accent that follows another."""
CAPITAL_INSIDE = 16
"""Half bits more for a capital that follows a small letter."""
USUAL = [(0, 0x17F), (0x300, 0x36F), (0x386, 0x3CE), (0x400, 0x45F), (0x490, 0x10FFFF)]
"""From, to: what is UTF-8 with such characters alone is nothing else; 图片 in GBK is others in it."""
SURE = 6
"""Half bits by which one encoding has to be better than others."""
MOST_STEPS = 3000
"""Steps of paths that are weighed."""


def decoded_names(names: list[tuple[bytes, bool]]) -> tuple[list[str], bool]:
    """Names of a zip's entries, of (bytes, whether they are known to be UTF-8), in the encoding that fits all best, and
    whether that is sure; where it is not they are read as UNKNOWN."""
    encoding, sure = _encoding([raw for raw, known in names if not known and not raw.isascii()])
    return [raw.decode("utf-8" if known else encoding, "replace") for raw, known in names], sure


def _encoding(names: list[bytes]) -> tuple[str, bool]:
    unicode = [_text(name, "utf-8") for name in names]
    if all(text and all(any(low <= ord(sign) <= high for low, high in USUAL) for sign in text) for text in unicode):
        return "utf-8", True
    steps = dict.fromkeys(step for name in names for step in name.split(b"/") if not step.isascii())
    weighed = b"/".join([*steps][:MOST_STEPS])
    found: dict[str, tuple[int, str]] = {}
    for encoding, *_ in ENCODINGS:
        if all(_text(name, encoding) is not None for name in names):
            text = weighed.decode(encoding, "replace")
            found.setdefault(text, (_half_bits(text, encoding) + UNUSUAL.get(encoding, 0), encoding))
    (least, best), *others = sorted(found.values(), key=lambda each: each[0])
    sure = not others or others[0][0] - least >= SURE
    return (best, True) if sure else (UNKNOWN, False)


def _text(raw: bytes, encoding: str) -> str | None:
    """None where it is not text in this encoding: browsers take controls and private characters for what is none."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if any("\x80" <= sign <= "\x9f" or "\ue000" <= sign <= "\uf8ff" for sign in text) else text


def _half_bits(text: str, encoding: str) -> int:
    """How little text is to be expected: less for common letters, words of one alphabet, no capitals inside them."""
    costs, is_latin, is_wide = _costs(encoding)
    total, before = 0, "/"
    for sign, after in zip(text, f"{text[1:]}/", strict=True):
        if sign >= "\x80":
            total += costs.get(sign, RARE[is_wide])
            if is_latin:
                total += IN_A_ROW * (before >= "\x80")
            else:
                total += BESIDE[is_wide] * ((before in STRANGERS) + (after in STRANGERS))
            total += CAPITAL_INSIDE * (sign != sign.lower() and before != before.upper())
        before = sign
    return total


@cache
def _costs(encoding: str) -> tuple[dict[str, int], bool, bool]:
    """Half bits by character, whether it is for Latin letters, and whether it has characters of two bytes."""
    common, ranges = next((each[2], each[3]) for each in ENCODINGS if each[0] == encoding)
    costs: dict[str, int] = {}
    for first, last, low, high, cost in ranges:
        pairs = (bytes([lead, second]) for lead in range(first, last + 1) for second in range(low, high + 1))
        for sign in b"\n".join(pairs).decode(encoding, "replace").split("\n"):
            costs.setdefault(sign, cost)
    for signs, cost in reversed(common):
        costs.update(dict.fromkeys(signs, cost))
    return costs, common is LATIN, bool(ranges)
