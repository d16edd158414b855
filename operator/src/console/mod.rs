//! The console: serves the operations as a page on this machine.
//!
//! The threats to a page that can redrive and discard, and the protection against each:
//!
//! - *Other machines*: the server listens on loopback only ([`Loopback`] is the only kind of address it accepts).
//! - *Other users of this machine, and other pages in the same browser*: every call needs the token ([`token`]) from the printed
//!   URL. The token is in the fragment, so no browser sends it automatically, and no log, `Referer` or proxy contains it. The page
//!   sends it in a header, which no form, image or script of another page can do.
//! - *DNS rebinding and cross-origin calls*: `Host` must name loopback, and `Origin`, if present, the same host ([`guard`]). There
//!   is no CORS.
//! - *Text from tasks*: the page creates only text nodes from it, a strict Content Security Policy runs only the embedded files,
//!   and Trusted Types make the browser refuse to turn a string into markup.
//! - *Cost and side effects of reading*: all pages share one [`snapshot`], which is taken only while a page is open, and which reads
//!   records: dead-letter messages are never received.
//!
//! The files in `page/` are served unchanged: no build step, no framework, no request to another server.

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

/// A running console.
pub struct Console {
    url: String,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Console {
    /// Serves the operations on the pipeline `name`.
    ///
    /// # Errors
    /// If the address can't be used, or the machine has no randomness for a token.
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

    /// The URL, with the token.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Accepts no more calls, and answers those that are running. A running action is finished.
    pub async fn stop(self) {
        self.stop.cancel();
        // It fails only if it panicked, and the panic hook has reported that.
        let _ = self.server.await;
    }
}
