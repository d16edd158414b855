//! The source as words, signs and groups between brackets, without comments and texts.

/// What Rust reads, as far as modules and paths need it.
pub enum Token {
    Word(String),
    Sign(char),
    /// What is between two brackets, by the opening one.
    Group(char, Vec<Token>),
}

impl Token {
    pub fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Self::Word(word) if word == wanted)
    }

    pub fn is_sign(&self, wanted: char) -> bool {
        matches!(self, Self::Sign(sign) if *sign == wanted)
    }

    pub fn is_group(&self, bracket: char) -> bool {
        matches!(self, Self::Group(opening, _) if *opening == bracket)
    }
}

pub fn tokens(text: &str) -> Vec<Token> {
    let mut rest = text;
    let tokens = read_group(&mut rest);
    assert!(rest.is_empty(), "a bracket closes nothing: {}", &rest[..rest.len().min(80)]);
    tokens
}

/// Reads up to a closing bracket, which it leaves, or to the end.
fn read_group(rest: &mut &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    loop {
        *rest = rest.trim_start();
        if let Some(after) = after_literal(rest) {
            *rest = after;
            continue;
        }
        let Some(first) = rest.chars().next() else { return tokens };
        match first {
            '{' | '(' | '[' => {
                *rest = &rest[1..];
                tokens.push(Token::Group(first, read_group(rest)));
                assert!(rest.starts_with(['}', ')', ']']), "a bracket stays open");
                *rest = &rest[1..];
            }
            '}' | ')' | ']' => return tokens,
            _ if is_of_a_word(first) => {
                let end = rest.find(|next| !is_of_a_word(next)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                *rest = &rest[end..];
            }
            _ => {
                tokens.push(Token::Sign(first));
                *rest = &rest[first.len_utf8()..];
            }
        }
    }
}

fn is_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// What follows a comment, a text, a character or a lifetime's mark, if one begins here.
fn after_literal(text: &str) -> Option<&str> {
    if let Some(comment) = text.strip_prefix("//") {
        return Some(comment.find('\n').map_or("", |end| &comment[end..]));
    }
    if let Some(comment) = text.strip_prefix("/*") {
        return Some(comment.split_once("*/").map_or("", |(_, rest)| rest));
    }
    let unprefixed = text.trim_start_matches(['b', 'r', 'c']);
    let prefix = &text[..text.len() - unprefixed.len()];
    let quoted = unprefixed.trim_start_matches('#');
    if prefix.ends_with('r') && quoted.starts_with('"') {
        let end = format!("\"{}", "#".repeat(unprefixed.len() - quoted.len()));
        return Some(quoted[1..].split_once(&end).map_or("", |(_, rest)| rest));
    }
    if let Some(text) = unprefixed.strip_prefix('"') {
        return Some(after_quote(text, '"'));
    }
    let character = text.strip_prefix("b'").or_else(|| text.strip_prefix('\''))?;
    let is_lifetime = !character.starts_with('\\') && character.chars().nth(1) != Some('\'');
    Some(if is_lifetime { character } else { after_quote(character, '\'') })
}

/// What follows the next quote that is not escaped.
fn after_quote(text: &str, quote: char) -> &str {
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    fn shown(tokens: &[Token]) -> String {
        let show = |token: &Token| match token {
            Token::Word(word) => word.clone(),
            Token::Sign(sign) => sign.to_string(),
            Token::Group(bracket, inner) => format!("{bracket}{}", shown(inner)),
        };
        tokens.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_strings_are_left_out() {
        let text = r####"a /* b */ "c \" } d" r#"e " f"# b"g" 'h' '\'' '"' b'}' &'i j // k
            brown { 'l: loop {} }"####;
        assert_eq!(shown(&tokens(text)), "a & i j brown {l : loop {");
    }
}
