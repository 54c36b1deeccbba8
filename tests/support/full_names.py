"""Full names of invented people in many languages, each with its two halves.

Each line has a language, a name, the given name and the family's name, separated by ``|``. ``=`` in place of the
halves means that a reader cannot tell from the name alone, so that the name must stay whole.
"""

from typing import NamedTuple


class FullName(NamedTuple):
    """A name, and its halves; both halves are empty if the name alone does not tell them."""

    language: str
    name: str
    given: str
    family: str


_LINES = """
English|Ada Lovelace|Ada|Lovelace
English|Lovelace, Ada|Ada|Lovelace
English|Ada K. Lovelace|Ada K.|Lovelace
English|J. R. R. Tolkien|J. R. R.|Tolkien
English|J.R.R. Tolkien|J.R.R.|Tolkien
English|Martin King Jr.|Martin|King Jr.
English|Martin King, Jr.|Martin|King, Jr.
English|King, Martin Jr.|Martin Jr.|King
English|Robert Downey III|Robert|Downey III
English|Dr. Grace Hopper|Dr. Grace|Hopper
English|Grace Hopper, PhD|Grace|Hopper, PhD
English|Sir Tim Lee|Sir Tim|Lee
English|Mrs. Ann O'Neil|Mrs. Ann|O'Neil
English|Mary-Jane Watson|Mary-Jane|Watson
English|Emma Smith-Jones|Emma|Smith-Jones
English|Mary Ann Evans|=
English|Ada King Lovelace|=
English|Prince|=
English|Anna Smith (Contractor)|=
English|William "Bill" Gates|=
English|Smith, Anna, London|=
German|Hans Müller|Hans|Müller
German|Müller, Hans|Hans|Müller
German|Ludwig von Beethoven|Ludwig|von Beethoven
German|von der Leyen, Ursula|Ursula|von der Leyen
German|Ursula von der Leyen|Ursula|von der Leyen
German|Prof. Dr. Karl Weiß|Prof. Dr. Karl|Weiß
German|Dipl.-Ing. Eva Groß|Dipl.-Ing. Eva|Groß
German|Frau Eva Groß|Frau Eva|Groß
German|Karl-Theodor zu Guttenberg|Karl-Theodor|zu Guttenberg
German|Otto Graf von Bismarck|Otto Graf|von Bismarck
German|Anna Maria Schmidt|=
Dutch|Vincent van Gogh|Vincent|van Gogh
Dutch|Jan van den Berg|Jan|van den Berg
Dutch|Berg, Jan van den|Jan|van den Berg
Dutch|Berg, Jan Piet van der|Jan Piet|van der Berg
Dutch|Jan Piet van der Berg|Jan Piet|van der Berg
Dutch|Anna de Vries|Anna|de Vries
Dutch|Sanne ten Brink|Sanne|ten Brink
Dutch|Piet in 't Veld|Piet|in 't Veld
Dutch|van Gogh|=
Dutch|Drs. Mies Bouwman|Drs. Mies|Bouwman
French|Jean Dupont|Jean|Dupont
French|Jean DUPONT|Jean|DUPONT
French|DUPONT Jean|=
French|Marie de La Tour|Marie|de La Tour
French|Charles de Gaulle|Charles|de Gaulle
French|Jeanne d'Arc|Jeanne|d'Arc
French|Mme Claire Petit|Mme Claire|Petit
French|Jean-Luc Le Roux|=
French|de Gaulle|=
Spanish|Ana Ruiz|Ana|Ruiz
Spanish|Ruiz Soto, Ana María|Ana María|Ruiz Soto
Spanish|Gabriel García Márquez|=
Spanish|Juan de la Cruz|Juan|de la Cruz
Spanish|María García de la Cruz|=
Spanish|Juan Carlos de la Cruz|=
Spanish|José Ortega y Gasset|=
Spanish|Sra. Ana Ruiz|Sra. Ana|Ruiz
Spanish|María del Mar|María|del Mar
Portuguese|Maria Santos|Maria|Santos
Portuguese|João da Silva|João|da Silva
Portuguese|João Silva dos Santos|=
Portuguese|Ana Luísa Costa|=
Portuguese|dos Santos, Rui|Rui|dos Santos
Italian|Marco Rossi|Marco|Rossi
Italian|Anna De Luca|Anna|De Luca
Italian|Luca della Robbia|Luca|della Robbia
Italian|Dott. Paolo Bianchi|Dott. Paolo|Bianchi
Italian|Di Marco, Elena|Elena|Di Marco
Italian|Maria Grazia Verdi|=
Polish|Jan Kowalski|Jan|Kowalski
Polish|Łucja Wójcik|Łucja|Wójcik
Polish|Kowalska-Nowak, Ewa|Ewa|Kowalska-Nowak
Polish|Mgr Ewa Nowak|Mgr Ewa|Nowak
Czech|Petr Novák|Petr|Novák
Czech|Nováková, Jana|Jana|Nováková
Swedish|Åsa Lindström|Åsa|Lindström
Swedish|Carl af Ugglas|Carl|af Ugglas
Swedish|Anna Karin Berg|=
Danish|Søren Kierkegaard|Søren|Kierkegaard
Norwegian|Ole Bull Hansen|=
Finnish|Aino Virtanen|Aino|Virtanen
Icelandic|Björk Guðmundsdóttir|Björk|Guðmundsdóttir
Turkish|Ayşe Gündüz|Ayşe|Gündüz
Turkish|Mehmet Ali Demir|=
Romanian|Ion Munteanu|Ion|Munteanu
Romanian|Popescu Ion|=
Greek|Νίκος Παπαδόπουλος|=
Greek|Nikos Papadopoulos|Nikos|Papadopoulos
Russian|Иван Иванов|=
Russian|Иванов Иван Иванович|=
Russian|Иванов, Иван|Иван|Иванов
Russian|Ivanov Ivan|=
Russian|Anna Sokolova|Anna|Sokolova
Ukrainian|Олена Шевченко|=
Hungarian|Nagy Anna|=
Hungarian|Kovács János|=
Hungarian|Tóth Eszter Mária|=
Hungarian|Nagy, Anna|Anna|Nagy
Chinese|Wang Wei|=
Chinese|Zhang Xiaoming|=
Chinese|王伟|=
Chinese|王 伟|=
Chinese|Wang, Wei|Wei|Wang
Chinese|WANG Wei|=
Chinese|Xiaoming Zhang|Xiaoming|Zhang
Japanese|山田 太郎|=
Japanese|山田太郎|=
Japanese|Tanaka Hiroshi|=
Japanese|Hiroshi Tanaka|Hiroshi|Tanaka
Japanese|田中、宏|=
Korean|김민준|=
Korean|Kim Min-jun|=
Korean|Min-jun Kim|Min-jun|Kim
Korean|Park, Ji-woo|Ji-woo|Park
Vietnamese|Nguyễn Văn An|=
Vietnamese|Nguyen Thi Lan|=
Vietnamese|Trần Anh|=
Vietnamese|Đặng Minh|=
Vietnamese|Nguyễn, Văn An|Văn An|Nguyễn
Thai|สมชาย ใจดี|=
Thai|Somchai Jaidee|Somchai|Jaidee
Arabic|Ahmed bin Khalid|Ahmed|bin Khalid
Arabic|Khalid bin Ahmed Al Thani|Khalid|bin Ahmed Al Thani
Arabic|Mohammed Al Fayed|Mohammed|Al Fayed
Arabic|Omar al-Rashid|Omar|al-Rashid
Arabic|محمد علي|=
Arabic|Fatima bint Ali|Fatima|bint Ali
Hebrew|David Ben Gurion|=
Hebrew|דוד כהן|=
Malay|Ahmad bin Abdullah|Ahmad|bin Abdullah
Malay|Siti binti Rahman|=
Indonesian|Suharto|=
Indonesian|Budi Santoso|Budi|Santoso
Hindi|Priya Sharma|Priya|Sharma
Hindi|प्रिया शर्मा|=
Tamil|S. Ramanujan|S.|Ramanujan
Tamil|Ramanujan S.|=
Filipino|Jose dela Cruz|Jose|dela Cruz
Filipino|Maria Clara Santos|=
Swahili|Amina Juma|Amina|Juma
Yoruba|Ngozi Okafor|Ngozi|Okafor
Welsh|Dafydd ap Gwilym|Dafydd|ap Gwilym
Irish|Seán Ó Briain|Seán|Ó Briain
"""

FULL_NAMES = tuple(
    FullName(language, name, *halves) if halves != ["="] else FullName(language, name, "", "")
    for language, name, *halves in (line.split("|") for line in _LINES.strip().splitlines())
)
