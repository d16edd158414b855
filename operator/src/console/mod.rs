//! The console: the operations as a page, on a server of its own that only this machine reaches.
//!
//! What could go wrong with a page that may redrive and discard, and what is done about it:
//!
//! - *Others on the network*: it listens on loopback only ([`Loopback`] is the only kind of address it takes).
//! - *Others on this machine, and other pages in the same browser*: every call needs the token ([`token`]) that only
//!   the printed URL holds. It stands behind the `#`, so no browser sends it by itself and no log, `Referer` or proxy
//!   sees it; the page sends it as a header, which no other page's form, image or script can.
//! - *DNS rebinding and cross-origin calls*: `Host` must name loopback and `Origin`, if any, the same host ([`guard`]);
//!   there is no CORS.
//! - *Text from tasks*: the page makes text nodes of it and nothing else, a strict policy lets only the embedded files
//!   run, and Trusted Types make a browser refuse what would turn a string into markup.
//! - *A look that costs or disturbs*: all pages share one look at the pipeline ([`look`]), it is taken only while
//!   somebody watches, and it reads records: a dead letter is never received for being shown.
//!
//! The page lies in `page/` as it is served: no build step, no framework, no request to anywhere else.

mod error;
mod filter;
mod guard;
mod last_hour;
mod snapshot;
mod page;
mod preview;
mod performed;
mod refusal_view;
mod request;
mod routes;
mod token;
mod view;

use std::{io, sync::Arc};

use local::{ConnectionLimit, serve};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{loopback::Loopback, target::PipelineOperations};

use routes::ConsoleState;
use snapshot::SnapshotCache;
use token::Token;

/// A console that is being served.
pub struct Console {
    url: String,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Console {
    /// Serves the operations on the pipeline `name`.
    ///
    /// # Errors
    /// When the address can't be used, or the machine has no randomness for a token.
    pub async fn start(operations: PipelineOperations, name: String, listen: Loopback) -> io::Result<Self> {
        let token = Token::random()?;
        let listener = TcpListener::bind(listen.address()).await?;
        let url = format!("http://{}/#{token}", listener.local_addr()?);
        let stop = CancellationToken::new();
        let operations = Arc::new(operations);
        let snapshots = SnapshotCache::new(Arc::clone(&operations));
        let router = routes::router(ConsoleState { operations, name, snapshots, stop: stop.clone() }, token);
        let server = tokio::spawn(serve(listener, router, ConnectionLimit::for_console(), stop.clone()));
        Ok(Self { url, stop, server })
    }

    /// Where it is, with the token that opens it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more calls, and answers those it has. A change under way is finished all the same.
    pub async fn stop(self) {
        self.stop.cancel();
        // It ended badly only if it panicked, and then the panic hook said so.
        let _ = self.server.await;
    }
}
