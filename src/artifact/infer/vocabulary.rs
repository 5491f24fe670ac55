//! Words that tell what a column or key is, when it is no metric: one declarative place.
//!
//! Every list holds names in `snake_case`. A rule belongs here only if one could defend it to a stranger for any file.

/// What a name means on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::artifact) enum Word {
    /// When it ran.
    Time,
    Commit,
    Branch,
    Host,
    /// The machine's processor or accelerator.
    Hardware,
    /// Text of a failure.
    Error,
    /// Whether it went well.
    Success,
    /// How many samples are behind the row's values.
    SampleCount,
    /// The unit of the value beside it.
    Unit,
    /// The metric's name in a long table.
    MetricName,
    /// The metric's value in a long table.
    Value,
    /// What was measured.
    Case,
    /// A setting that tells results apart.
    Param,
    /// A text label put together from other columns, dropped when they determine it.
    Label,
    /// How many things were done, made or went wrong: shown, but nothing of a series.
    Count,
    /// How many of something were asked for: a parameter where it varies.
    Number,
    /// Identifiers, prose, paths, versions, configuration: nothing of a series.
    Ignore,
}

#[rustfmt::skip]
const EXACT: &[(Word, &[&str])] = &[
    (Word::Time, &[
        "timestamp", "time_stamp", "datetime", "date_time", "date", "created_at", "generated_at", "generated",
        "created", "run_at", "started_at", "start_time", "started", "finished_at", "finished", "completed_at",
        "end_time", "ended_at", "run_date", "test_date", "run_time_utc", "updated_at", "when", "ts", "recorded_at",
        "execution_time_utc", "now",
    ]),
    (Word::Commit, &[
        "commit", "commit_id", "commit_sha", "commit_hash", "git_sha", "git_commit", "git_hash", "git_rev", "sha",
        "revision", "rev", "build_commit", "githash", "sha1",
    ]),
    (Word::Branch, &[
        "branch", "git_branch", "branch_name",
    ]),
    (Word::Host, &[
        "host", "hostname", "host_name", "machine", "machine_name", "node", "nodename", "node_name", "runner",
    ]),
    (Word::Hardware, &[
        "gpu_name", "gpu_model", "cpu_model", "cpu_name", "cpu_brand", "gpu_info", "cpu_info", "processor_name",
    ]),
    (Word::Error, &[
        "error", "error_message", "error_msg", "err", "exception", "failure_reason", "failure_message", "traceback",
        "error_text",
    ]),
    (Word::Success, &[
        "success", "succeeded", "ok", "passed", "status", "state", "outcome", "is_success", "successful",
    ]),
    (Word::SampleCount, &[
        "n", "samples", "n_samples", "num_samples", "sample_size", "sample_count", "runs", "n_runs", "num_runs",
        "iterations", "n_iterations", "num_iterations", "rounds", "reps", "repeats", "repetitions", "repeat", "trials",
        "num_trials", "samples_per_run", "measurements", "loops", "run_count",
    ]),
    (Word::Unit, &[
        "unit", "units", "uom",
    ]),
    (Word::MetricName, &[
        "metric", "metric_name", "measure", "kpi", "statistic", "measurement", "indicator",
    ]),
    (Word::Value, &[
        "value", "val", "result", "reading", "score_value",
    ]),
    (Word::Case, &[
        "case", "case_name", "test", "test_name", "test_case", "testcase", "benchmark", "benchmark_name", "bench",
        "bench_name", "prompt", "prompt_text", "prompt_name", "scenario", "scenario_name", "task", "task_name",
        "kernel", "kernel_name", "function", "method", "workload", "workload_name", "operation", "op", "query",
        "endpoint", "suite", "command", "job", "group", "fullname", "full_name", "use_case", "experiment", "phase", "question", "title", "library", "tool", "solver", "program", "site", "page",
    ]),
    (Word::Label, &[
        "config", "config_name", "configuration", "config_id", "configuration_name", "label", "run_name", "name",
        "variant", "key", "title", "approach",
    ]),
    (Word::Param, &[
        "model", "model_name", "model_id", "tag", "model_tag", "backend", "engine", "framework", "device", "dtype",
        "data_type", "precision", "quant", "quantization", "quant_type", "compiler", "num_gpu", "num_gpus",
        "gpu_layers", "ngl", "n_gpu_layers", "num_ctx", "n_ctx", "ctx", "context_size", "context_length", "temperature",
        "temp", "top_p", "top_k", "min_p", "repeat_penalty", "batch", "batch_size", "n_batch", "n_ubatch", "ubatch",
        "micro_batch_size", "concurrency", "max_concurrency", "threads", "n_threads", "num_threads", "workers",
        "num_workers", "clients", "connections", "users", "vus", "processes", "input_len", "output_len", "input_length",
        "output_length", "random_input_len", "random_output_len", "seq_len", "sequence_length", "isl", "osl",
        "n_prompt", "n_gen", "n_depth", "prompt_len", "prompt_length", "request_rate", "max_tokens", "max_new_tokens",
        "max_seq_len", "max_batch_size", "num_heads", "num_layers", "hidden_dim", "hidden_size", "embed_dim",
        "head_dim", "input_dim", "channels", "height", "width", "depth", "block_size", "grid_size", "page_size",
        "chunk_size", "tile_size", "size", "shape", "dataset", "dataset_name", "language", "lang", "mode", "optimizer",
        "parallel", "parallelism", "tp", "pp", "dp", "tensor_parallel_size", "tp_size", "dp_size",
        "pipeline_parallel_size", "strategy", "policy", "algorithm", "algo", "impl", "implementation", "type", "kind",
        "category", "variant_name", "rate_limit", "qd", "iodepth", "numjobs", "bs", "rw", "cache", "layers", "gpu",
        "cpu", "context", "tone", "arch", "provider", "flash_attn", "use_mmap", "type_k", "type_v", "split_mode",
        "main_gpu", "compression", "level", "nodes", "replicas", "shards", "partitions", "k", "m", "lora",
        "speculative", "draft_model", "tokenizer", "target_backend", "lr", "learning_rate", "dim", "dims", "dimension", "dimensions",
    ]),
    (Word::Count, &[
        "tokens", "requests", "chars", "characters", "words", "lines", "completed", "failed", "errors", "failures",
        "count", "timeouts", "retries", "hits",
    ]),
    (Word::Ignore, &[
        "id", "uuid", "guid", "index", "idx", "row", "rank", "no", "nr", "seq", "run", "run_id", "run_index",
        "run_number", "iteration", "iter", "rep", "trial", "attempt", "seed", "port", "pid", "ppid", "tid", "url",
        "uri", "path", "file", "filename", "file_name", "output_dir", "output_file", "notes", "note", "comment",
        "comments", "description", "remarks", "message", "purpose", "rationale", "explanation", "details", "best_for",
        "response", "output", "text", "content", "answer", "reply", "stdout", "stderr_text", "prompts", "version", "os",
        "platform", "cc", "compute_capability", "pstate", "exit_code", "return_code", "status_code", "http_status",
        "code", "epoch", "step", "quality_note", "create_time", "process_id", "prompt_index", "stream", "context_id",
        "total", "priority", "result_text", "schema", "opset", "family", "test_id", "sections", "citations",
        "warmup", "warmups", "temporary", "license", "author", "owner", "email", "contention", "percentage", "share",
        "supported", "enabled", "available", "quality", "method_note", "parameters_count", "args", "argv", "context_window",
    ]),
];

/// Last words of a longer name that make it nothing of a series, unless a unit follows.
#[rustfmt::skip]
const IGNORED_TAILS: &[&str] = &[
    "id", "ids", "idx", "index", "version", "seed", "port", "pid", "path", "url", "uri", "host", "dir", "directory",
    "file", "filename", "hash", "detected", "evaluated", "prompts", "runs", "tests", "configs", "iterations",
    "rounds", "number", "num", "rank", "preview", "text", "message", "capability", "limit", "total", "inferences",
    "passes", "mask", "present", "name_all", "driver", "status", "epochs", "steps", "sessions", "outputs", "inputs",
    "allowed", "expected",
];

/// Last words of a longer name that make it a number of things done, made or gone wrong, unless a unit follows.
#[rustfmt::skip]
const COUNTED_TAILS: &[&str] = &[
    "n", "count", "counts", "chars", "characters", "words", "lines", "tokens", "requests", "samples", "completed",
    "generated", "produced", "processed", "emitted", "hits", "records", "frames", "chunks", "operations", "messages",
    "packets", "images", "events", "items", "cells",
];

/// Words for what went wrong: their number is a count of which fewer is better.
pub(in crate::artifact) const TROUBLE: &[&str] = &["errors", "failures", "failed", "timeouts", "retries"];

/// Things of which fewer is better wherever they are counted, so that their number is a result.
const COSTLY: &[&str] = &[
    "alloc",
    "allocs",
    "allocation",
    "allocations",
    "fault",
    "faults",
    "miss",
    "misses",
    "deadlocks",
    "spills",
    "gcs",
];

/// Words anywhere in a name that make it a setting or a capacity rather than a result.
const SETTINGS: &[&str] = &[
    "timeout",
    "threshold",
    "limit",
    "target",
    "interval",
    "warmup",
    "budget",
    "capacity",
    "quota",
    "configured",
    "attribute",
    "seed",
    "requested",
    "required",
    "available",
    "granularity",
    "timer",
    "resolution",
    "max_allowed",
    "sla",
    "slo",
    "ttl",
    "backoff",
    "expiry",
    "retention",
    "cooldown",
    "debounce",
    "keepalive",
];

/// Settings that experiments sweep; the others say what a machine has or a watch allows.
const TUNABLE: &[&str] =
    &["resolution", "target", "threshold", "interval", "timeout", "limit", "budget", "ttl", "backoff", "retention"];

/// Profiler columns (Nsight Compute) that describe the device and the launch, not what was measured.
const DESCRIPTIVE_PREFIXES: &[&str] =
    &["device__", "launch__", "nvlink__", "numa__", "profiler__", "c2clink__", "sm__maximum", "smsp__maximum"];

/// Whether a word of the name makes it a setting, a capacity or a limit.
pub(in crate::artifact) fn is_setting(snake: &str) -> bool {
    snake.split('_').any(|word| SETTINGS.contains(&word)) && !snake.starts_with("confidence")
}

/// Things whose size was given rather than achieved.
const GIVEN: &[&str] = &[
    "model",
    "models",
    "batch",
    "input",
    "vocab",
    "image",
    "page",
    "block",
    "buffer",
    "key",
    "value",
    "message",
    "packet",
    "chunk",
    "dataset",
    "tile",
    "window",
    "queue",
    "record",
    "payload",
    "sample",
    "request",
    "parameter",
    "params",
    "checkpoint",
    "document",
];

/// Whether a quantity (its words joined by `_`) says how large something is that was measured, such as a model or a message, and nothing of
/// how well it went. What a build or a compressor made is a result.
pub(in crate::artifact) fn describes_size(quantity: &str) -> bool {
    let words: Vec<&str> = quantity.split('_').collect();
    match words.as_slice() {
        ["size" | "sizes"] => true,
        [.., of, "size" | "sizes"] => GIVEN.contains(of),
        [.., "model", "weights"] => true,
        _ => false,
    }
}

/// Whether a word of the name makes it a setting that one may try at several values.
pub(in crate::artifact) fn is_tunable(snake: &str) -> bool {
    snake.split('_').any(|word| TUNABLE.contains(&word))
}

/// What a name means by itself; `None` leaves it to the cells.
pub(in crate::artifact) fn lookup(raw: &str, snake: &str) -> Option<Word> {
    if DESCRIPTIVE_PREFIXES.iter().any(|prefix| raw.starts_with(prefix)) {
        return Some(Word::Ignore);
    }
    if let Some((word, _)) = EXACT.iter().find(|(_, names)| names.contains(&snake)) {
        return Some(*word);
    }
    // `Page size (bytes)` is what `page_size` is.
    let bare = raw.split(['(', '[']).next().filter(|bare| bare.len() < raw.len()).map(super::names::snake);
    if let Some(bare) = bare.filter(|bare| bare.contains('_'))
        && let Some((word, _)) = EXACT.iter().find(|(_, names)| names.contains(&bare.as_str()))
    {
        return Some(*word);
    }
    let words: Vec<&str> = snake.split('_').collect();
    let last = words.last().copied().unwrap_or_default();
    if matches!(last, "unit" | "units") {
        return Some(Word::Unit);
    }
    let unitless = match words.as_slice() {
        [before @ .., "s" | "sec" | "seconds" | "ms" | "us" | "ns" | "utc" | "unix" | "iso"] => before.last().copied(),
        _ => Some(last),
    };
    if matches!(unitless, Some("timestamp" | "datetime" | "date" | "epoch")) || snake.ends_with("time_stamp") {
        return Some(Word::Time);
    }
    if matches!(words.first(), Some(&"param" | &"parameter")) && words.len() > 1 {
        return Some(Word::Param);
    }
    let statistical = |w: &&str| {
        matches!(*w, "std" | "mean" | "absolute" | "relative" | "squared" | "score" | "standard" | "max" | "margin")
    };
    if snake.ends_with("error_message") || snake.ends_with("_error") && !words.iter().any(statistical) {
        return Some(Word::Error);
    }
    // `agent_a_num_ctx`: a parameter of something.
    let tail_param = (1..words.len()).any(|from| {
        let tail = words.get(from..).unwrap_or_default().join("_");
        tail.contains('_') && EXACT.iter().any(|(word, names)| *word == Word::Param && names.contains(&tail.as_str()))
    });
    if tail_param
        || matches!(
            last,
            "temperature"
                | "model"
                | "backend"
                | "dtype"
                | "device"
                | "concurrency"
                | "threads"
                | "layers"
                | "strategy"
        )
    {
        return Some(Word::Param);
    }
    if is_setting(snake) {
        return Some(Word::Ignore);
    }
    // `number of clients` is what `clients` is; `number of cores` describes the machine.
    if let Some(counted) = snake.strip_prefix("number_of_").or_else(|| snake.strip_prefix("maximum_number_of_")) {
        let known = lookup(counted, counted).filter(|word| matches!(word, Word::Param | Word::Count));
        return Some(known.unwrap_or(Word::Ignore));
    }
    // What a machine has, beside what of it was used.
    let resource = words.iter().any(|w| matches!(*w, "memory" | "mem" | "ram" | "vram" | "disk" | "swap"));
    if resource && words.contains(&"total") {
        return Some(Word::Ignore);
    }
    let head = words.iter().rev().find(|w| !matches!(**w, "count" | "counts")).copied().unwrap_or_default();
    if COSTLY.contains(&head) {
        return None;
    }
    let numbered = matches!(words.first(), Some(&"num" | &"n")) && words.len() > 1;
    let made = last != "n" || words.iter().rev().nth(1).is_some_and(|w| w.ends_with("ed"));
    let trouble = words.iter().any(|w| TROUBLE.contains(w))
        && !words.iter().any(|w| matches!(*w, "rate" | "ratio" | "percent" | "pct"));
    if (COUNTED_TAILS.contains(&last) && made && (last == "tokens" || !numbered)) || trouble {
        return Some(Word::Count);
    }
    if numbered && super::names::parse(raw).unit.is_none() {
        return Some(Word::Number);
    }
    if IGNORED_TAILS.contains(&last) {
        return Some(Word::Ignore);
    }
    None
}

/// What an object under this key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::artifact) enum Block {
    /// Where it ran: never metrics nor parameters.
    Environment,
    /// How it was set: parameters, never metrics.
    Config,
    /// Extras: a metric only when the name carries a unit, and no parameters.
    Extra,
}

/// What kind of block a key opens; `None` for ordinary structure.
pub(in crate::artifact) fn block(key: &str) -> Option<Block> {
    let key = super::names::snake(key);
    match key.as_str() {
        "environment" | "env" | "system_info" | "machine_info" | "host_info" | "hardware" | "platform" | "versions"
        | "software" | "cpu_info" | "gpu_info" | "build_info" | "commit_info" | "git" | "system_information"
        | "env_info" | "runtime_info" | "os_info" | "device_info" | "machine" | "host" => Some(Block::Environment),
        "config" | "configuration" | "settings" | "options" | "parameters" | "params" | "args" | "arguments"
        | "hyperparameters" | "model" | "model_info" | "model_config" | "model_options" | "setup" | "launch_config"
        | "job_options" | "global_options" | "thresholds" => Some(Block::Config),
        "metadata" | "meta" | "extra" | "extra_info" | "extras" | "info" | "details" | "context" | "debug" => {
            Some(Block::Extra)
        }
        _ => None,
    }
}

/// Keys that only structure a document: they name neither a case nor a parameter.
pub(in crate::artifact) fn structural(key: &str) -> bool {
    matches!(
        super::names::snake(key).as_str(),
        "results"
            | "result"
            | "metrics"
            | "metric"
            | "data"
            | "summary"
            | "stats"
            | "statistics"
            | "timing"
            | "timings"
            | "timing_stats"
            | "benchmark"
            | "benchmarks"
            | "performance"
            | "values"
            | "value"
            | "measurements"
            | "measurement"
            | "report"
            | "output"
            | "run"
            | "runs"
            | "run_results"
            | "tests"
            | "test"
            | "items"
            | "entries"
            | "records"
            | "rows"
            | "raw"
            | "system"
            | "overall"
            | "aggregate"
            | "aggregates"
            | "details"
            | "cases"
            | "samples"
            | "series"
            | "points"
            | "scores"
    ) || block(key).is_some()
}
