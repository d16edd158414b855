//! How long the steps of a task take.

use fastrand::Rng;

/// How long a step takes: never less than the least, and beyond that exponentially distributed.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Milliseconds.
    pub least: f64,
    /// The mean of what comes on top, in milliseconds.
    pub tail: f64,
}

impl Step {
    /// From SQS's send to the function's first instruction: 22, 28, 61 ms were measured at p10, p50, p90 for FIFO queues,
    /// <https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/>; these are 22, 30, 55. It stands in
    /// for all that a backlog waits for between two runs: return, delete, receive, invoke.
    pub const DELIVERY: Self = Self { least: 20.0, tail: 15.0 };
    /// A write of one record: "single-digit milliseconds",
    /// <https://aws.amazon.com/blogs/database/understanding-amazon-dynamodb-latency/>.
    pub const WRITE: Self = Self { least: 3.0, tail: 1.5 };
    /// A send. Not measured: about as long as a write, and a little more.
    pub const SEND: Self = Self { least: 5.0, tail: 5.0 };

    /// What it costs each of so many that share it.
    pub fn shared_by(self, tasks: f64) -> Self {
        Self { least: self.least / tasks, tail: self.tail / tasks }
    }

    /// A handler's own time, a third of which varies.
    pub fn handler(milliseconds: f64) -> Self {
        Self { least: milliseconds * 2.0 / 3.0, tail: milliseconds / 3.0 }
    }
}

/// The steps of one run, one after the other.
#[derive(Debug, Clone)]
pub struct Service(Vec<Step>);

impl Service {
    /// Of any steps.
    pub fn new(steps: impl Into<Vec<Step>>) -> Self {
        Self(steps.into())
    }

    /// A task whose handler takes so many milliseconds: delivered, claimed, handled, completed.
    pub fn of_task(handler: f64) -> Self {
        Self::new([Step::DELIVERY, Step::WRITE, Step::handler(handler), Step::WRITE])
    }

    /// A task whose record is all its effect: one write is claim and completion.
    pub fn of_record() -> Self {
        Self::new([Step::DELIVERY, Step::WRITE])
    }

    /// Seconds, on average.
    pub fn mean(&self) -> f64 {
        self.0.iter().map(|step| step.least + step.tail).sum::<f64>() / 1e3
    }

    /// Seconds squared, on average: what waiting depends on beside the mean.
    pub fn mean_square(&self) -> f64 {
        self.mean().powi(2) + self.0.iter().map(|step| step.tail.powi(2)).sum::<f64>() / 1e6
    }

    /// Seconds, by chance.
    pub fn draw(&self, chance: &mut Rng) -> f64 {
        self.0.iter().map(|step| step.least / 1e3 + exponential(step.tail / 1e3, chance)).sum()
    }
}

/// An exponentially distributed time of this mean.
pub fn exponential(mean: f64, chance: &mut Rng) -> f64 {
    -mean * (1.0 - chance.f64()).ln()
}
