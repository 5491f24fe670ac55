//! The names of the months in the languages that reports are written in.

use super::glyphs::Glyph;

/// The names of each month, lower-cased; short forms are at least three letters.
const MONTHS: [&[&str]; 12] = [
    &[
        "january",
        "jan",
        "janvier",
        "januar",
        "jänner",
        "enero",
        "janeiro",
        "gennaio",
        "januari",
        "января",
        "январь",
        "январе",
        "stycznia",
        "ocak",
        "يناير",
        "जनवरी",
        "জানুয়ারি",
        "січня",
        "leden",
        "ledna",
    ],
    &[
        "february",
        "feb",
        "février",
        "fevrier",
        "févr",
        "februar",
        "febrero",
        "fevereiro",
        "febbraio",
        "februari",
        "февраля",
        "февраль",
        "феврале",
        "lutego",
        "şubat",
        "فبراير",
        "फरवरी",
        "ফেব্রুয়ারি",
        "лютого",
    ],
    &[
        "march",
        "mar",
        "mars",
        "märz",
        "marz",
        "marzo",
        "março",
        "maart",
        "марта",
        "март",
        "марте",
        "marca",
        "mart",
        "مارس",
        "मार्च",
        "মার্চ",
        "березня",
    ],
    &[
        "april",
        "apr",
        "avril",
        "avr",
        "abril",
        "aprile",
        "апреля",
        "апрель",
        "апреле",
        "kwietnia",
        "nisan",
        "أبريل",
        "अप्रैल",
        "এপ্রিল",
        "квітня",
    ],
    &[
        "may",
        "mai",
        "mayo",
        "maio",
        "maggio",
        "mei",
        "мая",
        "май",
        "мае",
        "maja",
        "mayıs",
        "مايو",
        "मई",
        "মে",
        "травня",
    ],
    &[
        "june",
        "jun",
        "juin",
        "juni",
        "junio",
        "junho",
        "giugno",
        "июня",
        "июнь",
        "июне",
        "czerwca",
        "haziran",
        "يونيو",
        "जून",
        "জুন",
        "червня",
    ],
    &[
        "july",
        "jul",
        "juillet",
        "juil",
        "juli",
        "julio",
        "julho",
        "luglio",
        "июля",
        "июль",
        "июле",
        "lipca",
        "temmuz",
        "يوليو",
        "जुलाई",
        "জুলাই",
        "липня",
    ],
    &[
        "august",
        "aug",
        "août",
        "aout",
        "agosto",
        "augustus",
        "августа",
        "август",
        "августе",
        "sierpnia",
        "ağustos",
        "أغسطس",
        "अगस्त",
        "আগস্ট",
        "серпня",
    ],
    &[
        "september",
        "sep",
        "sept",
        "septembre",
        "septiembre",
        "setembro",
        "settembre",
        "сентября",
        "сентябрь",
        "сентябре",
        "września",
        "eylül",
        "سبتمبر",
        "सितंबर",
        "সেপ্টেম্বর",
        "вересня",
    ],
    &[
        "october",
        "oct",
        "octobre",
        "oktober",
        "okt",
        "octubre",
        "outubro",
        "ottobre",
        "октября",
        "октябрь",
        "октябре",
        "października",
        "ekim",
        "أكتوبر",
        "اكتوبر",
        "अक्टूबर",
        "অক্টোবর",
        "жовтня",
    ],
    &[
        "november",
        "nov",
        "novembre",
        "noviembre",
        "novembro",
        "ноября",
        "ноябрь",
        "ноябре",
        "listopada",
        "kasım",
        "نوفمبر",
        "नवंबर",
        "নভেম্বর",
        "листопада",
    ],
    &[
        "december",
        "dec",
        "décembre",
        "decembre",
        "déc",
        "dezember",
        "dez",
        "diciembre",
        "dezembro",
        "dicembre",
        "декабря",
        "декабрь",
        "декабре",
        "grudnia",
        "aralık",
        "ديسمبر",
        "दिसंबर",
        "ডিসেম্বর",
        "грудня",
    ],
];

/// Names that are other words too, in lower case or at all.
const DOUBTFUL: &[&str] = &[
    "may", "march", "mar", "mai", "mei", "mars", "marca", "mart", "marco", "mayo", "dec", "sep", "jan", "ocak", "ekim",
];

/// Whether a word names a month and, as it is written, nothing else.
pub fn names_month(word: &str) -> bool {
    let lower = word.to_lowercase();
    let is_known = MONTHS.iter().any(|names| names.contains(&lower.as_str()));
    is_known && (!DOUBTFUL.contains(&lower.as_str()) || word.starts_with(char::is_uppercase))
}

/// The month whose name stands at `at`, and where it ends; `None` inside of a longer word. The Arabic `و` (and) may be glued before it.
pub(super) fn at(glyphs: &[Glyph], at: usize) -> Option<(u8, usize)> {
    let mut start = at;
    if glyphs.get(at)?.c == 'و' {
        start += 1;
    }
    [start, at].into_iter().find_map(|from| named(glyphs, from))
}

fn named(glyphs: &[Glyph], from: usize) -> Option<(u8, usize)> {
    let first = glyphs.get(from)?.c;
    if !first.is_alphabetic() {
        return None;
    }
    // Vowel signs of Indic scripts are no letters of their own but belong to the word.
    let inside = |c: char| c.is_alphabetic() || ('\u{900}'..='\u{d7f}').contains(&c) && !c.is_ascii();
    let word: String = glyphs.get(from..)?.iter().map(|g| g.c).take_while(|c| inside(*c)).take(16).collect();
    let length = word.chars().count();
    let lower = word.to_lowercase();
    let month = MONTHS.iter().position(|names| names.contains(&lower.as_str()))?;
    let behind = glyphs.get(from + length).map(|g| g.c);
    if behind.is_some_and(|c| c == '_' || inside(c)) {
        return None;
    }
    u8::try_from(month + 1).ok().map(|month| (month, from + length))
}

/// Whether the name at `at` can only be a month: long enough, and no other word; a capital letter helps.
pub(super) fn certain(glyphs: &[Glyph], at: usize) -> bool {
    let word: String =
        glyphs.get(at..).unwrap_or_default().iter().map(|g| g.c).take_while(|c| c.is_alphabetic()).take(16).collect();
    !DOUBTFUL.contains(&word.to_lowercase().as_str()) || word.starts_with(char::is_uppercase)
}
