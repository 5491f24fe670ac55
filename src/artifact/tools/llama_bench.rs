//! llama-bench and llama-batched-bench of llama.cpp: JSON, JSON Lines, CSV, Markdown and SQL.
//!
//! The first three and SQL share their field names; Markdown abbreviates them (`ngl`, `fa`) and shows only the settings that differ
//! from the defaults. `avg_ns` is the time of one repetition, `avg_ts` tokens per second; JSON adds the samples. Every setting can
//! be swept, so every one is a parameter. The Markdown table is followed by the build, which is the commit; where a file holds
//! tables of several builds, none is the file's. Tables among other text are read with it: the surrounding document stays.
//! Source: <https://github.com/ggml-org/llama.cpp/tree/master/tools/llama-bench#output-formats>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, commit, hardware, higher, lower, param, time};
use crate::artifact::format::{Format, Markdown, Source, Stop};
use crate::artifact::schema::{Rest, Rows, Schema};
use crate::artifact::table::{Cell, Column, Document, Row, RowAt, Table};

pub(super) const SCHEMAS: &[Schema] = &[
    Schema {
        tool: "llama-bench",
        requires: &["model_filename", "n_prompt", "n_gen", "avg_ns", "avg_ts", "stddev_ts"],
        fields: RECORD,
        rest: Rest::Ignore,
        rows: Rows::Infer,
    },
    Schema {
        tool: "llama-bench",
        requires: &["model", "size", "params", "backend", "test", "t/s"],
        fields: TABLE,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "llama-batched-bench",
        requires: &["PP", "TG", "N_KV", "T_PP s", "S_PP t/s", "T_TG s", "S_TG t/s"],
        fields: BATCHED_TABLE,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "llama-batched-bench",
        requires: &["pp", "tg", "n_kv", "t_pp", "speed_pp", "t_tg", "speed_tg"],
        fields: BATCHED_RECORD,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
];

const RECORD: &[Field] = &[
    commit("build_commit"),
    hardware("cpu_info"),
    hardware("gpu_info"),
    param("backends", "backend"),
    param("model_filename", "model_file"),
    param("model_type", "model"),
    param("n_batch", "n_batch"),
    param("n_ubatch", "n_ubatch"),
    param("n_threads", "threads"),
    param("cpu_mask", "cpu_mask"),
    param("cpu_strict", "cpu_strict"),
    param("poll", "poll"),
    param("type_k", "type_k"),
    param("type_v", "type_v"),
    param("n_gpu_layers", "n_gpu_layers"),
    param("n_cpu_moe", "n_cpu_moe"),
    param("split_mode", "split_mode"),
    param("main_gpu", "main_gpu"),
    param("no_kv_offload", "no_kv_offload"),
    param("flash_attn", "flash_attn"),
    param("devices", "devices"),
    param("tensor_split", "tensor_split"),
    param("tensor_buft_overrides", "tensor_buft_overrides"),
    param("use_mmap", "use_mmap"),
    param("use_direct_io", "use_direct_io"),
    param("embeddings", "embeddings"),
    param("no_op_offload", "no_op_offload"),
    param("no_host", "no_host"),
    param("n_prompt", "n_prompt"),
    param("n_gen", "n_gen"),
    param("n_depth", "n_depth"),
    time("test_time"),
    lower("avg_ns", "time", "ns"),
    lower("stddev_ns", "time", "ns").stat("std"),
    lower("samples_ns", "time", "ns"),
    higher("avg_ts", "tokens_per_second", "tok/s"),
    higher("stddev_ts", "tokens_per_second", "tok/s").stat("std"),
    higher("samples_ts", "tokens_per_second", "tok/s"),
];

/// The same settings under the names of the Markdown table.
const TABLE: &[Field] = &[
    param("model", "model"),
    param("size", "model_size"),
    param("params", "model_params"),
    param("backend", "backend"),
    param("ngl", "n_gpu_layers"),
    param("ncmoe", "n_cpu_moe"),
    param("n_cpu_moe", "n_cpu_moe"),
    param("threads", "threads"),
    param("cpu_mask", "cpu_mask"),
    param("cpu_strict", "cpu_strict"),
    param("poll", "poll"),
    param("n_batch", "n_batch"),
    param("n_ubatch", "n_ubatch"),
    param("type_k", "type_k"),
    param("type_v", "type_v"),
    param("sm", "split_mode"),
    param("mg", "main_gpu"),
    param("main_gpu", "main_gpu"),
    param("nkvo", "no_kv_offload"),
    param("fa", "flash_attn"),
    param("dev", "devices"),
    param("ts", "tensor_split"),
    param("ot", "tensor_buft_overrides"),
    param("mmap", "use_mmap"),
    param("dio", "use_direct_io"),
    param("embd", "embeddings"),
    param("nopo", "no_op_offload"),
    param("noh", "no_host"),
    param("rpc", "rpc"),
    case("test"),
    higher("t/s", "tokens_per_second", "tok/s"),
];

const BATCHED_TABLE: &[Field] = &[
    param("PP", "n_prompt"),
    param("TG", "n_gen"),
    param("B", "batch"),
    param("N_KV", "n_kv"),
    lower("T_PP s", "prompt_time", "s"),
    higher("S_PP t/s", "prompt_tokens_per_second", "tok/s"),
    lower("T_TG s", "generation_time", "s"),
    higher("S_TG t/s", "generation_tokens_per_second", "tok/s"),
    lower("T s", "time", "s"),
    higher("S t/s", "tokens_per_second", "tok/s"),
];

const BATCHED_RECORD: &[Field] = &[
    param("n_kv_max", "num_ctx"),
    param("n_batch", "n_batch"),
    param("n_ubatch", "n_ubatch"),
    param("flash_attn", "flash_attn"),
    param("is_pp_shared", "shared_prompt"),
    param("n_gpu_layers", "n_gpu_layers"),
    param("n_threads", "threads"),
    param("n_threads_batch", "threads_batch"),
    param("pp", "n_prompt"),
    param("tg", "n_gen"),
    param("pl", "batch"),
    param("n_kv", "n_kv"),
    lower("t_pp", "prompt_time", "s"),
    higher("speed_pp", "prompt_tokens_per_second", "tok/s"),
    lower("t_tg", "generation_time", "s"),
    higher("speed_tg", "generation_tokens_per_second", "tok/s"),
    lower("t", "time", "s"),
    higher("speed", "tokens_per_second", "tok/s"),
];

/// The Markdown table, in whatever text it was put, with the build behind it.
pub(super) struct LlamaBenchTable;

impl Format for LlamaBenchTable {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["llama-bench", "llama-batched-bench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| {
            let line = line.trim();
            let named = |name: &str| line.split('|').any(|cell| cell.trim() == name);
            line.starts_with('|') && ["model", "size", "params", "test", "t/s"].into_iter().all(named)
        })
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut document = Markdown.read(source, settings)?;
        let mut builds: Vec<&str> = source.lines().filter_map(|(_, line)| build(line.trim())).collect();
        builds.dedup();
        if let [commit] = builds.as_slice() {
            document.constants.push((vec!["commit".to_owned()], Cell::Text((*commit).to_owned())));
        }
        Ok(document)
    }
}

/// The commit of `build: 34ce48d97 (7356)`.
fn build(line: &str) -> Option<&str> {
    let (commit, number) = line.strip_prefix("build: ")?.split_once(' ')?;
    let number = number.strip_prefix('(')?.strip_suffix(')')?;
    let hexadecimal = commit.len() >= 7 && commit.bytes().all(|b| b.is_ascii_hexdigit());
    (hexadecimal && number.bytes().all(|b| b.is_ascii_digit())).then_some(commit)
}

/// `-o sql`: one insertion a test, every value a quoted string; the name of the table has changed over time.
pub(super) struct LlamaBenchSql;

impl Format for LlamaBenchSql {
    fn name(&self) -> &'static str {
        "sql"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["llama-bench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source
            .head()
            .lines()
            .filter_map(insertion)
            .any(|rest| rest.starts_with("build_commit,") && rest.contains(" avg_ts,"))
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut document = Document::default();
        let mut table = Table::default();
        for (number, line) in source.lines() {
            let Some(rest) = insertion(line) else { continue };
            let Some((names, values)) = rest.split_once(") VALUES (") else {
                document.warnings.push(format!("line {number}: an INSERT without values"));
                continue;
            };
            let names: Vec<&str> = names.split(',').map(str::trim).collect();
            if names.len() > settings.max_columns {
                return Err(Stop::Rejected(format!("line {number}: more than {} columns", settings.max_columns)));
            }
            if table.columns.is_empty() {
                let column = |name: &&str| Column { name: (*name).to_owned(), ..Column::default() };
                table.columns = names.iter().map(column).collect();
            }
            let cells = literals(values);
            if cells.len() == table.columns.len() && table.columns.iter().map(|c| c.name.as_str()).eq(names) {
                table.rows.push(Row::new(cells, RowAt::Line(number)));
            } else {
                document.warnings.push(format!("line {number}: values and columns do not match"));
            }
        }
        document.tables.push(table);
        Ok(document)
    }
}

/// What follows the opening parenthesis of the columns in a line that inserts a row.
fn insertion(line: &str) -> Option<&str> {
    let (verb, rest) = line.trim().split_once(' ')?;
    let (into, rest) = rest.split_once(' ')?;
    let (_, columns) = rest.split_once(" (")?;
    (verb == "INSERT" && into == "INTO").then_some(columns)
}

/// The quoted values up to the closing parenthesis; none when one is not closed.
fn literals(text: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut rest = text.trim_start();
    while let Some(quoted) = rest.strip_prefix('\'') {
        let mut value = String::new();
        let mut from = quoted;
        let closed = loop {
            let Some((before, after)) = from.split_once('\'') else { return Vec::new() };
            value.push_str(before);
            // A doubled quote is one within the value.
            match after.strip_prefix('\'') {
                Some(inner) => {
                    value.push('\'');
                    from = inner;
                }
                None => break after,
            }
        };
        cells.push(if value.is_empty() { Cell::Empty } else { Cell::Text(value) });
        rest = closed.trim_start();
        rest = rest.strip_prefix(',').map_or(rest, str::trim_start);
    }
    cells
}
