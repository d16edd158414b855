//! SQS, DynamoDB and Lambda as ministack emulates them; SQS and DynamoDB behind the policy for a real account.

use harness::Ministack;

use crate::{permitted::Permitted, remote, remote_delivery_switch};

pub type Queues = remote::Queues<Permitted>;
pub type Records = remote::Records<Permitted>;
pub type Line = remote_delivery_switch::Line<Ministack>;

mod task_queue {
    task_queue_cases!(crate::ministack::Queues);
}

mod task_records {
    task_records_cases!(crate::ministack::Records);
}

mod line {
    delivery_switch_cases!(crate::ministack::Line);
}
