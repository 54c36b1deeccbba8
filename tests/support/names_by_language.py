"""Common given and family names in many languages, and the words of a roster's header in each language.

No pair of names is meant to be a person. Each name that a language can offer has a letter beyond ASCII where possible,
since only such a name shows whether a text was decoded rightly.
"""

# ruff: noqa: RUF001  names of people in their own letters

import unicodedata
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Language:
    """The names of a language, its words for id, name and city, and the legacy encodings in which it was written."""

    given: str
    family: str
    header: tuple[str, str, str]
    encodings: tuple[str, ...]


LANGUAGES = {
    "german": Language(
        "Jürgen Günther Jörg Björn Käthe Anna Thomas Bärbel Sören Heiko Uwe Grit Götz Rüdiger Hannelore",
        "Müller Schäfer Köhler Krüger Weiß Groß Vogel Schröder Böhm Jäger Lang Fuchs Lößner Hübner Bär",
        ("Personalnummer", "Name", "Straße"),
        ("cp1252", "cp850", "mac-roman", "cp437"),
    ),
    "french": Language(
        "François Hélène Zoé Éric Chloé Paul Anaïs Benoît Noëlle Léa Jérôme Cécile Aurélie Gaëtan Marie",
        "Lefèvre Béranger Lemaître Gauthier Desprès Hébert Noël Périer Martin Garçon Crépin Mallarmé Dubois Fénelon",
        ("Matricule", "Nom complet", "Société"),
        ("cp1252", "cp850", "mac-roman"),
    ),
    "spanish": Language(
        "José María Íñigo Begoña Ramón Lucía Andrés Sofía Iván Óscar Pablo Inés Raúl Elena Álvaro",
        "Núñez García Muñoz Peña López Ibáñez Sánchez Ruiz Yáñez Martínez Ordóñez Vega Gutiérrez Cañas",
        ("Número de empleado", "Nombre completo", "Población"),
        ("cp1252", "cp850", "mac-roman"),
    ),
    "portuguese": Language(
        "João Conceição Luís Inês António Simão Vânia Estêvão Rui Sónia César Lígia Tomé Andreia",
        "Gonçalves Magalhães Simões Araújo Conceição Leitão Guimarães Sá Brandão Lourenço Assunção Costa",
        ("Matrícula", "Nome completo", "Localização"),
        ("cp1252", "cp850"),
    ),
    "danish": Language(
        "Søren Jørgen Bjørn Åse Lærke Gøran Pål Øystein Mette Kåre Frøydis Anne Håkon Asbjørn",
        "Sørensen Ågård Kjær Bæk Nørgård Østergård Hansen Møller Skjødt Lund Røed Bråten Sæther Øverby",
        ("Medarbejder nr", "Navn", "Område"),
        ("cp1252", "cp850"),
    ),
    "swedish": Language(
        "Åsa Göran Björn Märta Örjan Håkan Sölve Lars Hjördis Gösta Päivi Jyrki Väinö Anna",
        "Sjöberg Åkesson Lindström Bäckman Öberg Hägg Norén Sjögren Häkkinen Mäkelä Lund Ström Törnqvist",
        ("Anställningsnummer", "Namn", "Avdelning på kontoret"),
        ("cp1252", "cp850", "mac-roman"),
    ),
    "polish": Language(
        "Łukasz Paweł Żaneta Stanisław Grażyna Jan Michał Małgorzata Józef Błażej Elżbieta Rafał Bożena Anna",
        "Wiśniewski Wójcik Źródło Kamiński Dąbrowska Nowak Zając Jabłoński Król Wróbel Pawłowska Gołąb Stępień Kłos",
        ("Numer pracownika", "Imię i nazwisko", "Miejscowość"),
        ("cp1250", "iso-8859-2", "cp852"),
    ),
    "czech": Language(
        "Jiří Tomáš Věra Ondřej Božena Lukáš Šárka Matěj Růžena Pavel Zdeněk Markéta Vojtěch Žofie",
        "Nováková Dvořák Černý Procházka Šťastný Kříž Němec Růžička Ťok Horák Beneš Havel Zelený Žák",
        ("Osobní číslo", "Jméno a příjmení", "Město"),
        ("cp1250", "iso-8859-2", "cp852"),
    ),
    "hungarian": Language(
        "Győző Zsófia István Ödön Márta Gergő Tünde Kőszeg László Bence Erzsébet Jenő Réka Ábel",
        "Őrsi Szűcs Kovács Fülöp Tóth Erdős Nagy Gál Bíró Hegedűs Szőke Török Lőrincz Fűzfa",
        ("Törzsszám", "Teljes név", "Település"),
        ("cp1250", "iso-8859-2", "cp852"),
    ),
    "croatian": Language(
        "Željko Ivančica Đuro Šime Božidar Ana Krešimir Anđela Nikša Žarko Domagoj Lučka",
        "Kovačević Šimić Đurić Horvat Jurčić Marušić Babić Čupić Knežević Žanić Perić Tuđman",
        ("Matični broj", "Ime i prezime", "Općina"),
        ("cp1250", "iso-8859-2", "cp852"),
    ),
    "romanian": Language(
        "Ioan Bogdan Mălina Răzvan Cătălin Ana Ştefan Ilinca Brânduşa Ioniţă Mihăiţă Crânguţa",
        "Popescu Brâncuşi Ţepeş Munteanu Bălan Nistor Cîmpeanu Ştirbei Lăzărescu Pârvu Moţoc Câţu",
        ("Marcă", "Nume complet", "Oraş"),
        ("cp1250", "iso-8859-2"),
    ),
    "turkish": Language(
        "Gülşen Ayşe İbrahim Çağla Ömer Işıl Barış Tuğba Özgür Fatma Yiğit Şebnem Hakan Ümit",
        "Yıldız Şahin Doğan Öztürk Çelik Kılıç Güneş Aydın Aslan Koç Toprak Özdemir Işık Uğur",
        ("Sicil No", "Adı Soyadı", "Şehir"),
        ("cp1254", "cp857"),
    ),
    "lithuanian": Language(
        "Šarūnas Rūta Žydrūnas Eglė Jonas Vytė Gražina Kęstutis Ąžuolas Dovilė Mindaugas Aušra",
        "Kazlauskienė Žukauskas Šimkutė Jankauskas Petraitytė Vaičiūnas Butkus Mačiulis Čiurlytė Rimšė",
        ("Tabelio Nr", "Vardas pavardė", "Skyrius įmonėje"),
        ("cp1257",),
    ),
    "russian": Language(
        "Иван Мария Алексей Ольга Пётр Наталья Дмитрий Юлия Сергей Екатерина Фёдор Ксения Глеб Эльвира",
        "Иванов Петрова Сидоров Кузнецова Щербаков Волкова Жуков Лебедева Хохлов Цветкова Ёлкин Юдина Шишкин",
        ("Табельный номер", "ФИО", "Город"),
        ("cp1251", "koi8-r", "cp866", "iso-8859-5"),
    ),
    "ukrainian": Language(
        "Олексій Ганна Юрій Оксана Тарас Євген Соломія Ігор Леся Їлля Богдан Наталія",
        "Шевченко Ковальчук Лисенко Бондаренко Ткачук Гриценко Мельник Яценюк Кравець Іваненко Ющенко",
        ("Табельний номер", "Прізвище та ім'я", "Місто"),
        ("cp1251", "koi8-u"),
    ),
    "bulgarian": Language(
        "Георги Иванка Димитър Цветелина Стоян Жечка Петър Йорданка Христо Веселина Ангел Божидар",
        "Димитров Иванова Стоянов Колева Тодоров Желязкова Христов Цанева Ангелов Йорданова",
        ("Служебен номер", "Име и фамилия", "Град"),
        ("cp1251", "iso-8859-5"),
    ),
    "greek": Language(
        "Γιώργος Μαρία Δημήτρης Ελένη Άννα Νίκος Κωνσταντίνος Ιωάννα Χρήστος Σοφία Έλλη Όλγα Παύλος",
        "Παπαδόπουλος Νικολάου Γεωργίου Οικονόμου Αγγελοπούλου Δημητρίου Μακρής Ιωάννου Χατζής Βλάχου",
        ("Αριθμός μητρώου", "Ονοματεπώνυμο", "Πόλη"),
        ("cp1253", "iso-8859-7"),
    ),
    "hebrew": Language(
        "דוד שרה יוסף רחל משה מרים אברהם יעל נועם תמר איתן שירה עומר הדס",
        "כהן לוי מזרחי פרץ ביטון דהן אברהם פרידמן שפירא אזולאי כץ גולן ברק שלום",
        ("מספר עובד", "שם מלא", "עיר"),
        ("cp1255",),
    ),
    "arabic": Language(
        "محمد فاطمة أحمد عائشة يوسف مريم خالد نور حسن ليلى عمر سارة إبراهيم هدى",
        "الحسن العلي الخطيب المصري النجار الحداد القاسم السيد الشامي المنصور الزهراني الغامدي",
        ("رقم الموظف", "الاسم الكامل", "المدينة"),
        ("cp1256",),
    ),
    "thai": Language(
        "สมชาย สมหญิง ประเสริฐ วันดี กิตติ นภา อนุชา มาลี ธนพล ศิริพร วิชัย อรุณ",
        "ใจดี รักไทย ศรีสุข ทองดี แก้วมณี สุขใจ บุญมา วงศ์ไทย พงษ์พันธ์ มั่นคง",
        ("รหัสพนักงาน", "ชื่อ-นามสกุล", "จังหวัด"),
        ("cp874",),
    ),
    "simplified chinese": Language(
        "伟 芳 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 建国 志强 晓东 雪梅",
        "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 邓 冯 韩 曹",
        ("工号", "姓名", "部门"),
        ("gb18030",),
    ),
    "traditional chinese": Language(
        "志明 淑芬 家豪 雅婷 俊傑 怡君 冠宇 美玲 建宏 詩涵 宗翰 麗華 育仁 承恩 惠雯 國榮 佩珊 柏翰 欣怡 文彬",
        "陳 林 黃 張 李 王 吳 劉 蔡 楊 許 鄭 謝 郭 洪 邱 曾 廖 賴 徐 周 葉 蘇 莊 呂 江 何 蕭 羅 高",
        ("員工編號", "姓名", "部門"),
        ("big5",),
    ),
    "japanese": Language(
        "太郎 花子 健一 さくら 翔太 美咲 大輔 陽子 拓也 結衣 直樹 恵子 悠斗 ひなた 一郎 由美 誠 真由美 ソー ゆかり",
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水",
        ("社員番号", "氏名", "部署"),
        ("cp932", "euc-jp", "iso-2022-jp"),
    ),
    "korean": Language(
        "민준 서연 지훈 수진 현우 지영 영수 미숙 준호 은지 성민 하은 동현 유진 정훈 혜진 철수 영희",
        "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍 전 고 문 양 손 배 백 허",
        ("사번", "이름", "부서"),
        ("cp949", "iso-2022-kr"),
    ),
}


@dataclass(frozen=True)
class Roster:
    """The text of a roster, with the name of the person at each address."""

    text: str
    people: dict[str, str]


ONE_WORD = {"simplified chinese", "traditional chinese", "japanese", "korean"}
"""The languages that write a family name and a given name as one word, the family name first."""

PLAIN = ("Ann Lee", "Bob Roe", "Tom Smith", "Eve Stone")
"""Names in ASCII, which show nothing of an encoding."""

_STROKES = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ı": "i", "æ": "ae", "ß": "ss"})


def roster_in(
    language: str,
    rng: Random,
    *,
    rows: int,
    delimiter: str = ",",
    own_header: bool = False,
    addresses_by_name: bool = False,
    plain_share: float = 0.0,
) -> Roster:
    """Return a roster of ``rows`` people with a private address before the work address.

    ``own_header`` has the first word of the header in the people's language. ``addresses_by_name`` makes the work
    addresses from the names where these are in Latin letters. ``plain_share`` is the share of people with a name
    in ASCII.
    """
    names = LANGUAGES[language]
    lines = [[names.header[0] if own_header else "Employee ID", "Name", "Private Email", "Work Email"]]
    people = {}
    for number in range(rows):
        given, family = rng.choice(names.given.split()), rng.choice(names.family.split())
        name = family + given if language in ONE_WORD else f"{given} {family}"
        name = rng.choice(PLAIN) if rng.random() < plain_share else name
        plain = ".".join(filter(None, map(_plain, name.split()))) if addresses_by_name else ""
        address = f"{plain or 'p'}{number}@corp.example"
        people[address] = name
        lines.append([f"E{number:03}", name, f"home{number}@home.example", address])
    text = "".join(delimiter.join(line) + "\r\n" for line in lines)
    return Roster(text, people)


def _plain(word: str) -> str:
    split = unicodedata.normalize("NFKD", word.translate(_STROKES))
    return "".join(letter for letter in split if letter.isascii() and letter.isalpha()).lower()
