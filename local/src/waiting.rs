//! Limits how many requests wait for a task at once, of all callers and of each, and ends their wait when the server stops.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use api::{Problem, Wait};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, Uri},
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::Caller;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Requests that wait at once. Each has a connection, some kilobytes of memory, and reads its record every two seconds.
const WAITING_MAX: usize = 1_000;

/// Of these, how many one of many callers may have: the others keep three quarters.
const SHARE_OF_A_CALLER: usize = 4;

/// Whom the server can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    /// Everyone is the same caller.
    One,
    /// Each has a token.
    Many,
}

/// The places for requests that wait.
#[derive(Clone)]
pub(crate) struct Waiting {
    places: Arc<Semaphore>,
    places_of_each: usize,
    /// Of the callers whose requests wait.
    taken: Arc<Mutex<HashMap<Caller, usize>>>,
    stop: CancellationToken,
}

impl Waiting {
    /// Leaves three quarters of the connections to other requests.
    pub fn of(connections: usize, callers: Callers, stop: CancellationToken) -> Self {
        let places = (connections / 4).clamp(1, WAITING_MAX);
        let places_of_each = match callers {
            Callers::One => places,
            Callers::Many => places.div_ceil(SHARE_OF_A_CALLER),
        };
        Self { places: Arc::new(Semaphore::new(places)), places_of_each, taken: Arc::default(), stop }
    }

    /// A place for a request of this caller, until it is dropped.
    fn place(&self, caller: &Caller) -> Result<Place, Problem> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Problem::unavailable())?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(caller).copied().unwrap_or(0);
        if own >= self.places_of_each {
            return Err(Problem::too_many_waits());
        }
        taken.insert(caller.clone(), own + 1);
        Ok(Place { caller: caller.clone(), taken: Arc::clone(&self.taken), _permit: permit })
    }
}

/// The place of a request that waits.
struct Place {
    caller: Caller,
    taken: Arc<Mutex<HashMap<Caller, usize>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.caller);
            }
        }
    }
}

/// Answers 503 to a request that would wait while all places are taken, and 429 while its caller has as many as it may. The
/// present state of the task instead would make a client that asks again at once ask without a pause. When the server stops, a request
/// that waits is answered with the present state of its task.
pub(crate) async fn limit_waiting(State(waiting): State<Waiting>, request: Request, next: Next) -> Response {
    // Every request has a caller here, or it was refused.
    let caller = request.extensions().get::<Caller>().filter(|_| waits(&request));
    let Some(caller) = caller else { return next.run(request).await };
    let _place = match waiting.place(caller) {
        Ok(place) => place,
        Err(problem) => return problem.into_response(),
    };
    let (parts, body) = request.into_parts();
    let mut at_once = Request::from_parts(parts.clone(), Body::empty());
    *at_once.uri_mut() = without_query(&parts.uri);
    let answer = next.clone().run(Request::from_parts(parts, body));
    match waiting.stop.run_until_cancelled(answer).await {
        Some(answer) => answer,
        None => next.run(at_once).await,
    }
}

fn waits(request: &Request) -> bool {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    is_read && matches!(Wait::in_query(request.uri().query()), Ok(Some(_)))
}

fn without_query(uri: &Uri) -> Uri {
    // A path of a URI is a URI.
    uri.path().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn caller(subject: &str) -> Caller {
        Caller::parse(subject).unwrap()
    }

    fn refusal(waiting: &Waiting, of: &str) -> StatusCode {
        waiting.place(&caller(of)).err().unwrap().into_response().status()
    }

    #[test]
    fn a_caller_has_a_quarter_of_the_places_and_the_others_keep_theirs() {
        let waiting = Waiting::of(32, Callers::Many, CancellationToken::new());
        let place = |of: &str| waiting.place(&caller(of)).ok().unwrap();
        let mut greedy = vec![place("a"), place("a")];
        assert_eq!(refusal(&waiting, "a"), StatusCode::TOO_MANY_REQUESTS);
        let others = ["b", "b", "c", "c", "d", "d"].map(place);
        assert_eq!(refusal(&waiting, "e"), StatusCode::SERVICE_UNAVAILABLE);
        drop(others);
        assert_eq!(refusal(&waiting, "a"), StatusCode::TOO_MANY_REQUESTS);
        greedy.pop();
        greedy.push(place("a"));
        drop(greedy);
        assert!(waiting.taken.lock().unwrap().is_empty(), "nothing is kept of a caller that is gone");
    }

    #[test]
    fn one_caller_has_all_places() {
        let waiting = Waiting::of(32, Callers::One, CancellationToken::new());
        let places: Vec<_> = (0..8).map(|_| waiting.place(&Caller::local()).ok().unwrap()).collect();
        assert_eq!(refusal(&waiting, "a"), StatusCode::SERVICE_UNAVAILABLE);
        drop(places);
    }

    #[test]
    fn a_caller_may_wait_even_with_one_connection() {
        let waiting = Waiting::of(1, Callers::Many, CancellationToken::new());
        assert!(waiting.place(&caller("a")).is_ok());
    }
}
