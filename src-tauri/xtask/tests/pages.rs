//! What the pages of both programs may do: a policy without anything inline or from elsewhere, and exactly the commands
//! that they use.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use xtask::root;

/// The page and the settings of each program.
const PROGRAMS: [(&str, &str); 2] = [("ui", "src-tauri"), ("helper/ui", "helper")];

fn json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(root().join(path)).unwrap()).unwrap()
}

/// The directives of a policy in either of Tauri's forms.
fn policy(settings: &str) -> Vec<(String, String)> {
    match &json(settings)["app"]["security"]["csp"] {
        Value::String(text) => text
            .split(';')
            .filter_map(|part| part.trim().split_once(' '))
            .map(|(name, what)| (name.to_owned(), what.to_owned()))
            .collect(),
        Value::Object(parts) => {
            parts.iter().map(|(name, what)| (name.clone(), what.as_str().unwrap().to_owned())).collect()
        }
        other => panic!("no policy: {other}"),
    }
}

/// Everything that a page is made of, as it is written.
fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "ts" || end == "svelte" || end == "html") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn no_page_runs_anything_inline_or_loads_anything_from_elsewhere() {
    for (page, program) in PROGRAMS {
        let policy = policy(&format!("{program}/tauri.conf.json"));
        let of = |name: &str| policy.iter().find(|(of, _)| of == name).map(|(_, what)| what.as_str());
        assert_eq!(of("default-src"), Some("'none'"), "{page}");
        assert_eq!(of("script-src"), Some("'self'"), "{page}");
        assert_eq!((of("base-uri"), of("form-action")), (Some("'none'"), Some("'none'")), "{page}");
        for (name, what) in &policy {
            for word in what.split_whitespace() {
                let own = matches!(word, "'none'" | "'self'" | "ipc:" | "http://ipc.localhost" | "blob:");
                assert!(own, "{page}: {name} {what}");
            }
        }
        let html = fs::read_to_string(root().join(page).join("index.html")).unwrap();
        let tags = html.matches("<script").count();
        assert_eq!(tags, html.matches("<script type=\"module\" src=\"/src/").count(), "{page}: a script of its own");
        assert!(!html.contains("<style") && !html.contains(" on"), "{page}: something inline");
        let mut source = String::new();
        sources(&root().join(page).join("src"), &mut source);
        for inline in
            ["{@html", ".innerHTML", ".outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function("]
        {
            assert!(!source.contains(inline), "{page} uses {inline}");
        }
    }
}

#[test]
fn each_window_may_do_exactly_what_its_page_uses() {
    for (page, program) in PROGRAMS {
        let capability = json(&format!("{program}/capabilities/main.json"));
        assert_eq!(capability["windows"], serde_json::json!(["main"]), "{program}");
        assert!(capability.get("remote").is_none(), "{program}: no page from elsewhere may call");
        let mut source = String::new();
        sources(&root().join(page).join("src"), &mut source);
        let given: BTreeSet<&str> =
            capability["permissions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        for permission in given {
            match permission.strip_prefix("allow-") {
                Some(command) => {
                    let name = command.replace('-', "_");
                    assert!(source.contains(&format!("'{name}'")), "{page} never calls {name}");
                }
                None => {
                    let small =
                        ["core:window:allow-set-fullscreen", "core:event:allow-listen", "core:event:allow-unlisten"];
                    assert!(small.contains(&permission), "{program} may {permission}");
                }
            }
        }
    }
}
