//! Small numbers for large values, so that a state is small and quick to compare; and results that are computed once.

use std::{
    cell::RefCell,
    collections::HashMap,
    hash::Hash,
    rc::Rc,
    sync::{LazyLock, Mutex, PoisonError},
    thread::LocalKey,
};

use serde_json::to_string;
use shared::{TaskRecord, lifecycle::line::Line};

struct Table<T> {
    numbers: HashMap<String, u16>,
    values: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }
}

impl<T> Table<T> {
    #[allow(clippy::expect_used, reason = "a world is small")]
    fn number(&mut self, key: String, value: T) -> u16 {
        let next = u16::try_from(self.values.len()).expect("fewer than 65,536 values");
        *self.numbers.entry(key).or_insert_with(|| {
            self.values.push(value);
            next
        })
    }
}

/// Computed once a thread.
pub type Memo<K, V> = RefCell<HashMap<K, V>>;

/// The known value, or that of `compute`.
pub fn known<K: Hash + Eq + 'static, V: Clone + 'static>(
    memo: &'static LocalKey<Memo<K, V>>,
    key: K,
    compute: impl FnOnce(&K) -> V,
) -> V {
    if let Some(value) = memo.with_borrow(|known| known.get(&key).cloned()) {
        return value;
    }
    let value = compute(&key);
    memo.with_borrow_mut(|known| known.insert(key, value.clone()));
    value
}

static RECORDS: LazyLock<Mutex<Table<TaskRecord>>> = LazyLock::new(Mutex::default);
static LINES: LazyLock<Mutex<Table<Line>>> = LazyLock::new(Mutex::default);
static DEDUPE_IDS: LazyLock<Mutex<Table<()>>> = LazyLock::new(Mutex::default);

thread_local! {
    static KNOWN_RECORDS: Memo<u16, Rc<TaskRecord>> = RefCell::default();
    static KNOWN_LINES: Memo<u16, Rc<Line>> = RefCell::default();
}

/// A revision of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Record(u16);

impl Record {
    pub fn of(record: TaskRecord) -> Self {
        let key = to_string(&record).unwrap_or_default();
        Self(RECORDS.lock().unwrap_or_else(PoisonError::into_inner).number(key, record))
    }

    pub fn get(self) -> Rc<TaskRecord> {
        known(&KNOWN_RECORDS, self.0, |number| {
            let table = RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
            Rc::new(table.values[usize::from(*number)].clone())
        })
    }
}

/// A revision of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineItem(u16);

impl LineItem {
    pub fn of(line: Line) -> Self {
        let key = to_string(&line).unwrap_or_default();
        Self(LINES.lock().unwrap_or_else(PoisonError::into_inner).number(key, line))
    }

    pub fn get(self) -> Rc<Line> {
        known(&KNOWN_LINES, self.0, |number| {
            let table = LINES.lock().unwrap_or_else(PoisonError::into_inner);
            Rc::new(table.values[usize::from(*number)].clone())
        })
    }
}

/// A deduplication id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DedupeId(u16);

impl DedupeId {
    pub fn of(id: String) -> Self {
        Self(DEDUPE_IDS.lock().unwrap_or_else(PoisonError::into_inner).number(id, ()))
    }
}

/// The deduplication ids that the queue of a line has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DedupeIds(u128);

impl DedupeIds {
    /// Whether the id is new to the queue, which has seen it from now on.
    pub fn insert(&mut self, DedupeId(number): DedupeId) -> bool {
        assert!(number < 128, "more than 128 deduplication ids");
        let was_seen = self.0 & (1 << number) != 0;
        self.0 |= 1 << number;
        !was_seen
    }
}
