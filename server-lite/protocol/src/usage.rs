//! What a program says of a command line that it cannot use. It crosses no wire; it is here because every program of
//! the product says it in the same way, and this crate is the one that all of them use.

/// One sentence out of the message of a command line parser: what is wrong, up to where the parser begins to explain,
/// and where to read on.
#[must_use]
pub fn sentence(program: &str, message: &str) -> String {
    let said: Vec<&str> = message.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let said = said.join(" ");
    format!("{}; see {program} --help", said.trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let message =
            "error: the following required arguments were not provided:\n  --headless\n\nUsage: x --headless\n";
        assert_eq!(
            sentence("x", message),
            "the following required arguments were not provided: --headless; see x --help"
        );
    }
}
