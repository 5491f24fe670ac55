//! What a night leaves behind, a function a kind of file: bundles of several renderings, flat and nested JSON results with
//! their configuration, exports of command line tools, CSVs of repetitions, and files that hold no result at all.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::tree::{Artifact, Night};

const MODELS: [&str; 8] = [
    "llama3.1:8b-q4_0",
    "llama3.1:8b-q5_K_M",
    "gemma3:1b",
    "gemma3:270m",
    "qwen2.5:7b-q4_K_M",
    "mistral:7b-q4_0",
    "phi3:mini",
    "tinyllama:1.1b",
];
const ARCHITECTURES: [&str; 8] = ["conv", "mlp", "transformer", "resnet50", "bert_base", "unet", "vit_b16", "lstm"];
const BACKENDS: [&str; 4] = ["eager", "jit", "torch_compile", "onnx"];
const PROMPTS: [&str; 5] = [
    "Summarise the release notes in two sentences.",
    "Translate the greeting into French, German and Polish.",
    "Write a unit test for a function that reverses a list.",
    "Explain a race condition to a new colleague.",
    "List five names for a service that watches benchmarks.",
];
const TOOLS: [&str; 10] =
    ["indexer", "exporter", "migrate", "lint", "fmt", "pack", "verify", "render", "import", "compact"];
const SERVICES: [&str; 24] = [
    "search", "checkout", "login", "catalog", "basket", "profile", "payment", "shipping", "reviews", "images",
    "mailer", "session", "pricing", "tax", "fraud", "stock", "orders", "returns", "feeds", "alerts", "gateway",
    "upload", "audit", "export",
];
const OPERATIONS: [&str; 32] = [
    "memcpy",
    "sha256",
    "crc32",
    "utf8_check",
    "json_parse",
    "json_write",
    "csv_split",
    "btree_insert",
    "btree_lookup",
    "hash_insert",
    "hash_lookup",
    "sort_u64",
    "sort_str",
    "regex_match",
    "regex_find",
    "gzip",
    "gunzip",
    "zstd",
    "unzstd",
    "lz4",
    "unlz4",
    "base64",
    "unbase64",
    "matmul",
    "transpose",
    "fft",
    "conv1d",
    "softmax",
    "layernorm",
    "gelu",
    "argmax",
    "topk",
];

/// All artifacts of a night.
pub fn night(night: &mut Night) -> Vec<Artifact> {
    let mut files = Vec::new();
    for (index, model) in MODELS.iter().enumerate() {
        files.extend(tuning(night, index, model));
        files.extend(prompts(night, index, model));
    }
    for (index, architecture) in ARCHITECTURES.iter().enumerate() {
        files.extend(compilation(night, index, architecture));
    }
    for (index, model) in MODELS.iter().enumerate() {
        files.push(serving(night, index, model));
    }
    for (index, tool) in TOOLS.iter().enumerate() {
        files.extend(command(night, index, tool));
    }
    for (index, service) in SERVICES.iter().enumerate() {
        files.push(latency(night, index, service));
    }
    for (index, operation) in OPERATIONS.iter().enumerate() {
        files.push(repetitions(night, index, operation));
        files.push(build_facts(night, operation));
    }
    files
}

fn slug(model: &str) -> String {
    model.replace([':', '.'], "_")
}

fn rounded(value: f64, places: i32) -> f64 {
    let step = 10f64.powi(places);
    (value * step).round() / step
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON") + "\n"
}

fn environment() -> Value {
    json!({
        "python_version": "3.12.4", "os": "Linux", "os_version": "6.8.0-45-generic", "cuda_available": true,
        "torch_version": "2.4.1+cu124", "torch_cuda_version": "12.4", "gpu_name": "NVIDIA L4", "gpu_count": 1,
        "nvidia_driver": "550.90.07"
    })
}

/// A sweep over two options: JSON, CSV and Markdown of the same rows.
fn tuning(night: &mut Night, index: usize, model: &str) -> Vec<Artifact> {
    let stem = format!("reports/inference/{}_tuning_{}", slug(model), night.stamp(index));
    let time = night.later(index).to_string();
    let mut rows = Vec::new();
    let mut csv = "config_name,num_gpu,num_ctx,temperature,mean_tokens_s,mean_ttft_s,mean_load_s\n".to_owned();
    let mut md = format!(
        "# Parameter tuning: {model}\n\n- Generated: {time}\n- Device: NVIDIA L4\n- Commit: {}\n\n\
         | num_gpu | num_ctx | temperature | mean_tokens_s | mean_ttft_s | mean_load_s |\n| --- | --- | --- | --- | --- | --- |\n",
        &night.commit[..10]
    );
    for (place, (gpu, context)) in [(40, 1024), (40, 4096), (999, 1024), (999, 4096)].into_iter().enumerate() {
        let subject = index * 4 + place;
        let tokens = night.value(subject, 40.0 + 9.0 * index as f64 + place as f64, 0.01);
        let first = night.value(subject + 3, 0.11 + 0.013 * place as f64, 0.04);
        let load = night.value(subject + 5, 0.13 + 0.02 * index as f64, 0.05);
        let (first, load) = (rounded(first, 7), rounded(load, 7));
        let name = format!("g{gpu}_c{context}_t0.4");
        let _ = writeln!(csv, "{name},{gpu},{context},0.4,{tokens},{first},{load}");
        let _ = writeln!(md, "| {gpu} | {context} | 0.4 | {tokens:.2} | {first:.3} | {load:.3} |");
        rows.push(json!({
            "config_name": name, "options": {"num_gpu": gpu, "num_ctx": context, "temperature": 0.4},
            "mean_tokens_s": tokens, "mean_ttft_s": first, "mean_load_s": load
        }));
    }
    let json = json!({
        "generated_at": time, "model": model, "git_commit": night.commit, "host": "bench-gpu-01",
        "settings": {"runs": 5, "warmup_runs": 1, "prompt_set": "prompts/nightly.txt"}, "results": rows
    });
    let _ = writeln!(
        md,
        "\n## How to read this\n\nMeans of five runs of every prompt in `prompts/nightly.txt` after one to warm up. Raw rows: `{stem}.csv`."
    );
    vec![(format!("{stem}.csv"), csv), (format!("{stem}.json"), pretty(&json)), (format!("{stem}.md"), md)]
}

/// One row a prompt, and a summary beside it under a name of its own.
fn prompts(night: &mut Night, index: usize, model: &str) -> Vec<Artifact> {
    let dir = format!("reports/ollama/{}", night.stamp(20));
    let time = night.later(20).to_string();
    let mut csv =
        "timestamp,model,prompt_index,prompt_text,ttft_s,tokens_s,load_s,prompt_eval_count,eval_count,response_chars,\
                   error,options\n"
            .to_owned();
    for (number, prompt) in PROMPTS.iter().enumerate() {
        let first = night.value(index * 5 + number, 0.09 + 0.01 * number as f64, 0.05);
        let tokens = night.value(index * 5 + number + 7, 35.0 + 10.0 * index as f64, 0.015);
        let load = night.value(index * 5 + number + 2, 0.1 + 0.02 * index as f64, 0.04);
        let count = 40 + 13 * number;
        let _ = writeln!(
            csv,
            "{time},{model},{},\"{prompt}\",{first:.6},{tokens:.2},{load:.6},{},{count},{},,\"{{\"\"temperature\"\":0.3,\"\"top_p\"\":0.9}}\"",
            number + 1,
            20 + prompt.len() / 4,
            count * 4 + number
        );
    }
    let summary = json!({
        "generated_at": time, "prompt_count": PROMPTS.len(), "prompts": PROMPTS,
        "models": [{
            "model": model, "prompt_count": PROMPTS.len(), "completed": PROMPTS.len(),
            "options": {"temperature": 0.3, "top_p": 0.9},
            "mean_ttft_s": night.value(index, 0.11, 0.03), "mean_tokens_s": night.value(index + 2, 35.0 + 10.0 * index as f64, 0.01)
        }],
        "ollama_host": "http://127.0.0.1:11434"
    });
    let name = slug(model);
    vec![
        (format!("{dir}/{name}_benchmark_runs.csv"), csv),
        (format!("{dir}/{name}_benchmark_summary.json"), pretty(&summary)),
    ]
}

/// Compilers compared, as JSON with the settings of each and as a table in Markdown.
fn compilation(night: &mut Night, index: usize, architecture: &str) -> Vec<Artifact> {
    let stem = format!("reports/compilation/{architecture}_bench_{}", night.stamp(40 + index));
    let time = night.later(40 + index).to_string();
    let mut backends = serde_json::Map::new();
    let mut md = format!(
        "# Compilation Benchmark Report\n\n- Generated: {time}\n- Model: {architecture}\n- Device: cpu\n- DType: torch.float32\n\n\
         | Backend | Success | Compile Time (s) | Mean (ms) | Std (ms) | Min (ms) | Max (ms) |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for (number, backend) in BACKENDS.iter().enumerate() {
        let compile = night.value(index + number, 0.1 + 4.0 * number as f64, 0.05);
        let level = 3.0 + 0.7 * number as f64 + 2.0 * index as f64;
        let times = night.samples(index * 4 + number, level, 0.03, 10);
        let (mean, std, min, max) = (times.mean(), times.std(), times.at(0.0), times.at(1.0));
        let _ = writeln!(md, "| {backend} | yes | {compile:.4} | {mean:.3} | {std:.3} | {min:.3} | {max:.3} |");
        backends.insert(
            (*backend).to_owned(),
            json!({
                "compilation": {"success": true, "compile_time_s": compile, "dynamic": false},
                "benchmark": {"mean_time_ms": mean, "std_time_ms": std, "min_time_ms": min, "max_time_ms": max}
            }),
        );
    }
    let json = json!({
        "generated_at": time,
        "model": {"name": architecture, "device": "cpu", "dtype": "torch.float32", "batch_size": 4, "channels": 3},
        "settings": {"runs": 10, "warmup_runs": 3, "backends": BACKENDS}, "backends": backends
    });
    md += "\n## Notes\n\n- Times are wall clock around the forward pass, after three passes to warm up.\n\
           - The first call of a compiled model is counted as compile time, not as a run.\n\
           - Host: bench-cpu-02, governor pinned to performance, hyper-threading off.\n";
    vec![(format!("{stem}.json"), pretty(&json)), (format!("{stem}.md"), md)]
}

/// The flat object of a serving benchmark, on one line, numbers in full.
fn serving(night: &mut Night, index: usize, model: &str) -> Artifact {
    let stamp = night.stamp(60 + index);
    let concurrency = [1, 16][index % 2];
    let mut fields = json!({
        "date": stamp, "backend": "vllm", "model_id": model, "tokenizer_id": model, "num_prompts": 200,
        "request_rate": "inf", "burstiness": 1.0, "max_concurrency": concurrency,
        "completed": 200, "total_input_tokens": 204_800, "total_output_tokens": 25_600, "request_goodput": null
    });
    let load = f64::from(concurrency).sqrt();

    let mut put = |key: String, value: f64| fields[key] = json!(value);
    let requests = night.value(index * 2 + 1, 1.9 * load / (1.0 + index as f64), 0.01);
    put("duration".into(), 200.0 / requests);
    put("request_throughput".into(), requests);
    put("output_throughput".into(), requests * 128.0);
    put("total_token_throughput".into(), requests * 1152.0);
    for (number, (name, level)) in
        [("ttft", 180.0), ("tpot", 21.0), ("itl", 20.5), ("e2el", 2900.0)].into_iter().enumerate()
    {
        let times = night.samples(index * 4 + number, level * load, 0.05, 30);
        put(format!("mean_{name}_ms"), times.mean());
        put(format!("median_{name}_ms"), times.at(0.5));
        put(format!("std_{name}_ms"), times.std());
        put(format!("p99_{name}_ms"), times.at(0.99));
    }
    let path = format!("artifacts/serving/{}-c{concurrency}-{stamp}.json", slug(model));
    (path, serde_json::to_string(&fields).expect("JSON"))
}

/// Two commands timed ten times each, as JSON with every time and as a table.
fn command(night: &mut Night, index: usize, tool: &str) -> Vec<Artifact> {
    let stem = format!("artifacts/cli/{tool}-{}", night.stamp(80 + index));
    let mut results = Vec::new();
    let mut md = "| Command | Mean [ms] | Min [ms] | Max [ms] | Relative |\n|:---|---:|---:|---:|---:|\n".to_owned();
    let mut fastest = f64::INFINITY;
    for (number, input) in ["small.toml", "large.toml"].iter().enumerate() {
        let times = night.samples(index * 2 + number, 0.08 + 0.3 * number as f64 + 0.01 * index as f64, 0.02, 10);
        let mean = times.mean();
        fastest = fastest.min(mean);
        results.push(json!({
            "command": format!("{tool} --jobs 4 {input}"), "mean": mean, "stddev": times.std(), "median": times.at(0.5),
            "user": mean * 0.8, "system": mean * 0.1, "min": times.at(0.0), "max": times.at(1.0), "times": times.0,
            "exit_codes": vec![0; 10]
        }));
        let _ = writeln!(
            md,
            "| `{tool} --jobs 4 {input}` | {:.1} ± {:.1} | {:.1} | {:.1} | {:.2} |",
            mean * 1e3,
            times.std() * 1e3,
            times.at(0.0) * 1e3,
            times.at(1.0) * 1e3,
            mean / fastest
        );
    }
    vec![(format!("{stem}.json"), pretty(&json!({"results": results}))), (format!("{stem}.md"), md)]
}

/// One distribution with its percentiles and the machine that it was measured on.
fn latency(night: &mut Night, index: usize, service: &str) -> Artifact {
    let time: Timestamp = night.later(100 + index);
    let times = night.samples(index, 4.0 + 1.5 * index as f64, 0.06, 100);
    let json = json!({
        "benchmark_name": format!("{service}_baseline"), "timestamp": time.as_second(), "commit": night.commit,
        "timing": {
            "samples": 100, "p50_ms": times.at(0.5), "p95_ms": times.at(0.95), "p99_ms": times.at(0.99),
            "mean_ms": times.mean(), "stdev_ms": times.std()
        },
        "config": {
            "endpoint": format!("http://{service}.bench.internal:8080/v1/{service}"), "method": "POST", "keep_alive": true,
            "warmup_requests": 20, "timeout_s": 30, "payload": "payloads/medium.json", "tls": false
        },
        "environment": environment()
    });
    let path = format!("csv_data/baselines/{service}_baseline_{}.json", time.as_second());
    (path, pretty(&json))
}

/// A row a repetition, ten with one thread and ten with all.
fn repetitions(night: &mut Night, index: usize, operation: &str) -> Artifact {
    let time = night.later(130 + index);
    let mut csv = "timestamp,operation,threads,iteration,time_us,throughput_mb_s\n".to_owned();
    for (number, threads) in [1, 16].into_iter().enumerate() {
        let level = 9000.0 / (f64::from(threads) * (1.0 + 0.3 * index as f64));
        for (iteration, micros) in night.samples(index * 2 + number, level, 0.02, 10).0.into_iter().enumerate() {
            let rate = f64::from(threads) * 4_194_304.0 / micros;
            let _ = writeln!(csv, "{time},{operation},{threads},{iteration},{micros:.3},{rate:.2}");
        }
    }
    (format!("csv_data/micro/{}/{operation}.csv", night.stamp(130)), csv)
}

/// What was built and how: no result.
fn build_facts(night: &Night, operation: &str) -> Artifact {
    let json = json!({
        "target": operation, "git_commit": night.commit, "git_branch": "main", "dirty": false, "compiler": "clang 18.1.8",
        "flags": ["-O3", "-march=native", "-flto=thin", "-fno-omit-frame-pointer"],
        "sanitizers": [], "allocator": "jemalloc", "cpu": "AMD EPYC 9354P", "governor": "performance", "turbo": false,
        "kernel": "6.8.0-45-generic", "pinned_cores": [4, 5, 6, 7],
        "libraries": {"benchmark": "1.8.5", "fmt": "11.0.2", "openssl": "3.3.1", "zlib-ng": "2.2.1", "zstd": "1.5.6"},
        "artifact_url": format!("https://ci.bench.internal/builds/{}/{operation}", &night.commit[..12])
    });
    (format!("csv_data/micro/{}/{operation}.build.json", night.stamp(130)), pretty(&json))
}
