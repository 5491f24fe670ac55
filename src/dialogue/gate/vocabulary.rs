//! The words that a sentence may state something with.
//!
//! A clause that states something uses words of these lists and of the facts that it rests on, and no others: what nobody listed claims
//! what no fact says. Words that claim (ways, failures, causes) are no part of the lists; each has a rule of its own. Advice and what may
//! be are free but for [`DENIED`]. Nothing can fail.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that say nothing of how much or how well: they may stand beside any number and any claim.
const NEUTRAL: &str = "a an the and or but of to in on at by for from with as is are was were be been being has have had having it its this \
that these those there which what when where while who whose how than so their they them into per via though although whether during between \
through because since about both one ones would could may might should can must will if then up down also still now however therefore thus \
overall meanwhile only do does did up out such \
before after earlier later previous previously prior new old newest latest current currently former original initial again first \
over arrived landed model models benchmark benchmarks run runs case cases workload workloads configuration configurations setting settings backend backends \
value values figure figures number level levels result results measurement measurements landing tree data fact facts total series metric metrics \
reach reaches reached take takes took need needs needed require requires required give gives gave get gets stand stands stood lie lies \
show shows showed shown see sees deliver delivers delivered achieve achieves achieved produce produces produced provide provides yield yields \
generate generates generated run ran remain remains remained stay stays come comes came go goes went become becomes became \
measured measure recorded analyzed analysed counted found observed reported noted compared comparison contrast respectively versus against vs \
change changes changed effect while whereas followed ahead using used use uses each newly amounts equals contains hold holds \
for example like including respective namely based cpu gpu adds add added score scores scored scores having not";

/// More of them, for clauses that print no number and claim no way.
const WIDE: &str = "all every any some few several other another same no nor none neither without within across under over again further either rather \
even very just too yet too therefore thus since until only least \
latency throughput ttft token tokens time times response responses request requests user users sample samples repeat repeats repeated repetition repetitions \
performance quality accuracy memory gpu cpu hardware environment machine machines server driver drivers version versions commit commits code software \
variance variability spread noise median mean average percentile percentiles tail distribution statistics statistic history trend comparison comparisons \
baseline context size sizes batch concurrency temperature parameter parameters prompt prompts telemetry information detail details coverage gap gaps \
evidence conclusion conclusions question lead leads difference differences differ differs interval confidence limited insufficient missing absent lacking lack lacks \
incomplete unknown known unclear uncertain certain available unavailable recorded record records measured measure tested test tests collected kept stored \
taken made given documented described listed logged tracked covered provided included include includes contain contains present short long small large single multiple \
cause causes reason reasons change changes changed depend depends depending vary varies varied data file files artifact artifacts csv json table tables row rows column columns \
cold warm start starts load loads loading cache vram usage power energy consumption utilization metrics metric separate separately individual different similar possible \
required needed necessary clear say said says tell tells show shows know judge judged compare compared conclude draw drawn determine determined explain explains explained \
support supports answer answers quantization layers offload length input output end ended number amount first newest latest alone together here only young early \
behavior behaviour impact trade-off tradeoff trade compilation inference training kernel backend precision task tasks scenario scenarios suite \
team work works production deployment choice decision workloads summary overview landing rest part parts kind view field fields type types name names \
p's both enough sure";

/// Words that no sentence says of its own accord, whatever it advises or supposes: verdicts, blame, incidents.
const DENIED: &str = "crashed crashes crash corrupt corrupted compromised forged hacked insecure leak leaks leaked breach malicious stolen \
hallucinates false alarm harmless healthy unhealthy proven guaranteed flawless perfect broken faulty bogus fraudulent fake ignore ignored \
outage unmatched champion undoubtedly obviously clearly sudo rm reboot curl wget shutdown delete password doubt beyond fired incompetent";

/// Words that begin a sentence which asks for something.
const ASKS: &str = "use try run increase reduce lower raise test consider set measure collect add repeat compare keep prefer choose enable disable \
monitor investigate review record report tune avoid ensure check verify profile benchmark include validate document store split limit cap warm \
start stop examine evaluate explore optimize optimise improve decrease select pin fix isolate gather extend expand establish implement define \
automate track log apply adopt switch move rerun analyze analyse determine confirm focus prioritize prioritise maintain schedule introduce capture \
make look find identify assess experiment adjust balance allocate assign plan perform conduct standardize standardise separate treat \
bisect roll restore preload load preserve alert evaluate wait mend begin \
reserve dedicate free rotate retry give let take replace remove rename publish mark tag pause drain shorten lengthen widen narrow";

/// Words with which something is possible, wished for or asked, and not stated.
const SUPPOSES: &str =
    "may might could should would must if whether unless until potentially possibly perhaps to what how";

/// Words that begin a clause of their own.
const BEGINS: &str = "and while whereas but versus vs against than compared ahead followed although though since because which who so yet";

/// Those of [`BEGINS`] behind which the clause before goes on.
const CONTINUES: &str = "than versus vs against compared ahead followed";

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident = $list:ident;)*) => {$(
        $(#[$doc])*
        pub(super) fn $name(word: &str) -> bool {
            static SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| $list.split_whitespace().collect());
            SET.contains(word)
        }
    )*};
}

lists! {
    /// Whether the word may stand beside any number.
    is_neutral = NEUTRAL;
    /// Whether the word may stand where no number does.
    is_wide = WIDE;
    is_denied = DENIED;
    asks = ASKS;
    supposes = SUPPOSES;
    begins_clause = BEGINS;
    continues_clause = CONTINUES;
}

/// Whether a word is one of a sentence rather than a name.
pub(super) fn is_word(word: &str) -> bool {
    is_neutral(word) || is_wide(word) || asks(word) || supposes(word) || super::english::is_ordinary(word)
}

/// Words that mean the same, where the names of facts and sentences differ.
const ALIKE: &[(&str, &str)] = &[
    ("median", "p50"),
    ("typical", "p50"),
    ("average", "mean"),
    ("tail", "p95 p99"),
    ("failed", "error errors"),
    ("fail", "error errors"),
    ("failures", "error errors"),
    ("failure", "error errors"),
    ("quality", "accuracy score"),
    ("latency", "p95 p99"),
    ("no", "without"),
    ("missing", "without"),
    ("available", "without"),
    ("once", "single"),
    ("baseline", "before"),
];

/// Whether a word of a sentence is one of a fact's name, or of what its unit measures.
pub(super) fn says(word: &str, fact: &crate::domain::fact::Fact) -> bool {
    let name = fact.name.to_lowercase();
    let tokens = || name.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty());
    let same = |token: &str| {
        let common = token.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
        token == word || token.strip_suffix('s') == Some(word) || word.strip_suffix('s') == Some(token) || common >= 6
    };
    let alike = || {
        ALIKE
            .iter()
            .any(|(own, others)| *own == word && others.split(' ').any(|other| tokens().any(|token| token == other)))
    };
    let unit = fact.unit.as_str();
    let of_rate =
        ["tok", "token"].iter().any(|of| unit.starts_with(of)) && unit.ends_with("/s") || is_share_of(&name, RATES);
    let of_time = fact.unit.dimension() == "time" || is_share_of(&name, TIMES);
    tokens().any(same)
        || alike()
        || of_rate && matches!(word, "throughput" | "tokens" | "generation" | "speed" | "rate" | "performance")
        || of_time && matches!(word, "latency" | "time" | "wait" | "delay" | "response" | "responses" | "performance")
}

const RATES: &str = "throughput tokens tok";
const TIMES: &str = "latency ttft time ms";

/// Whether the name of a change has one of the words of what changed.
fn is_share_of(name: &str, words: &str) -> bool {
    let begins = super::noun::is_change(name) || super::noun::is_lead(name);
    begins && name.split(|c: char| !c.is_alphanumeric()).any(|token| words.split(' ').any(|word| word == token))
}
