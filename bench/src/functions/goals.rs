//! What we want to be, and what we are.

use super::{
    Plan,
    figures::Figure,
    kind::{Function, Kind, OURS},
    report::Measured,
};
use crate::table::Table;

const COLUMNS: [(&str, usize); 4] =
    [("goal", 1), ("api", 1), ("processor, own handler", 1), ("processor, record", 1)];

/// One of ours, to be measured by a goal.
struct Ours<'a> {
    measured: &'a Measured,
    latency_ms: f64,
    function: Function,
    kind: Kind,
}

type Measure = fn(&Ours<'_>) -> Option<f64>;

/// What is measured, and its bound; or none, where it only says how near a bound one can come.
const GOALS: [(&str, Option<f64>, Measure); 20] = [
    ("Python's cold start / ours, at least", Some(40.0), |ours| ours.python(Figure::ColdMs)),
    ("Node's cold start / ours, at least", Some(15.0), |ours| ours.node(Figure::ColdMs)),
    ("our cold start / the floor's, at most", Some(3.0), |ours| {
        ours.measured.ratio(ours.function, ours.kind, Kind::Floor, Figure::ColdMs)
    }),
    ("the bare calls' cold start / the floor's", None, |ours| {
        let ratio = ours.measured.ratio(ours.function, Kind::Calls, Kind::Floor, Figure::ColdMs);
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
    ("Python's warm CPU / the bare calls'", None, |ours| ours.over_calls(Kind::PythonPowertools)),
    ("Node's warm CPU / the bare calls'", None, |ours| ours.over_calls(Kind::NodePowertools)),
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
        let calls =
            ours.measured.ratio(ours.function, Kind::Calls, ours.kind, Figure::WarmThousandInstructions)?;
        Some(100.0 * (1.0 - calls)).filter(|_| ours.makes_both_calls())
    }),
    ("an accept to distant services / one call, at most", Some(1.5), |ours| {
        Some(ours.get(Figure::DistantP50Ms)? / ours.latency_ms).filter(|_| ours.function == Function::Api)
    }),
    ("line rate with distant services, in % of what the calls allow, at least", Some(90.0), |ours| {
        ours.line_rate_per_cent(ours.kind)
    }),
    ("the bare calls' line rate, in %", None, |ours| {
        ours.line_rate_per_cent(Kind::Calls).filter(|_| ours.makes_both_calls())
    }),
];

impl Ours<'_> {
    fn get(&self, figure: Figure) -> Option<f64> {
        self.measured.median(self.function, self.kind, figure)
    }

    fn python(&self, figure: Figure) -> Option<f64> {
        self.measured.ratio(self.function, Kind::PythonPowertools, self.kind, figure)
    }

    /// Those calls are as many as the API's and an own handler's.
    fn over_calls(&self, peer: Kind) -> Option<f64> {
        let ratio = self.measured.ratio(self.function, peer, Kind::Calls, Figure::WarmCpuUs);
        ratio.filter(|_| self.makes_both_calls())
    }

    fn makes_both_calls(&self) -> bool {
        self.kind != Kind::Taskline || self.function == Function::Api
    }

    /// Of what a line could make if each call took its time and nothing else did.
    fn line_rate_per_cent(&self, kind: Kind) -> Option<f64> {
        let get = |figure| self.measured.median(self.function, kind, figure);
        let allowed = 1e3 / (self.latency_ms * get(Figure::Calls)?);
        let per_cent = 100.0 * get(Figure::DistantPerSecond)? / allowed;
        Some(per_cent).filter(|_| self.function == Function::Processor)
    }

    fn node(&self, figure: Figure) -> Option<f64> {
        self.measured.ratio(self.function, Kind::NodePowertools, self.kind, figure)
    }
}

/// Goals beside what was measured.
pub fn table(measured: &Measured, plan: &Plan) -> Table {
    let mut table = Table::new("Goals", "Measure", &COLUMNS);
    for (what, bound, measure) in GOALS {
        let reached = OURS.map(|(function, kind)| {
            measure(&Ours { measured, latency_ms: plan.latency_ms as f64, function, kind })
        });
        table.add(what.to_owned(), std::iter::once(bound).chain(reached));
    }
    table
}
