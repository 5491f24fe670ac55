//! Numbers in words: whether a word or a phrase says how many, which one of a row, what part of a whole or how many times.
//!
//! The languages are those that are written in Latin letters and that models fall into; other scripts are refused as a whole. Compounds
//! (`siebenundvierzig`, `twentyfive`) are taken apart. Words that also mean something else in English prose are told by their neighbours.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that are numbers wherever they stand, folded.
const ALWAYS: &str = "\
zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty \
thirty forty fourty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion billions trillion \
trillions quadrillion zillion gazillion bazillion umpteen lakh lakhs crore crores googol myriad myriads dozen dozens dozenth couple \
third thirds fourth fourths fifth fifths sixth sixths seventh eighth ninth tenth tenths eleventh twelfth \
thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth hundredth \
hundredths thousandth thousandths millionth half halves halved halving halve quarter quarters twice thrice double doubled doubles doubling \
doubly triple tripled triples tripling treble trebled quadruple quadrupled quintuple quintupled sextuple tenfold fold folds twofold \
zilch infinite infinity infinitely infinitesimal pi aleph octave octaves handful handfuls hundredweight kilo kilos deca hecto semi \
threefold majority minority plurality single sole solitary duo trio quartet quintet dual twin twins triad pair pairs decade decades century \
centuries millennium millennia fortnight nil nought naught nada nix unanimous unanimously tens twos threes magnitude \
quadrillions umpteenth primo secundo tertio dyad octet twelvemonth fiver tenner grand squared cubed hexa bakers \
ein eins zwo zwei drei vier funf fuenf sechs sieben neun zehn elf zwolf zwoelf hundert hunderte tausend tausende millionen \
milliarde milliarden halb halbe hafte halfte haelfte drittel viertel funftel zehntel dutzend doppelt doppelte doppelten dreifach zweifach \
verdoppelt halbiert mehrheit mehrzahl meisten zweimal dreimal einmal beide beiden paar zweite zweiten dritte dritten vierte \
deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante soixante septante \
huitante nonante cent cents mille milliers milliard milliards centaine centaines dizaine dizaines douzaine vingtaine trentaine moitie tiers \
quart quarts dixieme cinquieme troisieme quatrieme deuxieme seconde premier premiere triplement doublement majorite plupart \
uno unos cuatro cinco seis siete ocho nueve diez doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos \
treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento cientos doscientos trescientos quinientos mil miles millon millones \
mitad tercio tercios cuarto cuartos quinto decimo docena docenas doble mayoria mayor parte tres dos ambos \
due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove venti \
trenta quaranta cinquanta sessanta settanta ottanta novanta cento centinaia mila migliaia milione milioni miliardo miliardi meta terzo terzi \
quarti dozzina decina decine doppio triplo maggioranza entrambi \
um dois duas quatro sete oito nove dez onze doze treze quatorze catorze quinze dezesseis dezassete dezoito dezenove vinte quarenta cinquenta \
sessenta oitenta cem centenas milhao milhoes milhares bilhao metade terco quinto dezena duzia dobro maioria ambas ambos \
een twee drie vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien twintig dertig veertig vijftig \
zestig zeventig tachtig negentig honderd duizend miljoen miljard helft derde kwart tiende dozijn dubbel meerderheid beide \
jeden jedna dwa dwie trzy cztery piec szesc siedem osiem dziewiec dziesiec jedenascie dwanascie dwadziescia trzydziesci sto tysiac tysiecy \
milion polowa trzecia cwierc tuzin podwojnie wiekszosc \
ett tva fyra sju atta nio tio elva tolv tjugo trettio hundra tusen halften tredjedel fjardedel dussin majoritet flertal fire seks syv otte tyve tredive \
bir iki uc dort bes alti yedi sekiz dokuz yirmi otuz kirk elli altmis yetmis seksen doksan yuz yarisi cogunluk \
yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan yhdeksan kymmenen sata tuhat puolet \
jedan dva dvije tri cetiri pet sest sedam osam devet deset stotina tisuca ctyri sedm osm stovka tisic polovina vetsina \
unu doi trei patru cinci sase sapte opt noua zece suta jumatate majoritatea \
satu dua tiga empat lima enam tujuh delapan sembilan sepuluh ratus ribu juta setengah mayoritas \
odin odna tri chetyre pyat shest vosem devyat desyat dvadtsat sorok tysyacha polovina bolshinstvo \
ichi roku nana hachi kyuu juu hyaku liang wu liu qi shi bai qian wan yi \
unus duo tres quattuor quinque septem octo novem decem centum mille";

/// Words of [`ALWAYS`] that are too good English to be taken for another language's number.
const ENGLISH: &str = "tiers quart due pet opt seize cents cent grand dos mayor parte miles meta sept premier tri mil mila alti bes qi shi wan yi wu bai een um sole minority fire kirk sei atta acht ett elf nix otto media tire lima juta sata dua uno";

/// Parts of compounds in one language: numerals, then what joins or ends them.
const COMPOUNDS: &[(&str, &str)] = &[
    (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen \
         twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion myriad",
        "fold and th s st nd rd ish plus score",
    ),
    (
        "ein eins zwei zwo drei vier funf fuenf sechs sieben acht neun zehn elf zwolf zwoelf sech sieb zwanzig dreissig dreizig vierzig \
         funfzig fuenfzig sechzig siebzig achtzig neunzig hundert tausend million halb",
        "und fach fache fachen mal tel te ten stel en",
    ),
    (
        "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien \
         twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd duizend",
        "en voud voudig maal de ste",
    ),
    (
        "uno due tre quattro cinque sei sette otto nove dieci venti vent trenta trent quaranta quarant cinquanta cinquant sessanta sessant \
         settanta settant ottanta ottant novanta novant cento mille mila duecento",
        "un esimo esimi plice",
    ),
    (
        "uno dos tres cuatro cinco seis siete ocho nueve veinti treinta cuarenta cincuenta sesenta setenta ochenta noventa cien cientos \
         quinientos mil deci dieci",
        "y i avo avos",
    ),
    (
        "deux trois quatre cinq six sept huit neuf dix onze vingt trente quarante cinquante soixante cent mille",
        "et ieme iemes s",
    ),
];

/// Phrases, as folded words with single blanks.
const PHRASES: &[&str] = &[
    "order of magnitude",
    "orders of magnitude",
    "power of",
    "per cent",
    "per mille",
    "most of",
    "all but",
    "multiple of",
    "multiples of",
    "fraction of",
    "percentage of",
    "proportion of",
    "share of",
    "portion of",
    "number of times",
    "times as",
    "times more",
    "times less",
    "times faster",
    "times slower",
    "times higher",
    "times lower",
    "times the",
    "so many times",
    "a score of",
    "scores of",
    "a k",
    "a gross",
    "hat trick",
    "hat tricks",
    "almost none",
    "almost all",
    "almost every",
    "almost no",
    "nearly none",
    "nearly all",
    "nearly every",
    "nearly no",
    "practically all",
    "practically every",
    "practically no",
    "virtually all",
    "virtually every",
    "virtually no",
    "bulk of",
    "lion's share",
    "large part of",
    "larger part of",
    "great part of",
    "greater part of",
    "good part of",
    "better part of",
    "big part of",
    "small part of",
    "multiplied by",
    "divided by",
    "a millisecond",
    "a minute",
    "an hour",
    "a day",
    "a week",
    "a month",
    "a year",
];

/// Verbs in front of "first" with which it tells a rank, which only a comparison of facts could bear out.
const RANKS: &str = "is are was were comes come came ranks rank ranked places place placed finishes finish finished stands stood answers answer answered";

/// Endings of the adjectives before which "most" says how much and not how many.
const DEGREES: &[&str] =
    &["ive", "al", "ful", "ant", "ent", "ing", "able", "ible", "ic", "ous", "ed", "ely", "tly", "lly", "ising", "ar"];

/// Words before "one" that make it a pronoun.
const PRONOUN: &str = "this that which each every any no other another latter former the";

static SINGLE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let english: HashSet<&str> = ENGLISH.split_whitespace().collect();
    ALWAYS.split_whitespace().filter(|word| !english.contains(word)).collect()
});

/// Which of these words (folded) is a number, or which phrase. `names` are those of the facts that the sentence refers to.
pub(super) fn find(words: &[String], names: &[&str]) -> Option<String> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    for at in 0..words.len() {
        let (before, here, behind) = (at.checked_sub(1).map_or("", word), word(at), word(at + 1));
        let is_number = match here {
            "one" => !is_in(PRONOUN, before) && behind != "another" && !(before == "for" && behind.is_empty()),
            "once" => matches!(behind, "" | "per" | "a" | "every" | "in" | "again" | "more") && before != "at",
            "first" => !is_first_of_its_kind(before, behind, at.checked_sub(2).map_or("", word)),
            "second" => is_in("a the its this that another every each", before),
            "seconds" => false,
            "single" if is_in("every each any", before) => false,
            "most" => {
                !is_degree(behind)
                    && behind != "often"
                    && !(behind == "of" && word(at + 2) == "all" && word(at + 3).is_empty())
            }
            "both" => false,
            "count" | "ratio" => false,
            word => is_numeral(word) || is_roman(word),
        };
        if is_number && !is_borne_out(words, at, names) {
            return Some(here.to_owned());
        }
    }
    // "Most of all" counts nothing; where it does ("most of all runs") its word was found above.
    let line = format!(" {} ", words.join(" ")).replace(" most of all ", " above all ");
    PHRASES.iter().find(|phrase| line.contains(&format!(" {phrase} "))).map(|phrase| (*phrase).to_owned())
}

fn is_degree(word: &str) -> bool {
    word.len() > 4 && DEGREES.iter().any(|ending| word.ends_with(ending))
}

/// "time to first token", "the first bad run", "before the first measurement", "prefer the first", "check the driver first".
fn is_first_of_its_kind(before: &str, behind: &str, before_that: &str) -> bool {
    let kind = "token tokens byte bytes result results response chunk and step bad";
    let is_order = is_in("before after until since", before_that) && before == "the" && !behind.is_empty();
    let is_last = behind.is_empty() && !is_in(RANKS, before);
    is_in(kind, behind) || is_in("at to", before) || is_order || is_last
}

/// Whether a word that [`find`] takes for a number says what a fact says by its name: "a single run" beside a number of
/// "benchmarks with a single run".
fn is_borne_out(words: &[String], at: usize, names: &[&str]) -> bool {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    matches!(word(at), "single" | "one" | "once")
        && (word(at) == "once" || is_in("run runs", word(at + 1)))
        && names.iter().any(|name| name.contains("single run"))
}

/// Whether a folded word is a number by itself.
pub(super) fn is_numeral(word: &str) -> bool {
    SINGLE.contains(word) || COMPOUNDS.iter().any(|(numerals, joints)| is_compound(word, numerals, joints))
}

/// `IOO`, `lO`: letters that look like digits; `word` is as it is written.
pub(super) fn looks_like_digits(word: &str) -> bool {
    let alike = word.len() > 1 && word.chars().all(|c| matches!(c, 'O' | 'o' | 'l' | 'I' | 'S'));
    word == "ll" || alike && word.contains(['O', 'I']) && !is_in("IO ISO SO OS OSI OSS SOS SSO IS", word)
}

/// Roman numerals that are mostly something else.
const NO_ROMAN: &str = "ci cd cv md mix dc mm cc ml cm dl mc mi di li dm id";

/// `XII`, `viii`: numerals of at least two letters, by the usual rules.
fn is_roman(word: &str) -> bool {
    if word.len() < 2 || is_in(NO_ROMAN, word) {
        return false;
    }
    let mut rest = word.trim_start_matches('m');
    for (nine, four, five, one) in [("cm", "cd", 'd', 'c'), ("xc", "xl", 'l', 'x'), ("ix", "iv", 'v', 'i')] {
        if let Some(behind) = rest.strip_prefix(nine).or_else(|| rest.strip_prefix(four)) {
            rest = behind;
            continue;
        }
        rest = rest.strip_prefix(five).unwrap_or(rest);
        let ones = rest.bytes().take_while(|b| char::from(*b) == one).count().min(3);
        rest = rest.get(ones..).unwrap_or("");
    }
    rest.is_empty()
}

/// Whether a word is at least two numerals and joints of a language, and nothing else.
fn is_compound(word: &str, numerals: &str, joints: &str) -> bool {
    if word.len() < 5 || word.len() > 60 || !word.is_ascii() {
        return false;
    }
    // Which beginnings can be taken apart; a compound begins with a numeral.
    let mut reached = vec![false; word.len() + 1];
    let mark = |from: usize, parts: &str, reached: &mut Vec<bool>| {
        let rest = word.get(from..).unwrap_or("");
        for part in parts.split_whitespace().filter(|part| rest.starts_with(*part) && *part != word) {
            if let Some(slot) = reached.get_mut(from + part.len()) {
                *slot = true;
            }
        }
    };
    mark(0, numerals, &mut reached);
    for from in 1..word.len() {
        if reached.get(from).copied().unwrap_or(false) {
            mark(from, numerals, &mut reached);
            mark(from, joints, &mut reached);
        }
    }
    reached.last().copied().unwrap_or(false)
}

fn is_in(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let words: Vec<String> = text.split_whitespace().map(super::super::clean::folded).collect();
        find(&words, &[]).is_some()
    }

    #[test]
    fn numbers_in_words_are_found_in_many_languages() {
        for text in [
            "twelve runs",
            "a dozen",
            "twice the latency",
            "half of it",
            "the majority",
            "most models",
            "most of them",
            "most of all runs",
            "twentyfive",
            "tenfold",
            "siebenundvierzig",
            "zweitausendfünfundzwanzig",
            "fünf",
            "dreimal",
            "quatre",
            "vingtdeux",
            "ventidue",
            "veintidós",
            "tweeënveertig",
            "pięć",
            "dvadtsat",
            "três",
            "ten",
            "per cent",
            "orders of magnitude",
            "VIII",
            "xii",
            "thirds",
            "a single run",
            "one run",
            "run it once",
            "the first run",
            "couple of runs",
            "hundreds",
            "twofold",
            "pair",
            "tripled",
            "doppelt",
            "la plupart",
            "kaksi",
            "yirmi",
            "a gross of tokens",
            "an octave",
            "myriadfold",
            "fourscore",
            "zilch",
            "is pi in all runs",
            "an infinite value",
            "a hat trick for the model",
            "almost none of the runs",
            "almost all of the runs",
            "nearly every run",
            "the bulk of the runs",
            "a large part of the runs",
            "a handful of runs",
            "takes an hour",
            "takes a minute",
            "takes a second",
            "a day after the change",
            "the second run",
            "answers first",
            "for most configurations",
            "a single-run benchmark of one run",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn what_the_name_of_a_fact_says_may_be_said() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for text in ["benchmarks with a single run", "they have only one run", "they were run once"] {
            assert_eq!(find(&words(text), &["benchmarks with a single run"]), None, "{text}");
            assert!(find(&words(text), &["runs of this landing"]).is_some(), "{text}");
        }
        assert!(find(&words("a single model"), &["benchmarks with a single run"]).is_some());
    }

    #[test]
    fn letters_like_digits_are_told_from_abbreviations() {
        for word in ["IOO", "SOO", "ll", "lO", "OO"] {
            assert!(looks_like_digits(word), "{word}");
        }
        for word in ["IO", "ISO", "OS", "So", "Is", "a", "Soll", "oil"] {
            assert!(!looks_like_digits(word), "{word}");
        }
    }

    #[test]
    fn ordinary_words_are_no_numbers() {
        for text in [
            "time to first token",
            "the other one",
            "once the data is there",
            "often due to a mix",
            "someone",
            "attention",
            "stone",
            "CI and CD",
            "at first",
            "the most important gap",
            "the most effective setting",
            "tokens per second",
            "weight height",
            "events prevent trends",
            "mode model none",
            "did mild civil vivid mix of LLM and XML",
            "worst most of all",
            "record every single latency",
            "the larger ones",
            "too few values for one",
            "warm up before the first measurement",
            "find the first bad run",
            "prefer the first",
            "check the driver first",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
