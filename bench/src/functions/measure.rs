//! Measures one start of a function and the invocations after it.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use harness::{Invoked, RunningFunction};
use serde_json::Value;

use super::{aws::Aws, cpu_share::CpuShare, implementation::Function, subject::Subject};
use crate::process::Process;

/// The least memory that Lambda offers, in MB.
const SMALLEST_MB: u32 = 128;

/// What functions are measured with.
pub struct Environment {
    /// A stand-in that answers at once.
    pub aws: Aws,
    /// A stand-in that answers after a delay.
    pub distant: Aws,
    /// How many invocations follow the first.
    pub warm: u32,
}

/// The times of one repetition.
#[derive(Debug, Clone)]
pub struct FunctionTimes {
    /// From the start of the process until it asks for an event.
    pub init: Duration,
    /// From the first event to the response.
    pub first: Duration,
    /// The same with the CPU share of the smallest function. As on Lambda, the init isn't throttled.
    pub first_at_smallest: Duration,
    pub cold_cpu: Duration,
    /// Of each following invocation, sorted.
    pub warm: Vec<Duration>,
    pub warm_cpu: Duration,
    pub peak_memory_mib: f64,
    pub calls_per_invocation: f64,
    /// Of each invocation with the distant stand-in, sorted.
    pub distant: Vec<Duration>,
}

impl Environment {
    /// Measures the function once. A start before the measurement reads its files into memory, so that the page cache doesn't
    /// influence the result.
    pub async fn measure(&self, subject: &Subject) -> Result<FunctionTimes> {
        let aws = &self.aws;
        let event = event(subject, aws).await?;
        invoke(&mut subject.start(&[], aws).await?, &event).await?;
        let started = Instant::now();
        let mut function = subject.start(&[], aws).await?;
        let init = function.ready().await - started;
        let process = Process(function.id());
        let first = invoke(&mut function, &event).await?;
        let cold_cpu = process.processor_time()?;
        let calls = aws.calls();
        let warm = invoke_often(&mut function, &event, self.warm).await?;
        Ok(FunctionTimes {
            init,
            first,
            first_at_smallest: first_at_smallest(subject, aws, &event).await?,
            cold_cpu,
            warm,
            warm_cpu: (process.processor_time()? - cold_cpu) / self.warm,
            peak_memory_mib: process.resident_peak_mib()?,
            calls_per_invocation: (aws.calls() - calls) as f64 / f64::from(self.warm),
            distant: self.distant(subject, &event).await?,
        })
    }

    async fn distant(&self, subject: &Subject, event: &Value) -> Result<Vec<Duration>> {
        let mut function = subject.start(&[], &self.distant).await?;
        invoke(&mut function, event).await?;
        invoke_often(&mut function, event, self.warm / 5).await
    }
}

/// An event for the function. A processor gets the message that the API of the same implementation sends.
pub async fn event(subject: &Subject, aws: &Aws) -> Result<Value> {
    let message = match &subject.sender {
        Some(api) => {
            invoke(&mut api.start(&[], aws).await?, &Function::Api.event("")).await?;
            aws.last_message()?
        }
        None => String::new(),
    };
    Ok(subject.function.event(&message))
}

/// Invokes the function, which must succeed, and returns how long that took.
pub async fn invoke(function: &mut RunningFunction, event: &Value) -> Result<Duration> {
    let (invoked, times) = function.invoke_timed(event.clone()).await;
    let Invoked::Answered(answer) = &invoked else { bail!("the function failed: {invoked:?}") };
    let is_done =
        answer["statusCode"] == 202 || answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty);
    if !is_done {
        bail!("the function did not handle the event: {answer}");
    }
    Ok(times.ended - times.delivered)
}

async fn invoke_often(function: &mut RunningFunction, event: &Value, times: u32) -> Result<Vec<Duration>> {
    let mut durations = Vec::new();
    for _ in 0..times {
        durations.push(invoke(function, event).await?);
    }
    durations.sort();
    Ok(durations)
}

async fn first_at_smallest(subject: &Subject, aws: &Aws, event: &Value) -> Result<Duration> {
    let mut function = subject.start(&[], aws).await?;
    function.ready().await;
    let _share = CpuShare::of_memory(function.id(), SMALLEST_MB);
    invoke(&mut function, event).await
}
