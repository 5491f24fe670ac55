//! The words by which reports name quantities, statistics, things that are counted, and kinds of files: several languages, one meaning.
//!
//! A lexicon cannot fail: what it does not know is a plain word, which only the vocabulary of the index can give a meaning.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::artifact::ArtifactKind;

/// A statistic that a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Stat {
    Mean,
    /// A percentile; the median is the fiftieth.
    Percentile(u8),
    Min,
    Max,
    Std,
    Total,
}

impl Stat {
    pub(super) fn word(self) -> String {
        match self {
            Self::Mean => "mean".into(),
            Self::Percentile(50) => "median".into(),
            Self::Percentile(p) => format!("p{p}"),
            Self::Min => "minimum".into(),
            Self::Max => "maximum".into(),
            Self::Std => "standard deviation".into(),
            Self::Total => "total".into(),
        }
    }
}

/// What the index itself can count or measure, besides what its files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Thing {
    Files,
    Bytes,
    Formats,
    Models,
    Benchmarks,
    Runs,
    Series,
    Measurements,
    Landings,
    Headings,
}

/// What a phrase means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A quantity that many tools measure under many names.
    Concept(&'static str),
    Stat(Stat),
    Thing(Thing),
    Kind(ArtifactKind),
    /// Says nothing of what is measured: a unit, or a word that stands in every name.
    Idle,
    /// Failed or refused ones of what is counted.
    Failed,
    /// None of the kinds that are known by name.
    Other,
    /// How large something is: files only where they are named.
    Size,
    /// How many of something there are.
    Counting,
}

use Meaning::{Concept, Counting, Failed, Idle, Kind, Other, Size, Stat as Is, Thing as Of};

/// Phrases in the form that [`words`](super::words) gives: lower case, singular; separated by semicolons.
const PHRASES: &[(Meaning, &str)] = &[
    (
        Concept("throughput"),
        "throughput; tps; token per second; token second; tok second; token per sec; token s; tok s; toks s; t s; token sec; token \
         generation rate; generation rate; generation speed; token rate; token generation speed; token \
         throughput; decode speed; decoding speed; débit; jeton par seconde; durchsatz; token pro sekunde; token \
         por segundo; token par seconde; 吞吐量; 每秒令牌; 每秒token; スループット; الإنتاجية; إنتاجية; رمز في الثانية; \
         пропускная способность",
    ),
    (
        Concept("ttft"),
        "ttft; ttf; time to first token; time to first; first token latency; first token time; first token; temps \
         jusqu au premier jeton; temps du premier token; 首个令牌; 首token; zeit bis zum ersten token",
    ),
    (
        Concept("latency"),
        "latency; response time; temps de réponse; latence; latenz; antwortzeit; latencia; latência; tiempo de \
         respuesta; tempo de resposta; latenza; 延迟; 响应时间; レイテンシ; 応答時間; زمن الاستجابة; زمن الوصول; كمون; задержка; \
         время отклика",
    ),
    (
        Concept("duration"),
        "duration; elapsed; elapsed time; time taken; execution time; processing time; run time; runtime; wall \
         time; durée; temps d exécution; dauer; laufzeit; duración; tiempo de ejecución; duração; 持续时间; 运行时间; \
         执行时间; المدة; مدة",
    ),
    (Concept("time"), "time; temps; zeit; tiempo; tempo; 时间; 時間; وقت; زمن; время"),
    (Concept("token"), "token; token count; tok; jeton; 令牌; トークン; رمز; رموز; токен"),
    (
        Concept("memory"),
        "memory; mem; ram; vram; mémoire; speicher; memoria; memória; 内存; 显存; メモリ; ذاكرة; память",
    ),
    (Concept("error"), "error; failure; erreur; fehler; 错误; エラー; خطأ; ошибка"),
    (Concept("accuracy"), "accuracy; précision; genauigkeit; exactitud; 准确率; 精度; دقة; точность"),
    (Concept("speedup"), "speedup; speed up; accélération; beschleunigung"),
    (Concept("temperature"), "temperature; temp; température; temperatur; temperatura; 温度"),
    (Concept("power"), "power; power draw; puissance; leistungsaufnahme; 功耗"),
    (
        Is(Stat::Mean),
        "mean; average; avg; averaged; moyenne; moyen; durchschnitt; durchschnittliche; mittelwert; mittlere; \
         promedio; media; média; médio; medio; 平均; متوسط; المتوسط; среднее; средний; средняя",
    ),
    (
        Is(Stat::Percentile(50)),
        "median; p50; 50th percentile; médiane; médian; mediana; 中位数; 中央値; وسيط; الوسيط; медиана",
    ),
    (
        Is(Stat::Min),
        "min; minimum; minimal; lowest; smallest; shortest; minimale; mínimo; mínima; kleinste; 最小; 最低; الحد \
         الأدنى; أدنى; минимум",
    ),
    (
        Is(Stat::Max),
        "max; maximum; maximal; highest; largest; longest; peak; maximale; máximo; máxima; größte; höchste; 最大; \
         最高; الحد الأقصى; أقصى; أعلى; максимум",
    ),
    (
        Is(Stat::Std),
        "std; stddev; stdev; std dev; standard deviation; deviation; écart type; standardabweichung; desviación \
         estándar; 标准差; 標準偏差; انحراف معياري",
    ),
    (
        Is(Stat::Total),
        "total; sum; overall total; totaux; totale; gesamt; insgesamt; summe; suma; 总; 总计; 合計; إجمالي; الإجمالي; \
         всего",
    ),
    (
        Of(Thing::Files),
        "file; document; artifact; artefact; fichier; datei; dateien; archivo; arquivo; documento; dokument; \
         dokumente; 文件; 文档; ファイル; ملف; ملفات; файл; файлов; файла; файлы; 파일",
    ),
    (
        Of(Thing::Bytes),
        "file size; size of file; data volume; volume of data; dataset size; size of dataset; data size; total \
         size; byte; octet; dateigröße; taille de fichier; taille de données; 字节; بايت; байт; バイト",
    ),
    (Size, "size; taille; größe; tamaño; tamanho; 大小; حجم; размер; サイズ"),
    (Counting, "number; count; how many; nombre; anzahl; número; numero; quantity; 数量; 数; عدد; количество; число"),
    (
        Of(Thing::Formats),
        "file format; file type; format; data type; type of file; formato; dateiformat; dateityp; 格式; type de \
         fichier; تنسيق; تنسيقات",
    ),
    (Of(Thing::Models), "model; modèle; modell; modelle; modelo; 模型; モデル; نموذج; نماذج; модель"),
    (Of(Thing::Benchmarks), "benchmark; 基准测试"),
    (Of(Thing::Runs), "run; benchmark run; test run; exécution"),
    (Of(Thing::Series), "series"),
    (Of(Thing::Measurements), "measurement; data point; mesure; messung; messwert; medición"),
    (Of(Thing::Landings), "landing"),
    (Of(Thing::Headings), "heading; heading count; header count; titre; überschrift; 标题"),
    (Kind(ArtifactKind::Csv), "csv; tsv"),
    (Kind(ArtifactKind::Json), "json; jsonl; ndjson"),
    (Kind(ArtifactKind::Markdown), "markdown; md"),
    (Failed, "failed; refused; unreadable; corrupt; broken"),
    (Other, "other; autre; andere; sonstige; otro; outro; 其他; その他; أخرى; другие; miscellaneous; misc"),
    (
        Idle,
        "s; ms; us; ns; sec; second; millisecond; microsecond; minute; seconde; sekunde; gb; mb; kb; gib; mib; \
         kib; percent; pct; percentage; the; a; an; of; in; at; for; and; or; is; was; per; to; from; by; on; \
         with; value; metric; all; unit; as; be; it; this; that; de; la; le; les; des; du; et; en; un; une; der; \
         die; das; und",
    ),
];

/// The words of a phrase, and what it means.
type Phrase = (Vec<&'static str>, Meaning);

/// Phrases by their first word, the longest first.
static BY_FIRST: LazyLock<HashMap<&'static str, Vec<Phrase>>> = LazyLock::new(|| {
    let mut map: HashMap<&str, Vec<Phrase>> = HashMap::new();
    for (meaning, phrases) in PHRASES {
        for phrase in phrases.split("; ") {
            let words: Vec<&str> = phrase.split(' ').collect();
            if let Some(first) = words.first().copied() {
                map.entry(first).or_default().push((words, *meaning));
            }
        }
    }
    map.values_mut().for_each(|list| list.sort_by_key(|(words, _)| std::cmp::Reverse(words.len())));
    map
});

/// Phrases of scripts that put no blanks between words.
static UNSPACED: LazyLock<Vec<(&'static str, Meaning)>> = LazyLock::new(|| {
    let all = PHRASES.iter().flat_map(|(meaning, phrases)| phrases.split("; ").map(move |phrase| (phrase, *meaning)));
    let mut found: Vec<_> = all.filter(|(phrase, _)| phrase.chars().any(is_unspaced)).collect();
    found.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
    found
});

/// Han, Hiragana, Katakana: scripts that are written without blanks.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The meaning of the longest phrase that `words` begin with, and how many words it takes.
pub(super) fn meaning(words: &[&str]) -> Option<(Meaning, usize)> {
    let first = words.first()?;
    if let Some(percentile) = percentile(first) {
        return Some((Is(Stat::Percentile(percentile)), 1));
    }
    if let [ordinal, "percentile", ..] = words
        && let Ok(percent) = ordinal.trim_end_matches(|c: char| c.is_alphabetic()).parse::<u8>()
    {
        return Some((Is(Stat::Percentile(percent)), 2));
    }
    let known = |word: &str| {
        let list = BY_FIRST.get(word)?;
        list.iter().find_map(|(phrase, meaning)| {
            let here = words.get(1..phrase.len())?;
            (here == phrase.get(1..)?).then_some((*meaning, phrase.len()))
        })
    };
    // The Arabic article is part of the word, and so are "and" and "by" before it.
    known(first).or_else(|| {
        let bare = first.trim_start_matches(['و', 'ب', 'ل']);
        known(bare.strip_prefix("ال").or_else(|| first.strip_prefix("ال"))?)
    })
}

/// Meanings within a word of a script without blanks, in their order.
pub(super) fn within(word: &str) -> Vec<Meaning> {
    let mut found = Vec::new();
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        match UNSPACED.iter().find(|(phrase, _)| rest.starts_with(phrase)) {
            Some((phrase, meaning)) => {
                found.push(*meaning);
                rest = rest.get(phrase.len()..).unwrap_or("");
            }
            None => rest = rest.get(c.len_utf8()..).unwrap_or(""),
        }
    }
    found
}

/// `p99`, `p95`: the percentile of a single word.
fn percentile(word: &str) -> Option<u8> {
    let digits = word.strip_prefix('p')?;
    let percent: u8 = digits.parse().ok()?;
    (digits.len() == 2 && percent >= 1).then_some(percent)
}
