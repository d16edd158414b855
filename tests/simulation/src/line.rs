//! The whole line: its switch and its depth.

use std::mem::replace;

use shared::{
    AuditEntry,
    ports::{DeliverySwitch, LineStatus, PortError, Switched, TaskQueue},
};

use crate::{
    call::call,
    queue::{SimulatedQueue, Which},
    world::SharedWorld,
};

/// The line as an operator sees it.
#[derive(Clone)]
pub struct SimulatedLine(pub SharedWorld);

impl SimulatedLine {
    async fn switch(&self, paused: bool) -> Result<Switched, PortError> {
        let was_paused = call(&self.0, "the switch", |world| replace(&mut world.is_paused, paused)).await?;
        Ok(if was_paused == paused { Switched::Already } else { Switched::Now })
    }
}

impl DeliverySwitch for SimulatedLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let depth = SimulatedQueue { world: self.0.clone(), which: Which::Line }.depth().await?;
        let paused = self.0.lock().is_paused;
        Ok(LineStatus { paused, waiting: depth.waiting, in_flight: depth.in_flight, ..LineStatus::default() })
    }

    async fn pause(&self, _why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(true).await
    }

    async fn resume(&self, _why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(false).await
    }
}
