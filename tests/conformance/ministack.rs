//! SQS, DynamoDB and Lambda as ministack emulates them.

use harness::Ministack;

use crate::{remote, remote_line};

pub type Queues = remote::Queues<Ministack>;
pub type Records = remote::Records<Ministack>;
pub type Line = remote_line::Line<Ministack>;

mod task_queue {
    task_queue_cases!(crate::ministack::Queues);
}

mod task_records {
    task_records_cases!(crate::ministack::Records);
}

mod line {
    line_cases!(crate::ministack::Line);
}
