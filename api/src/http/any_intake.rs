//! The intake with its ports' types erased, so that the routes are compiled once for all of them.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use shared::{
    Caller, TaskId, TaskRecord,
    ports::{PortError, TaskQueue, TaskRecords},
};

use crate::{
    accept::{AcceptError, AcceptRequest, Acceptance},
    cancel::CancelError,
    intake::Intake,
    wait::{Wait, WaitLimit},
};

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// An [`Intake`] over any ports.
pub(super) trait AnyIntake: Send + Sync {
    fn accept(&self, request: AcceptRequest) -> Answer<'_, Acceptance, AcceptError>;
    fn wait_limit(&self) -> WaitLimit;
    fn find<'a>(
        &'a self,
        caller: &'a Caller,
        task_id: TaskId,
        wait: Option<Wait>,
    ) -> Answer<'a, Option<TaskRecord>, PortError>;
    fn cancel<'a>(&'a self, caller: &'a Caller, task_id: TaskId) -> Answer<'a, TaskRecord, CancelError>;
}

pub(super) type SharedIntake = Arc<dyn AnyIntake>;

impl<R: TaskRecords, Q: TaskQueue> AnyIntake for Intake<R, Q> {
    fn accept(&self, request: AcceptRequest) -> Answer<'_, Acceptance, AcceptError> {
        Intake::accept(self, request).boxed()
    }

    fn wait_limit(&self) -> WaitLimit {
        self.wait_limit
    }

    fn find<'a>(
        &'a self,
        caller: &'a Caller,
        task_id: TaskId,
        wait: Option<Wait>,
    ) -> Answer<'a, Option<TaskRecord>, PortError> {
        match wait {
            None => self.find_own(caller, task_id).boxed(),
            Some(wait) => self.find_settled(caller, task_id, wait).boxed(),
        }
    }

    fn cancel<'a>(&'a self, caller: &'a Caller, task_id: TaskId) -> Answer<'a, TaskRecord, CancelError> {
        Intake::cancel(self, caller, task_id).boxed()
    }
}
