//! How long the steps of a task take.

use fastrand::Rng;

/// The duration of a step: a minimum, plus an exponentially distributed part.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The minimum, in milliseconds.
    pub least: f64,
    /// The mean of the exponential part, in milliseconds.
    pub tail: f64,
}

impl Step {
    /// From SQS's send to the function's first instruction: 22, 28, 61 ms were measured at p10, p50, p90 for FIFO queues,
    /// <https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/>; this distribution has 22, 30, 55. It is
    /// used for everything between two runs of a backlog: return, delete, receive, invoke.
    pub const DELIVERY: Self = Self { least: 20.0, tail: 15.0 };
    /// A write of one record: "single-digit milliseconds",
    /// <https://aws.amazon.com/blogs/database/understanding-amazon-dynamodb-latency/>.
    pub const WRITE: Self = Self { least: 3.0, tail: 1.5 };
    /// A send. Not measured: assumed to be a little slower than a write.
    pub const SEND: Self = Self { least: 5.0, tail: 5.0 };

    /// The part of each task when this many tasks share the step.
    pub fn shared_by(self, tasks: f64) -> Self {
        Self { least: self.least / tasks, tail: self.tail / tasks }
    }

    /// A handler that takes this long on average; a third of that varies.
    pub fn handler(milliseconds: f64) -> Self {
        Self { least: milliseconds * 2.0 / 3.0, tail: milliseconds / 3.0 }
    }
}

/// The steps of one run, in sequence.
#[derive(Debug, Clone)]
pub struct Service(Vec<Step>);

impl Service {
    pub fn new(steps: impl Into<Vec<Step>>) -> Self {
        Self(steps.into())
    }

    /// A task whose handler takes this many milliseconds: delivered, claimed, handled, completed.
    pub fn of_task(handler: f64) -> Self {
        Self::new([Step::DELIVERY, Step::WRITE, Step::handler(handler), Step::WRITE])
    }

    /// A task of the handler `record`: one write claims and completes it.
    pub fn of_record() -> Self {
        Self::new([Step::DELIVERY, Step::WRITE])
    }

    /// The mean, in seconds.
    pub fn mean(&self) -> f64 {
        self.0.iter().map(|step| step.least + step.tail).sum::<f64>() / 1e3
    }

    /// The mean square, in seconds squared. The mean wait depends on it.
    pub fn mean_square(&self) -> f64 {
        self.mean().powi(2) + self.0.iter().map(|step| step.tail.powi(2)).sum::<f64>() / 1e6
    }

    /// A random duration, in seconds.
    pub fn draw(&self, random: &mut Rng) -> f64 {
        self.0.iter().map(|step| step.least / 1e3 + exponential(step.tail / 1e3, random)).sum()
    }
}

/// A random, exponentially distributed value with this mean.
pub fn exponential(mean: f64, random: &mut Rng) -> f64 {
    -mean * (1.0 - random.f64()).ln()
}
