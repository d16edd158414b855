//! When tasks are submitted: at a fixed rate whatever becomes of them, or each as soon as a client is free.

use std::{
    fmt,
    num::NonZeroU32,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use tokio::sync::{Mutex, mpsc};

use super::client::{Accepted, Client, Key};

/// How load comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// So many a second, on time also when the answers are not. Each is timed from when it was due, so that a stall
    /// counts for everyone who would have come meanwhile, and not only for the clients that stood in it.
    Steady(NonZeroU32),
    /// As fast as the clients get their answers.
    Burst,
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steady(rate) => write!(formatter, "steady, {rate}/s"),
            Self::Burst => formatter.write_str("burst"),
        }
    }
}

/// One task to submit.
struct Turn {
    number: u32,
    /// None: at once, whenever that is.
    due: Option<Instant>,
}

impl Shape {
    /// Submits `count` tasks, titled `name` and their number, by so many clients.
    pub async fn submit(
        self,
        client: &Client,
        name: &str,
        count: u32,
        clients: u32,
    ) -> anyhow::Result<Vec<Accepted>> {
        let turns = Arc::new(Mutex::new(self.turns(count)));
        let clients = (0..clients).map(|_| take_turns(client.clone(), name, self.key(), Arc::clone(&turns)));
        let accepted = try_join_all(clients.map(tokio::spawn)).await?;
        let accepted = accepted.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        Ok(accepted.into_iter().flatten().collect())
    }

    /// Who submits steadily takes care and gives keys, which costs a second commit and scatters ids; a burst does not.
    fn key(self) -> Key {
        match self {
            Self::Steady(_) => Key::Given,
            Self::Burst => Key::None,
        }
    }

    fn turns(self, count: u32) -> mpsc::UnboundedReceiver<Turn> {
        let (sender, turns) = mpsc::unbounded_channel();
        // A thread of its own, as tokio's timer counts whole milliseconds. It ends when nobody takes turns any more.
        thread::spawn(move || {
            let begun = Instant::now();
            (0..count).all(|number| {
                let due = self.due(begun, number);
                due.into_iter().for_each(|due| thread::sleep(due.saturating_duration_since(Instant::now())));
                sender.send(Turn { number, due }).is_ok()
            })
        });
        turns
    }

    fn due(self, begun: Instant, number: u32) -> Option<Instant> {
        match self {
            Self::Burst => None,
            Self::Steady(rate) => Some(begun + Duration::from_secs(number.into()) / rate.get()),
        }
    }
}

/// Ends when there are no more turns.
fn take_turns(
    client: Client,
    name: &str,
    key: Key,
    turns: Arc<Mutex<mpsc::UnboundedReceiver<Turn>>>,
) -> impl Future<Output = anyhow::Result<Vec<Accepted>>> + use<> {
    let name = name.to_owned();
    async move {
        let mut accepted = Vec::new();
        loop {
            let Some(turn) = turns.lock().await.recv().await else { return Ok(accepted) };
            let begun = turn.due.unwrap_or_else(Instant::now);
            let (task_id, place) = client.submit(&format!("{name} {}", turn.number), key).await?;
            let answered = Instant::now();
            accepted.push(Accepted { task_id, place, took: answered - begun, answered });
        }
    }
}
