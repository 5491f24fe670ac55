//! The role of a parameter by the words of its name: a setting that can be chosen, a piece of work, how much work or how hard it was
//! pushed, or what only tells repetitions apart.
//!
//! Settings are ranked against one another, over equal work. Nobody chooses `n_prompt`, `input_len` or `request_rate` to be fast: they
//! say what was asked for. A name alone cannot always tell (`block_size` is a choice of a cache and a fact of a disk workload); where
//! tools differ it is taken for a setting, so that nothing is hidden.

/// What a parameter is to a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// To be chosen: a context size, a back end, threads, a batch.
    Setting,
    /// Which work was done: a test, a dataset, a file.
    Work,
    /// How much of it, or under which load: lengths, counts, rates, concurrency.
    Amount,
    /// Which repetition it was: a prompt, an index, a seed.
    Repeat,
}

/// Words in the names of parameters that tell repetitions apart: their values are pooled.
const REPEATS: &[&str] = &[
    "prompt",
    "question",
    "text",
    "index",
    "idx",
    "id",
    "seed",
    "iteration",
    "iter",
    "run",
    "trial",
    "try",
    "attempt",
    "repeat",
    "rep",
    "round",
    "sample",
    "time",
    "timestamp",
    "date",
    "request",
    "row",
    "record",
    "element",
    "entry",
    "item",
    "message",
];

/// Words in the names of parameters that tell pieces of work apart: shown apart, but none is better than another.
const WORK: &[&str] = &[
    "test",
    "task",
    "scenario",
    "dataset",
    "input",
    "file",
    "path",
    "dir",
    "url",
    "commit",
    "sha",
    "query",
    "operation",
    "workload",
    "document",
    "image",
];

/// More words for what work is made of: with a size they say how much of it there is.
const PIECES: &[&str] = &[
    "arrival",
    "completion",
    "depth",
    "gen",
    "generate",
    "generation",
    "key",
    "output",
    "payload",
    "predict",
    "response",
    "warmup",
];

/// Words that measure: `prompt_tokens` is a size, not a prompt. Alone they are the size of the work: `n`, `max_tokens`.
const SIZES: &[&str] = &[
    "bytes", "count", "dim", "dims", "len", "length", "max", "min", "n", "new", "num", "number", "rate", "size",
    "token", "tokens", "total",
];

/// Words that are a load by themselves, as load generators name it (wrk, k6, locust, fio, vLLM, llama-batched-bench, AIPerf).
const LOAD: &[&str] = &[
    "burstiness",
    "client",
    "concurrency",
    "concurrent",
    "connection",
    "duration",
    "inflight",
    "iodepth",
    "isl",
    "npl",
    "npp",
    "ntg",
    "numjobs",
    "osl",
    "qps",
    "rps",
    "user",
    "vu",
];

/// Words of what a program holds or divides its work by: whatever stands beside them is a setting.
const HOLDERS: &[&str] = &[
    "batch",
    "batched",
    "ubatch",
    "microbatch",
    "buffer",
    "cache",
    "chunk",
    "chunked",
    "context",
    "ctx",
    "draft",
    "pool",
    "speculative",
    "thread",
    "window",
    "worker",
];

/// Words for sequences: their length is work, the largest one that is let in (`max_num_seqs`) is a setting.
const SEQUENCES: &[&str] = &["seq", "seqlen", "sequence"];

/// The role that a parameter's name gives it.
pub(super) fn role(param: &str) -> Role {
    let words = split(param);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()) || list.contains(&singular(word)));
    let is_size = |word: &String| SIZES.contains(&word.as_str());
    let is_many = |word: &String| {
        let one = singular(word);
        one != word && [REPEATS, WORK, PIECES].iter().any(|list| list.contains(&one))
    };
    let sized = words.iter().any(|word| is_size(word) || is_many(word));
    let sequence = has(SEQUENCES) && !words.iter().any(|word| word == "max");
    let named = has(REPEATS) || has(WORK) || has(PIECES);
    let bare = !words.is_empty() && words.iter().all(is_size);
    match () {
        () if has(HOLDERS) => Role::Setting,
        () if has(LOAD) || sequence || bare || (sized && named) => Role::Amount,
        () if has(REPEATS) => Role::Repeat,
        () if has(WORK) => Role::Work,
        () => Role::Setting,
    }
}

/// The words of a name, in small letters: `inputLen` and `input-len` are two.
fn split(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let is_part = c.is_alphanumeric();
        if !is_part || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (is_part, words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The word for one of them, as far as its end tells: `queries`, `prompts`.
fn singular(word: &str) -> &str {
    match word {
        "queries" => "query",
        "entries" => "entry",
        "indices" => "index",
        "vus" => "vu",
        _ => word.strip_suffix('s').filter(|one| one.len() > 2).unwrap_or(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn all(wanted: Role, names: &str) {
        for name in names.split_whitespace() {
            assert_eq!(role(name), wanted, "{name}");
        }
    }

    #[test]
    fn what_can_be_chosen_is_a_setting() {
        all(Role::Setting, "num_ctx num_gpu temperature threads num_threads n_gpu_layers flash_attn backend type_k");
        all(Role::Setting, "batch_size n_batch n_ubatch batchSize max_num_batched_tokens max_num_seqs max_seq_len");
        all(Role::Setting, "context_length max_model_len tensor_parallel_size kv_cache_size chunk_size pool_size");
        all(Role::Setting, "num_speculative_tokens learning_rate num_workers block_size prompt_cache precision lang");
    }

    #[test]
    fn sizes_of_the_work_and_the_load_are_amounts() {
        all(Role::Amount, "n_prompt n_gen n_depth npp ntg prompt_tokens max_tokens num_predict max_new_tokens tokens");
        all(Role::Amount, "input_len output_len random_input_len inputLen isl seq_len dataset_size file_size N size");
        all(Role::Amount, "request_rate max_concurrency num_prompts connections clients users vus qps duration rows");
        all(Role::Amount, "num_requests iterations dim prompt_n num_samples warmup_runs numjobs iodepth");
    }

    #[test]
    fn work_and_repetitions_are_told_apart() {
        all(Role::Work, "test Test task scenario dataset dataset_name input file model_file commit query operation");
        all(Role::Repeat, "prompt prompt_index question seed run iteration timestamp request row");
    }
}
