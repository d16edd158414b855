//! The modules of a crate, and which file uses which: read from the source, without its tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    source::{read, root},
    tokens::{Token, tokens},
};

/// Deeper than any chain of re-exports.
const REEXPORTS_MAX: usize = 16;

/// `use` of one name, which may be `*`.
struct Import {
    name: String,
    path: Vec<String>,
    is_reexport: bool,
}

#[derive(Default)]
struct Module {
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// `a::b::C` outside of imports.
    paths: Vec<Vec<String>>,
    /// All names outside of imports.
    names: BTreeSet<String>,
}

/// Where a path ends: in a module itself, or at an item that the module defines.
#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    Item(usize),
}

impl Target {
    fn module(self) -> usize {
        match self {
            Self::Module(module) | Self::Item(module) => module,
        }
    }
}

/// The modules of one crate; the first is its root.
pub struct Modules(Vec<Module>);

impl Modules {
    /// Reads the crate whose root is this file.
    pub fn read(root_file: &str) -> Self {
        let mut modules = Self(Vec::new());
        let folder = Path::new(root_file).parent().unwrap().to_owned();
        modules.add_file(root_file, &folder, None);
        modules
    }

    fn add_file(&mut self, file: &str, children_folder: &Path, parent: Option<usize>) -> usize {
        self.add(file, children_folder, parent, &tokens(&read(file)))
    }

    fn add(&mut self, file: &str, folder: &Path, parent: Option<usize>, tokens: &[Token]) -> usize {
        let index = self.0.len();
        self.0.push(Module { file: file.to_owned(), parent, ..Module::default() });
        self.read_items(index, folder, tokens);
        index
    }

    /// Reads a module's items, or what is between the braces of one of them.
    fn read_items(&mut self, module: usize, folder: &Path, tokens: &[Token]) {
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                Token::Sign('#') => after_attribute(tokens, at),
                Token::Word(word) if word == "use" => self.read_import(module, tokens, at),
                Token::Word(word) if word == "mod" => self.read_child(module, folder, tokens, at),
                Token::Word(_) => self.read_path(module, tokens, at),
                Token::Group(_, inner) => {
                    self.read_items(module, folder, inner);
                    at + 1
                }
                Token::Sign(_) => at + 1,
            };
        }
    }

    fn read_child(&mut self, module: usize, folder: &Path, tokens: &[Token], at: usize) -> usize {
        let Some(Token::Word(name)) = tokens.get(at + 1) else { return at + 1 };
        let own_folder = folder.join(name);
        let child = if let Some(Token::Group(_, body)) = tokens.get(at + 2) {
            let file = self.0[module].file.clone();
            self.add(&file, &own_folder, Some(module), body)
        } else {
            let file = [folder.join(format!("{name}.rs")), own_folder.join("mod.rs")]
                .into_iter()
                .find(|file| root().join(file).is_file())
                .unwrap_or_else(|| panic!("{}: there is no file for mod {name}", self.0[module].file));
            self.add_file(file.to_str().unwrap(), &own_folder, Some(module))
        };
        self.0[module].children.insert(name.clone(), child);
        at + 3
    }

    fn read_import(&mut self, module: usize, tokens: &[Token], at: usize) -> usize {
        // In a return type, `use<…>` says what is captured.
        if tokens.get(at + 1).is_some_and(|token| token.is_sign('<')) {
            return at + 1;
        }
        let end = at + tokens[at..].iter().position(|token| token.is_sign(';')).unwrap();
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let is_reexport = before.is_some_and(|token| token.is_word("pub") || token.is_group('('));
        for (name, path) in imported(&tokens[at + 1..end], &[]) {
            self.0[module].imports.push(Import { name, path, is_reexport });
        }
        end + 1
    }

    /// Reads `name` or `a::b::name`.
    fn read_path(&mut self, module: usize, tokens: &[Token], start: usize) -> usize {
        let mut path = Vec::new();
        let mut at = start;
        while let Some(Token::Word(word)) = tokens.get(at) {
            path.push(word.clone());
            at += 1;
            let is_continued = tokens[at..].iter().take(2).filter(|token| token.is_sign(':')).count() == 2;
            if !is_continued {
                break;
            }
            at += 2;
        }
        let read_into = &mut self.0[module];
        let is_defined = start > 0 && defines(&tokens[start - 1]);
        if is_defined {
            read_into.items.insert(path[0].clone());
        } else {
            let is_a_field_or_method = start > 0 && tokens[start - 1].is_sign('.');
            read_into.names.extend((!is_a_field_or_method).then(|| path[0].clone()));
        }
        if path.len() > 1 {
            read_into.paths.push(path);
        }
        at
    }

    fn resolve(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        if depth > REEXPORTS_MAX {
            return None;
        }
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(module),
            "super" => Target::Module(self.0[module].parent?),
            name => self.find(module, name, depth)?,
        };
        let mut target = start;
        for name in rest {
            let Target::Module(at) = target else { break };
            target = match name.as_str() {
                "super" => Target::Module(self.0[at].parent?),
                "self" | "*" => Target::Module(at),
                name => self.find(at, name, depth).unwrap_or(Target::Item(at)),
            };
        }
        Some(target)
    }

    /// What a name is in a module: a child, an item, or an import from elsewhere in the crate.
    fn find(&self, module: usize, name: &str, depth: usize) -> Option<Target> {
        let here = &self.0[module];
        if let Some(child) = here.children.get(name) {
            return Some(Target::Module(*child));
        }
        if here.items.contains(name) {
            return Some(Target::Item(module));
        }
        let named = here.imports.iter().filter(|import| import.name == name && import.path[0] != name);
        let by_name = named.map(|import| self.resolve(module, &import.path, depth + 1));
        let globs = here.imports.iter().filter(|import| import.name == "*");
        let by_glob = globs.map(|import| {
            let from = self.resolve(module, &import.path, depth + 1)?.module();
            self.find(from, name, depth + 1)
        });
        by_name.chain(by_glob).flatten().next()
    }

    /// For each file the other files of the crate that it uses. A re-export alone uses nothing: a file that imports a
    /// re-exported name uses the file that defines it.
    pub fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut uses = BTreeMap::<String, BTreeSet<String>>::new();
        for (index, module) in self.0.iter().enumerate() {
            let is_used = |import: &&Import| !import.is_reexport || module.names.contains(&import.name);
            let imports = module.imports.iter().filter(is_used).map(|import| &import.path);
            let targets = imports.chain(&module.paths).filter_map(|path| self.resolve(index, path, 0));
            let files = targets.map(|target| self.0[target.module()].file.clone());
            uses.entry(module.file.clone()).or_default().extend(files.filter(|file| *file != module.file));
        }
        uses
    }
}

/// Whether a name after this keyword is that of a new item.
fn defines(token: &Token) -> bool {
    let keywords = ["struct", "enum", "trait", "fn", "type", "const", "static"];
    matches!(token, Token::Word(word) if keywords.contains(&&**word))
}

/// Where reading goes on after an attribute: after its item as well if only tests have it.
fn after_attribute(tokens: &[Token], at: usize) -> usize {
    let brackets = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|token| token.is_sign('!')));
    let Some(Token::Group('[', attribute)) = tokens.get(brackets) else { return at + 1 };
    let is_of_tests = match &attribute[..] {
        [name, Token::Group(_, condition)] => {
            name.is_word("cfg") && matches!(&condition[..], [only] if only.is_word("test"))
        }
        _ => false,
    };
    if !is_of_tests {
        return brackets + 1;
    }
    let rest = &tokens[brackets + 1..];
    let end = rest.iter().position(|token| token.is_sign(';') || token.is_group('{'));
    end.map_or(tokens.len(), |end| brackets + end + 2)
}

/// The names that a `use` declares, each with its path.
fn imported(tree: &[Token], prefix: &[String]) -> Vec<(String, Vec<String>)> {
    let mut path = prefix.to_vec();
    let mut alias = None;
    for (at, token) in tree.iter().enumerate() {
        match token {
            Token::Group(_, inner) => {
                return inner
                    .split(|token| token.is_sign(','))
                    .flat_map(|branch| imported(branch, &path))
                    .collect();
            }
            Token::Word(word) if word == "as" => {
                alias = tree.get(at + 1);
                break;
            }
            Token::Word(word) => path.push(word.clone()),
            Token::Sign('*') => path.push("*".to_owned()),
            Token::Sign(_) => {}
        }
    }
    if path.len() == prefix.len() {
        return Vec::new();
    }
    let name = match alias {
        Some(Token::Word(alias)) => Some(alias),
        _ => path.iter().rev().find(|name| *name != "self"),
    };
    name.cloned().map(|name| (name, path)).into_iter().collect()
}

/// Each set of files that use each other in a circle.
pub fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        uses.keys().map(|file| (file, reached_from(file, uses))).collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        let circle =
            others.iter().filter(|other| reached[**other].contains(file)).map(|other| (*other).clone());
        circles.insert(circle.collect::<BTreeSet<_>>());
    }
    circles.retain(|circle| circle.len() > 1);
    circles
}

fn reached_from<'a>(file: &str, uses: &'a BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = uses[file].iter().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(&uses[file]);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::circles;

    #[test]
    fn files_that_use_each_other_are_in_one_circle() {
        let uses = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")];
        let uses: BTreeMap<_, _> =
            uses.map(|(file, used)| (file.to_owned(), BTreeSet::from([used.to_owned()]))).into();
        let circle = BTreeSet::from(["b", "c"].map(str::to_owned));
        assert_eq!(circles(&uses), BTreeSet::from([circle]));
    }
}
