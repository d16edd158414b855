//! Goals, beside the measured values.

use super::{
    figures::Figure,
    implementation::{Function, Implementation, OURS},
    measurements::Measurements,
    options::FunctionsOptions,
};
use crate::table::Table;

const COLUMNS: [(&str, usize); 4] =
    [("goal", 1), ("api", 1), ("processor, own handler", 1), ("processor, record", 1)];

/// The function that a goal is measured for.
struct GoalSubject<'a> {
    measurements: &'a Measurements,
    latency_ms: f64,
    function: Function,
    implementation: Implementation,
}

type Measure = fn(&GoalSubject<'_>) -> Option<f64>;

/// The goal, its bound and its measure. Without a bound, the value shows how close to a bound a function can come.
const GOALS: [(&str, Option<f64>, Measure); 20] = [
    ("Python's cold start / ours, at least", Some(40.0), |ours| ours.python(Figure::ColdMs)),
    ("Node's cold start / ours, at least", Some(15.0), |ours| ours.node(Figure::ColdMs)),
    ("our cold start / the floor's, at most", Some(3.0), |ours| {
        ours.measurements.ratio(ours.function, ours.implementation, Implementation::Floor, Figure::ColdMs)
    }),
    ("the bare calls' cold start / the floor's", None, |ours| {
        let ratio = ours.measurements.ratio(
            ours.function,
            Implementation::Calls,
            Implementation::Floor,
            Figure::ColdMs,
        );
        ratio.filter(|_| ours.makes_both_calls())
    }),
    ("Python's cold start at 128 MB / ours, at least", Some(60.0), |ours| {
        ours.python(Figure::ColdAtSmallestMs)
    }),
    ("Node's cold start at 128 MB / ours, at least", Some(45.0), |ours| ours.node(Figure::ColdAtSmallestMs)),
    ("our cold start at 128 MB / at full speed, at most", Some(1.5), |ours| {
        Some(ours.get(Figure::ColdAtSmallestMs)? / ours.get(Figure::ColdMs)?)
    }),
    ("Python's warm CPU / ours, at least", Some(12.0), |ours| ours.python(Figure::WarmCpuUs)),
    ("Node's warm CPU / ours, at least", Some(8.0), |ours| ours.node(Figure::WarmCpuUs)),
    ("Python's warm CPU / the bare calls'", None, |ours| ours.over_calls(Implementation::PythonPowertools)),
    ("Node's warm CPU / the bare calls'", None, |ours| ours.over_calls(Implementation::NodePowertools)),
    ("our peak memory in MiB, at most", Some(10.0), |ours| ours.get(Figure::PeakMib)),
    ("our zipped package in MB, at most", Some(4.0), |ours| ours.get(Figure::ZipMb)),
    ("our cold instructions in millions, at most", Some(8.0), |ours| {
        ours.get(Figure::ColdMillionInstructions)
    }),
    ("our warm instructions in thousands, at most: api", Some(1700.0), |ours| {
        ours.get(Figure::WarmThousandInstructions).filter(|_| ours.function == Function::Api)
    }),
    ("our warm instructions in thousands, at most: processor", Some(1500.0), |ours| {
        ours.get(Figure::WarmThousandInstructions).filter(|_| ours.function == Function::Processor)
    }),
    ("of these, beyond the bare calls, in %, at most", Some(20.0), |ours| {
        let calls = ours.measurements.ratio(
            ours.function,
            Implementation::Calls,
            ours.implementation,
            Figure::WarmThousandInstructions,
        )?;
        Some(100.0 * (1.0 - calls)).filter(|_| ours.makes_both_calls())
    }),
    ("an accept to distant services / one call, at most", Some(1.5), |ours| {
        Some(ours.get(Figure::DistantP50Ms)? / ours.latency_ms).filter(|_| ours.function == Function::Api)
    }),
    ("line rate with distant services, in % of what the calls allow, at least", Some(90.0), |ours| {
        ours.line_rate_per_cent(ours.implementation)
    }),
    ("the bare calls' line rate, in %", None, |ours| {
        ours.line_rate_per_cent(Implementation::Calls).filter(|_| ours.makes_both_calls())
    }),
];

impl GoalSubject<'_> {
    fn get(&self, figure: Figure) -> Option<f64> {
        self.measurements.median(self.function, self.implementation, figure)
    }

    fn python(&self, figure: Figure) -> Option<f64> {
        self.measurements.ratio(self.function, Implementation::PythonPowertools, self.implementation, figure)
    }

    /// The bare calls are those of the API and of a processor with its own handler, not those of `record`.
    fn over_calls(&self, peer: Implementation) -> Option<f64> {
        let ratio = self.measurements.ratio(self.function, peer, Implementation::Calls, Figure::WarmCpuUs);
        ratio.filter(|_| self.makes_both_calls())
    }

    fn makes_both_calls(&self) -> bool {
        self.implementation != Implementation::Taskline || self.function == Function::Api
    }

    /// In percent of the rate that a line would have if only the calls took time.
    fn line_rate_per_cent(&self, implementation: Implementation) -> Option<f64> {
        let get = |figure| self.measurements.median(self.function, implementation, figure);
        let allowed = 1e3 / (self.latency_ms * get(Figure::Calls)?);
        let per_cent = 100.0 * get(Figure::DistantPerSecond)? / allowed;
        Some(per_cent).filter(|_| self.function == Function::Processor)
    }

    fn node(&self, figure: Figure) -> Option<f64> {
        self.measurements.ratio(self.function, Implementation::NodePowertools, self.implementation, figure)
    }
}

pub fn table(measurements: &Measurements, options: &FunctionsOptions) -> Table {
    let mut table = Table::new("Goals", "Measure", &COLUMNS);
    for (what, bound, measure) in GOALS {
        let reached = OURS.map(|(function, implementation)| {
            measure(&GoalSubject {
                measurements,
                latency_ms: options.latency_ms as f64,
                function,
                implementation,
            })
        });
        table.add(what.to_owned(), std::iter::once(bound).chain(reached));
    }
    table
}
