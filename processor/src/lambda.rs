//! The processor as a Lambda function behind an event source mapping. A team with its own handler builds its own binary
//! around [`run`].

use std::{cell::Cell, process::ExitCode, sync::Arc};

use ::lambda::{Function, OutOfTime, StartError, in_time, xray_trace_id};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::{
    TaskType,
    ports::{Clock, HandlerFunction},
    setting::{InvalidSetting, Lookup, Program, Variables, required},
};
use system::SystemClock;
use types::{Host, TypeHandler, TypesFile};

use crate::{
    handler::Handling,
    handlers::{self, TypeOptions},
    processor::{Invocation, Processor},
    settings::ProcessorSettings,
};

/// Runs the function until Lambda ends the process, with the handler that the settings name.
pub async fn run_chosen() -> ExitCode {
    ::lambda::run(Program::Processor, async |function| {
        let connections = function.connections.clone();
        serve(function, |lookup, settings, clock| {
            let named = handlers::function_name(lookup)?;
            let function =
                named.map(|name| Box::new(connections.handler_function(name)) as Box<dyn HandlerFunction>);
            handlers::choose(lookup, settings, clock, function)
        })
        .await
    })
    .await
}

/// Runs the function until Lambda ends the process. `choose` reads the function's settings and returns your own handler.
pub async fn run<C>(choose: C) -> ExitCode
where
    C: FnOnce(Lookup<'_>, &ProcessorSettings, Arc<dyn Clock>) -> Result<Handling, InvalidSetting>,
{
    ::lambda::run(Program::Processor, async |function| serve(function, choose).await).await
}

async fn serve<C>(function: Function, choose: C) -> Result<(), StartError>
where
    C: FnOnce(Lookup<'_>, &ProcessorSettings, Arc<dyn Clock>) -> Result<Handling, InvalidSetting>,
{
    let Function { variables, settings, connections, clients, invocations } = function;
    let environment = |name: &str| variables.get(name);
    let dead_letter_queue_url = required(&environment, "DEAD_LETTER_QUEUE_URL")?;
    let webhook_secret = match environment("WEBHOOK_SECRET_ARN") {
        Some(arn) => Some(clients.secret(&arn).await?),
        None => None,
    };
    let chooses_by_setting = Cell::new(false);
    let lookup = |name: &str| {
        if name == "TASK_HANDLER" {
            chooses_by_setting.set(true);
        }
        match name {
            "WEBHOOK_SECRET" => webhook_secret.clone().or_else(|| environment(name)),
            _ => environment(name),
        }
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let mut processor_settings = ProcessorSettings::read_in_a_function(&lookup)?;
    let types = TypesFile::of_setting(&lookup, Host::Function).map_err(InvalidSetting::from)?;
    if let Some(types) = &types {
        processor_settings.task_types = types.task_types();
    }
    let handling = choose(&lookup, &processor_settings, Arc::clone(&clock))?;
    if !chooses_by_setting.get() {
        require_own_handler(&variables)?;
    }
    let handlers = match &types {
        None => handling.into(),
        Some(types) => {
            let options = TypeOptions {
                lookup: &lookup,
                settings: &processor_settings,
                clock: Arc::clone(&clock),
                function: Some(&|name| Box::new(connections.handler_function(name))),
            };
            handlers::check_use(&lookup, types)?;
            let no_program = |_: &TaskType, _: &TypeHandler, _| Err("needs `taskline local`".to_owned());
            options.add_to(handling.into(), types, no_program).map_err(InvalidSetting::from)?
        }
    };
    connections.open_to_dynamodb().await;
    let processor = Processor::new(
        clients.task_records(settings.table_name),
        clients.task_queue(settings.queue_url, &settings.message_group),
        clients.task_queue(dead_letter_queue_url, &settings.message_group),
        handlers,
        clock,
        processor_settings,
    );
    let process = async |event: LambdaEvent<SqsEvent>| {
        let invocation = Invocation {
            request_id: event.context.request_id.clone(),
            xray_trace_id: xray_trace_id(&event.context).map(str::to_owned),
        };
        let nothing_done = nothing_done(&event.payload);
        let batch = in_time(&event.context, processor.process_batch(event.payload, &invocation));
        match invocations.observe(&event.context, batch).await {
            Ok(processed) => processed.map_err(Error::from),
            Err(OutOfTime) => Ok(nothing_done),
        }
    };
    lambda_runtime::run(service_fn(process)).await.map_err(StartError::Runtime)
}

/// The response that reports every message as failed, so that each is redelivered after its visibility timeout. A
/// missing id is reported as an empty one, which Lambda understands as a failure of the whole batch:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>.
fn nothing_done(event: &SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in &event.records {
        response.add_failure(message.message_id.clone().unwrap_or_default());
    }
    response
}

/// A program with its own handler ignores `TASK_HANDLER`, so any other value is a mistake in the stack.
fn require_own_handler(variables: &Variables) -> Result<(), InvalidSetting> {
    match variables.get("TASK_HANDLER").as_deref() {
        None | Some("own") => Ok(()),
        Some(_) => {
            let problem = "must be own: this function has its own handler. Deploy it with -c handler=own";
            Err(InvalidSetting::new("TASK_HANDLER", problem))
        }
    }
}
