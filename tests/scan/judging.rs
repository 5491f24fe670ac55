//! From history to alert and mail: what fires, and above all what does not.

use harness::{Bench, Workspace};

#[test]
fn history_makes_one_report_and_no_mail() {
    let workspace = Workspace::new();
    Bench::new("reports/decode/decode").history(&workspace, 0..24);
    let scan = workspace.scan();
    assert_eq!(scan["runs"], 24);
    assert_eq!(scan["mails"].as_array().unwrap().len(), 0);
    assert_eq!(workspace.reports().len(), 1);
    assert!(workspace.mails().is_empty());
}
