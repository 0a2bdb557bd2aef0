//! What a person does on a page before it is looked at, in steps that hold in every language: by role and place, not
//! by words.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::stage::{driver::Driver, wait_for};

/// What steps are written in. A step that finds nothing throws: a screen that is not reached is not looked at.
const STEPS: &str = "
    const find = (where, at = 0) => {
      const found = [...document.querySelectorAll(where)].filter((one) => one.getClientRects().length > 0)[at];
      if (!found) throw new Error('nothing at ' + where);
      return found;
    };
    const press = (where, at) => find(where, at).click();
    const key = (key, more = {}) =>
      (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
    const type = (text, where = 'dialog[open] input', at = 0) => {
      const field = find(where, at);
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const choose = (value, where) => {
      const list = find(where);
      list.value = value;
      list.dispatchEvent(new Event('change', { bubbles: true }));
    };";

/// Waits until nothing has changed in the page for so long, in milliseconds, but not much longer than that: some
/// screens never rest.
const STILL: &str = "
    const [quiet, most, done] = arguments;
    let timer, end;
    const over = () => {
      watch.disconnect();
      clearTimeout(timer);
      clearTimeout(end);
      requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
    };
    const again = () => { clearTimeout(timer); timer = setTimeout(over, quiet); };
    const watch = new MutationObserver(again);
    watch.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
    end = setTimeout(over, most);
    again();";

/// What a person does and sees of a page at rest.
pub trait Looked {
    /// Does a step and waits until the page rests.
    ///
    /// # Errors
    ///
    /// When the step finds nothing.
    fn does(&self, step: &str) -> Result<()>;

    /// Does a step, and gives what it comes to.
    ///
    /// # Errors
    ///
    /// When the step finds nothing.
    fn asks(&self, step: &str) -> Result<Value>;

    /// Waits until the page rests.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    fn rests(&self) -> Result<()>;

    /// Waits until what takes some time has come and the page rests.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    fn rests_long(&self) -> Result<()>;

    /// Loads the page anew at an address within it, and waits until this is there.
    ///
    /// # Errors
    ///
    /// When it does not come.
    fn comes(&self, hash: &str, there: &str) -> Result<()>;
}

impl Looked for Driver {
    fn does(&self, step: &str) -> Result<()> {
        self.asks(&format!("{step}; return null;"))?;
        self.rests()
    }

    fn asks(&self, step: &str) -> Result<Value> {
        // A click takes effect with the next turn: the page is asked again until what the step names is there.
        let script = format!(
            "{STEPS} try {{ return {{ is: (() => {{ {step} }})() ?? null }}; }} catch (error) {{ return String(error); }}"
        );
        let mut said = String::new();
        let found = wait_for(step, Duration::from_secs(8), || {
            let mut answer = self.script(&script, &[])?;
            if let Some(error) = answer.as_str() {
                said = error.to_owned();
                return Ok(None);
            }
            Ok(Some(answer["is"].take()))
        });
        found.with_context(|| said.clone())
    }

    fn rests(&self) -> Result<()> {
        self.script_async(STILL, &[json!(150), json!(1_500)]).map(drop)
    }

    fn rests_long(&self) -> Result<()> {
        self.script_async(STILL, &[json!(2_500), json!(15_000)]).map(drop)
    }

    fn comes(&self, hash: &str, there: &str) -> Result<()> {
        let go = "window.__before = true; history.replaceState(null, '', arguments[0]); location.reload();";
        self.script(go, &[json!(hash)])?;
        let new = "return window.__before === undefined && document.querySelector(arguments[0]) !== null";
        wait_for(&format!("the page at {hash}"), Duration::from_secs(20), || {
            // While it is loaded it may not answer.
            let there = self.script(new, &[json!(there)]).unwrap_or(Value::Bool(false));
            Ok((there == Value::Bool(true)).then_some(()))
        })
        .or_else(|error| bail!("{error:#}; it shows: {}", self.text().unwrap_or_default()))?;
        self.rests()
    }
}
