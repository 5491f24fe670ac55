//! The question of a repair: the same again, with what was wrong with the answer.
//!
//! What held of the answer is kept, so only the sentences that did not are asked for anew. They are quoted as the model wrote them, in
//! JSON: another notation beside them would be learned from. It stays within the budget, the reasons before the sentences.

use super::budget::Budget;
use super::prompt::Prompt;
use super::prompt_lines as lines;
use super::said::Dropped;

/// Reasons that are told; a model that breaks more rules than these does not mend them at once.
const REASONS: usize = 24;

/// The same question with what the gate dropped, or with one entry without a sentence for an answer that could not be read at all.
pub fn repair(prompt: &Prompt, dropped: &[Dropped], budget: &Budget) -> Prompt {
    let taken = prompt.system.len() + prompt.user.len();
    let mut left = budget.bytes().saturating_sub(taken);
    let mut note = String::new();
    let mut add = |line: &str| {
        let fits = line.len() <= left;
        if fits {
            left -= line.len();
            note.push_str(line);
        }
        fits
    };
    let is_kept = dropped.iter().any(|one| !one.sentence.is_empty());
    add(if is_kept {
        "\nThese sentences broke the rules; mend them, in the same JSON shape."
    } else {
        "\nYour last answer was not usable. Write all of it anew."
    });
    if is_kept {
        add(" The others are kept; write what is missing besides.");
    }
    for (reason, sentences) in by_reason(dropped) {
        if !add(&format!("\n- {reason}")) {
            break;
        }
        for (i, sentence) in sentences.iter().filter(|sentence| !sentence.is_empty()).enumerate() {
            add(&format!("{} {}", if i == 0 { ":" } else { "," }, lines::written(sentence)));
        }
    }
    let user = format!("{}{note}", prompt.user);
    let tokens = budget.framed(taken + note.len());
    Prompt { user, tokens, ..prompt.clone() }
}

/// The sentences of each reason, in the order in which the reasons came.
fn by_reason(dropped: &[Dropped]) -> Vec<(&str, Vec<&str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for Dropped { sentence, reason, .. } in dropped {
        if let Some((_, sentences)) = all.iter_mut().find(|(own, _)| own == reason) {
            sentences.push(sentence);
        } else if all.len() < REASONS {
            all.push((reason, vec![sentence]));
        }
    }
    all
}
