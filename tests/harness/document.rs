//! The Markdown pages of the repository, and the parts of them that tests compare with the code: headings, links and
//! command lines.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A Markdown page.
pub struct Document {
    /// From the root of the repository, such as `docs/settings.md`.
    pub path: String,
    pub text: String,
}

/// A line of code in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A whole line of an indented block or of a fenced one in `sh`.
    Line(String),
    /// A part of a sentence, in backticks.
    Inline(String),
}

impl Code {
    pub fn text(&self) -> &str {
        let (Self::Line(text) | Self::Inline(text)) = self;
        text
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every page of the repository, except those that were installed or built.
pub fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(folder: &Path, found: &mut Vec<Document>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_skipped = name.starts_with('.') || ["target", "node_modules", "cdk.out"].contains(&name);
        if path.is_dir() && !is_skipped {
            collect(&path, found);
        } else if path.is_file() && name.ends_with(".md") {
            found.push(Document::read(path.strip_prefix(root()).unwrap().to_str().unwrap()));
        }
    }
}

impl Document {
    pub fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.to_owned(), text }
    }

    /// The blocks of the page: paragraphs, and blocks of code with the name of their language (`""` if indented).
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines().peekable();
        let mut is_after_blank = true;
        while let Some(line) = lines.next() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let code = lines.by_ref().take_while(|line| !line.trim_start().starts_with("```"));
                blocks.push(Block::Code(language.trim().to_owned(), code.map(str::to_owned).collect()));
                is_after_blank = true;
                continue;
            }
            let is_code = is_after_blank && line.starts_with("    ") && !line.trim_start().starts_with("- ");
            is_after_blank = line.trim().is_empty();
            if is_after_blank {
                continue;
            }
            let mut block = vec![line.to_owned()];
            while let Some(next) =
                lines.next_if(|next| !next.trim().is_empty() && !next.trim_start().starts_with("```"))
            {
                block.push(next.to_owned());
            }
            blocks.push(if is_code { Block::Code(String::new(), block) } else { Block::Prose(block) });
        }
        blocks
    }

    /// Its commands and other code, in the order of the page. A line that ends in `\` is joined with the next one.
    pub fn code(&self) -> Vec<Code> {
        let mut found = Vec::new();
        for block in self.blocks() {
            match block {
                Block::Code(language, lines) if ["", "sh"].contains(&&*language) => {
                    let joined = lines.join("\n").replace("\\\n", " ");
                    found.extend(joined.lines().map(|line| Code::Line(line.trim().to_owned())));
                }
                Block::Code(..) => {}
                Block::Prose(lines) => {
                    let sentences = lines.join(" ");
                    let quoted = sentences.split('`').skip(1).step_by(2);
                    found.extend(quoted.map(|quoted| Code::Inline(quoted.trim().to_owned())));
                }
            }
        }
        found
    }

    /// Its blocks of code in a language, each with its last line break.
    pub fn blocks_in(&self, language: &str) -> Vec<String> {
        let blocks = self.blocks().into_iter().filter_map(|block| match block {
            Block::Code(of, lines) if of == language => Some(lines.join("\n") + "\n"),
            Block::Code(..) | Block::Prose(_) => None,
        });
        blocks.collect()
    }

    /// The files that it asks its reader to save: each is named at the end of the sentence before its block of code.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut named = None;
        let mut found = Vec::new();
        for block in self.blocks() {
            match block {
                Block::Prose(lines) => {
                    named = lines
                        .last()
                        .and_then(|line| line.strip_suffix("`:")?.rsplit('`').next().map(str::to_owned));
                }
                Block::Code(_, lines) => {
                    found.extend(named.take().map(|name| (name, lines.join("\n") + "\n")))
                }
            }
        }
        found
    }

    /// The prose without the code in it.
    fn prose(&self) -> String {
        let prose = self.blocks().into_iter().filter_map(|block| match block {
            Block::Prose(lines) => Some(lines.join("\n")),
            Block::Code(..) => None,
        });
        prose
            .map(|text| text.split('`').step_by(2).collect::<Vec<_>>().join("code"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The targets of its links and images.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let targets = |start: &str, end: char| {
            let found = prose.split(start).skip(1).filter_map(|rest| rest.split(end).next());
            found.map(str::to_owned).collect::<Vec<_>>()
        };
        [targets("](", ')'), targets("src=\"", '"'), targets("href=\"", '"')].concat()
    }

    /// The anchors of its headings, as GitHub names them.
    pub fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        for block in self.blocks() {
            let Block::Prose(lines) = block else { continue };
            for heading in lines.iter().filter(|line| line.starts_with('#')) {
                let anchor = anchor(heading.trim_start_matches('#').trim());
                let repeated = (1..).map(|number| format!("{anchor}-{number}"));
                let mut names = std::iter::once(anchor.clone()).chain(repeated);
                anchors.extend(names.find(|name| !anchors.contains(name)));
            }
        }
        anchors
    }
}

enum Block {
    Code(String, Vec<String>),
    Prose(Vec<String>),
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

/// The commands of one line of a shell, each in words. Splits at `&&`, `;` and `|`; a word in quotes stays whole, and a
/// comment goes.
pub fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '&' | '|' | ';') => {
                commands.last_mut().unwrap().extend(word.take());
                characters.next_if_eq(&c);
                commands.push(Vec::new());
            }
            (None, c) if c.is_whitespace() => commands.last_mut().unwrap().extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    commands.last_mut().unwrap().extend(word);
    commands.retain(|words| !words.is_empty());
    commands
}
